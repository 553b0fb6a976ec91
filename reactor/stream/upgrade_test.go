package stream_test

import (
	"bytes"
	"errors"
	"io"
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
