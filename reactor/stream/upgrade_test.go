package stream_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/pollux-net/pollux/reactor/stream"
)

// loud makes capitals of what comes, until a full stop ends it.
type loud struct{ quiet }

func (loud) Receive(c *stream.Conn, p []byte) error {
	p, rest, end := bytes.Cut(p, []byte("."))
	c.Deliver(bytes.ToUpper(p))
	if end {
		c.EndFilter(func() { c.WriteString("quiet again ") }, rest)
	}
	return nil
}

// TestStartFilter changes a connection's filter while its handler has left
// input unused, outside Data: the filter gets it, and what is behind its end
// goes to the handler as it is.
func TestStartFilter(t *testing.T) {
	got, opened := make(chan string, 10), make(chan *stream.Conn, 1)
	ready := false
	s := serve(t, stream.Config{}, func() *handler {
		return &handler{tb: t, open: func(c *stream.Conn) { opened <- c }, data: func(c *stream.Conn, p []byte) int {
			got <- string(p)
			if !ready {
				return 0
			}
			c.Write(p)
			return len(p)
		}}
	})
	client := dial(t, s)
	c := take(t, "Open", opened)
	_, err := io.WriteString(client, "early, ")
	must(t, err)
	if p := take(t, "Data", got); p != "early, " {
		t.Errorf("%q", p)
	}
	on(t, c, func() {
		ready = true
		must(t, c.StartFilter(loud{}))
		if err := c.StartFilter(loud{}); !errors.Is(err, stream.ErrFiltered) {
			t.Error(err)
		}
		if _, ok := c.Filter().(loud); !ok {
			t.Errorf("the filter is %T", c.Filter())
		}
	})
	_, err = io.WriteString(client, "loud.soft")
	must(t, err)
	must(t, client.CloseWrite())
	if all, err := io.ReadAll(client); string(all) != "EARLY, LOUDquiet again soft" || err != nil {
		t.Errorf("%q, %v", all, err)
	}
}

// TestStartFilterClosed comes too late.
func TestStartFilterClosed(t *testing.T) {
	opened := make(chan *stream.Conn, 1)
	s := serve(t, stream.Config{}, func() *handler {
		return &handler{tb: t, open: func(c *stream.Conn) { opened <- c }}
	})
	client := dial(t, s)
	c := take(t, "Open", opened)
	on(t, c, func() {
		c.Close()
		if err := c.StartFilter(quiet{}); !errors.Is(err, stream.ErrClosed) {
			t.Error(err)
		}
	})
	must(t, client.Close())
}

// strict is a filter for which an end without its own is a loss.
type strict struct{ quiet }

var errCut = errors.New("the end came early")

func (strict) EOF(*stream.Conn) error { return errCut }

// upgrader leaves its input alone until it is to put a filter on.
type upgrader struct {
	mute
	ready         bool
	used          int
	ended, closed chan error
}

func (u *upgrader) Data(c *stream.Conn, p []byte) int {
	switch {
	case !u.ready:
		return 0
	case c.Filter() == nil:
		if err := c.StartFilter(strict{}); err != nil {
			u.closed <- err
		}
		return u.used
	}
	return len(p)
}

func (u *upgrader) EOF(*stream.Conn)                { u.ended <- nil }
func (u *upgrader) Close(_ *stream.Conn, err error) { u.closed <- err }

// TestStartFilterAfterEnd puts a filter on a connection whose peer has ended
// already: the filter is told so too, behind the input that the handler had
// left, and judges it.
func TestStartFilterAfterEnd(t *testing.T) {
	for _, inData := range []bool{false, true} {
		for _, used := range []int{0, 3, 5} {
			t.Run(fmt.Sprintf("in Data %v, %d bytes used", inData, used), func(t *testing.T) {
				u := &upgrader{used: used, ended: make(chan error, 2), closed: make(chan error, 2)}
				conns := make(chan *stream.Conn, 1)
				s := newServer(t, stream.Config{Handler: func(c *stream.Conn) stream.Handler {
					conns <- c
					return u
				}})
				addr, err := s.Listen("tcp", "127.0.0.1:0")
				must(t, err)
				client := connect(t, addr).(*net.TCPConn)
				_, err = io.WriteString(client, "input")
				must(t, err)
				must(t, client.CloseWrite())
				c := take(t, "a connection", conns)
				take(t, "EOF", u.ended)
				on(t, c, func() {
					u.ready = true
					if inData {
						c.Pause()
						c.Resume() // Data is called again
						return
					}
					c.Discard(used)
					must(t, c.StartFilter(strict{}))
				})
				if err := take(t, "Close", u.closed); !errors.Is(err, errCut) {
					t.Error(err)
				}
				if len(u.ended) > 0 {
					t.Error("the handler was told of an orderly end")
				}
			})
		}
	}
}
