package main

import (
	"bytes"

	"github.com/pollux-net/pollux/fdsock"
)

// client is a connection: what has come of its next line, and what waits for
// it.
type client struct {
	sock    *fdsock.Socket
	in, out []byte
	most    int
	watched bool // for writing, too
}

// receive returns the lines that are complete; open is false at the end of the
// connection, and for a line that is too long.
func (c *client) receive() (lines []byte, open bool) {
	p, err := c.sock.Recv(64 << 10)
	switch {
	case fdsock.BlockingIOError(err):
		return nil, true
	case err != nil || len(p) == 0:
		return nil, false
	}
	c.in = append(c.in, p...)
	end := bytes.LastIndexByte(c.in, '\n') + 1
	lines, c.in = c.in[:end:end], c.in[end:]
	return lines, len(c.in) <= c.most
}

// send sends lines, now or when the client can take them; false if it is to be
// cut off.
func (c *client) send(lines []byte) (open bool) {
	if len(c.out)+len(lines) > c.most {
		return false
	}
	c.out = append(c.out, lines...)
	return c.flush()
}

// flush sends what waits, as much as the kernel takes.
func (c *client) flush() (open bool) {
	n, err := c.sock.Send(c.out)
	if err != nil {
		return fdsock.BlockingIOError(err)
	}
	c.out = c.out[n:]
	if len(c.out) == 0 {
		c.out = nil
	}
	return true
}
