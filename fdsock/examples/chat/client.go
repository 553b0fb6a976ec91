package main

import (
	"bytes"
	"errors"

	"github.com/pollux-net/pollux/fdsock"
)

// Limits of a client, in bytes.
const (
	longestLine = 4096
	mostUnsent  = 1 << 20
)

// client is one of those in the room. Being a socket it can be selected.
type client struct {
	*fdsock.Socket
	name   string // "" before its first line
	unread []byte // the beginning of a line
	unsent []byte // what the kernel had no room for
	left   error  // why it is to be removed, if it is
}

var (
	errLeft = errors.New("has left")
	errLong = errors.New("was removed: a line is too long")
	errSlow = errors.New("was removed: it does not read")
)

// hear receives what there is and returns the whole lines in it.
func (c *client) hear() (lines []string) {
	p, err := c.Recv(longestLine)
	switch {
	case fdsock.BlockingIOError(err):
		return nil
	case err != nil:
		c.left = err
		return nil
	case len(p) == 0:
		c.left = errLeft
		return nil
	}
	c.unread = append(c.unread, p...)
	for {
		line, rest, found := bytes.Cut(c.unread, []byte("\n"))
		if !found {
			break
		}
		lines = append(lines, string(bytes.TrimSpace(line)))
		c.unread = rest
	}
	if len(c.unread) > longestLine {
		c.left = errLong
	}
	return lines
}

// tell sends a line, or keeps what the kernel does not take.
func (c *client) tell(line string) {
	if c.left != nil {
		return
	}
	if len(c.unsent)+len(line) > mostUnsent {
		c.left = errSlow
		return
	}
	waiting := len(c.unsent) > 0
	c.unsent = append(c.unsent, line...)
	if !waiting { // otherwise select tells when there is room
		c.flush()
	}
}

// flush sends what was kept.
func (c *client) flush() {
	n, err := c.Send(c.unsent)
	if err != nil && !fdsock.BlockingIOError(err) {
		c.left = err
	}
	c.unsent = c.unsent[n:]
	if len(c.unsent) == 0 {
		c.unsent = nil
	}
}
