package stream_test

import (
	"errors"
	"io"
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor/stream"
)

// polite is a filter that says farewell to each direction.
type polite struct{ quiet }

func (polite) CloseWrite(c *stream.Conn) { c.WriteRaw([]byte("bye")) }

// TestCloseWrite ends our direction: the peer reads everything and the end,
// and can still send, until it ends its own.
func TestCloseWrite(t *testing.T) {
	const size = 4 << 20
	for _, filtered := range []bool{false, true} {
		config, extra := stream.Config{Linger: patience}, 0
		if filtered {
			config.Filter = func(*stream.Conn) stream.Filter { return polite{} }
			extra = len("bye")
		}
		got, ended, closed := make(chan string, 1), make(chan struct{}, 1), make(chan error, 1)
		_, c, client := started(t, config, &handler{
			data:   func(_ *stream.Conn, p []byte) int { got <- string(p); return len(p) },
			eof:    func(*stream.Conn) { ended <- struct{}{} },
			closed: func(_ *stream.Conn, err error) { closed <- err },
		})
		on(t, c, func() {
			c.Write(make([]byte, size))
			must(t, errors.Join(c.CloseWrite(), c.CloseWrite()))
			c.WriteString("not sent")
			if err := c.AsyncWrite([]byte("x")); !errors.Is(err, stream.ErrClosed) {
				t.Error(err)
			}
		})
		if n, err := io.Copy(io.Discard, client); n != int64(size+extra) || err != nil {
			t.Error(n, err)
		}
		_, err := client.Write([]byte("I go on"))
		must(t, err)
		if text := take(t, "Data", got); text != "I go on" {
			t.Error(text)
		}
		must(t, client.Close())
		take(t, "EOF", ended)
		must(t, take(t, "Close", closed))
		on(t, c, func() {
			if c.CloseWrite() != nil { // it was called already
				t.Error("CloseWrite again")
			}
		})
	}
}

// TestCloseWriteLast has the peer end its direction first, and the handler
// during a pause and after Close.
func TestCloseWriteLast(t *testing.T) {
	closed := make(chan error, 2)
	_, c, client := started(t, stream.Config{}, &handler{
		eof:    func(c *stream.Conn) { c.WriteString("answer"); must(t, c.CloseWrite()) },
		closed: func(_ *stream.Conn, err error) { closed <- err },
	})
	on(t, c, c.Pause)
	must(t, client.(interface{ CloseWrite() error }).CloseWrite())
	on(t, c, c.Resume)
	if got, err := io.ReadAll(client); string(got) != "answer" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	must(t, take(t, "Close", closed))

	_, c, client = started(t, stream.Config{}, &handler{closed: func(_ *stream.Conn, err error) { closed <- err }})
	on(t, c, func() {
		c.Close()
		if err := c.CloseWrite(); !errors.Is(err, stream.ErrClosed) {
			t.Error(err)
		}
	})
	must(t, client.Close())
	must(t, take(t, "Close", closed))
}

// TestCloseAfterCloseWrite closes a connection whose direction is ended: it
// still waits for the peer.
func TestCloseAfterCloseWrite(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		if config.Filter != nil {
			config.Filter = func(*stream.Conn) stream.Filter { return polite{} }
		}
		closed := make(chan error, 1)
		_, c, client := started(t, config, &handler{closed: func(_ *stream.Conn, err error) { closed <- err }})
		on(t, c, func() { must(t, c.CloseWrite()) })
		_, err := io.ReadAll(client)
		must(t, err)
		on(t, c, c.Close)
		_, err = client.Write(make([]byte, 1000))
		must(t, err)
		if len(closed) > 0 {
			t.Error("closed before its peer")
		}
		must(t, client.Close())
		must(t, take(t, "Close", closed))
	})
}

func TestCloseWriteRefused(t *testing.T) {
	_, c, client := started(t, stream.Config{Filter: func(*stream.Conn) stream.Filter { return quiet{} }}, echoing(t))
	on(t, c, func() {
		if err := c.CloseWrite(); !errors.Is(err, stream.ErrHalfClose) {
			t.Error(err)
		}
		c.WriteString("go on")
	})
	wantInput(t, client, []byte("go on"))
}

// TestCloseWriteReset has CloseWrite find out that the peer has reset: the
// reason is told, for without EOF nothing says that the input is not whole.
func TestCloseWriteReset(t *testing.T) {
	opened, reset := make(chan bool), make(chan bool)
	closed := make(chan error, 1)
	s := serve(t, stream.Config{}, func() *handler {
		return &handler{tb: t, open: func(c *stream.Conn) {
			close(opened)
			<-reset
			must(t, c.CloseWrite())
		}, eof: func(*stream.Conn) { t.Error("EOF") }, closed: func(_ *stream.Conn, err error) { closed <- err }}
	})
	client := dial(t, s)
	take(t, "Open", opened)
	must(t, client.SetLinger(0))
	must(t, client.Close()) // on the loopback it has arrived by then
	close(reset)
	if err := take(t, "Close", closed); !errors.Is(err, sys.ECONNRESET) {
		t.Error(err)
	}
}
