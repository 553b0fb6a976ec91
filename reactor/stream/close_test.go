package stream_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

// acts are what a callback may do about its connection, in any order, and
// the reason that Close is given.
var acts = []struct {
	name string
	do   func(c *stream.Conn)
	want error
}{
	{"close", func(c *stream.Conn) { c.Close() }, nil},
	{"abort", func(c *stream.Conn) { c.Abort() }, stream.ErrAborted},
	{"write close", func(c *stream.Conn) { c.Write([]byte("x")); c.Close() }, nil},
	{"close write", func(c *stream.Conn) { c.Close(); c.Write([]byte("x")) }, nil},
	{"close close", func(c *stream.Conn) { c.Close(); c.Close() }, nil},
	{"close abort", func(c *stream.Conn) { c.Close(); c.Abort() }, stream.ErrAborted},
	{"abort close write", func(c *stream.Conn) { c.Abort(); c.Close(); c.Write([]byte("x")) }, stream.ErrAborted},
	{"abort abort", func(c *stream.Conn) { c.Abort(); c.Abort() }, stream.ErrAborted},
	{"much close", func(c *stream.Conn) { c.Write(make([]byte, 2<<20)); c.Close() }, nil},
	{"much abort", func(c *stream.Conn) { c.Write(make([]byte, 2<<20)); c.Abort() }, stream.ErrAborted},
	{"post close", func(c *stream.Conn) { _ = c.Post(c.Close) }, nil},
	{"pause close", func(c *stream.Conn) { c.Pause(); c.Close() }, nil},
	{"pause abort resume", func(c *stream.Conn) { c.Pause(); c.Abort(); c.Resume() }, stream.ErrAborted},
	{"resume close", func(c *stream.Conn) { c.Pause(); c.Resume(); c.Close() }, nil},
}

// TestCloseAnywhere ends the connection in every callback, in every way, with
// a filter and without: Close is called once, after everything else.
func TestCloseAnywhere(t *testing.T) {
	for _, filtered := range []bool{false, true} {
		for _, where := range []string{"Open", "Data", "Data again", "Drained", "EOF", "Close"} {
			for _, act := range acts {
				t.Run(fmt.Sprintf("%v/%s/%s", filtered, where, act.name), func(t *testing.T) {
					closeIn(t, filtered, where, act.do, act.want)
				})
			}
		}
	}
}

func closeIn(t *testing.T, filtered bool, where string, do func(*stream.Conn), want error) {
	config := stream.Config{Linger: patience}
	if filtered {
		config.Filter = func(*stream.Conn) stream.Filter { return quiet{} }
	}
	reasons, had := make(chan error, 10), make(chan struct{}, 1)
	at := func(place string, c *stream.Conn) bool {
		if place == where {
			do(c)
		}
		return place == where
	}
	s := serve(t, config, func() *handler {
		times := 0
		return &handler{
			tb:   t,
			open: func(c *stream.Conn) { at("Open", c) },
			data: func(c *stream.Conn, p []byte) int {
				if times++; times == 1 {
					defer func() { had <- struct{}{} }()
					at("Data", c)
					if where == "Drained" {
						c.Write(make([]byte, 16<<20)) // more than the kernel takes while nobody reads
						return len(p)
					}
					return len(p) - 1 // the second call has what was left
				}
				at("Data again", c)
				return 1
			},
			drained: func(c *stream.Conn) { at("Drained", c) },
			eof: func(c *stream.Conn) {
				if !at("EOF", c) {
					c.Close()
				}
			},
			closed: func(c *stream.Conn, err error) {
				at("Close", c)
				select {
				case reasons <- err:
				default: // dial has needed more connections than it holds, and this is the loop
				}
			},
		}
	})
	c := dial(t, s)
	_, _ = c.Write([]byte("ab"))
	switch where {
	case "Drained":
		take(t, "Data", had)
	case "Data again":
		take(t, "Data", had)
		_, _ = c.Write([]byte("cd"))
	case "EOF", "Close":
		_ = c.CloseWrite()
	}
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the connection does not end")
	}
	_ = c.Close() // until then the connection may be draining
	err := take(t, "Close", reasons)
	if where == "Close" {
		want = nil
	}
	if !errors.Is(err, want) && (want != nil || !isReset(err)) {
		t.Errorf("closed for %v, want %v", err, want)
	}
	must(t, s.Close())
	if where == "Open" && errors.Is(want, stream.ErrAborted) {
		return // dial may have needed several connections
	}
	select {
	case err := <-reasons:
		t.Errorf("closed again for %v", err)
	default:
	}
}

// isReset reports whether err is what a connection of which the peer has had
// enough ends with.
func isReset(err error) bool { return errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE) }

// TestHalfClose answers after the peer's FIN, with more than fits anywhere.
func TestHalfClose(t *testing.T) {
	const size = 16 << 20
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprint(late), func(t *testing.T) {
			closed, ended := make(chan error, 1), make(chan *stream.Conn, 1)
			s := serve(t, stream.Config{Linger: patience}, func() *handler {
				return &handler{
					tb: t,
					eof: func(c *stream.Conn) {
						if late {
							ended <- c
							return
						}
						c.Write(make([]byte, size))
						c.Close()
					},
					closed: func(_ *stream.Conn, err error) { closed <- err },
				}
			})
			c := dial(t, s)
			_, err := c.Write([]byte("question"))
			must(t, err)
			must(t, c.CloseWrite())
			if late { // the answer is written in another turn, and in pieces
				conn := take(t, "EOF", ended)
				for range 4 {
					on(t, conn, func() { conn.Write(make([]byte, size/4)) })
				}
				on(t, conn, conn.Close)
			}
			if n, err := io.Copy(io.Discard, c); n != size || err != nil {
				t.Errorf("%d bytes, %v", n, err)
			}
			must(t, take(t, "Close", closed))
		})
	}
}

func TestLinger(t *testing.T) {
	closed := make(chan error, 1)
	s := serve(t, stream.Config{Linger: time.Millisecond}, func() *handler {
		return &handler{
			tb:     t,
			open:   func(c *stream.Conn) { c.Write(make([]byte, 16<<20)); c.Close() },
			closed: func(_ *stream.Conn, err error) { closed <- err },
		}
	})
	dial(t, s)
	if err := take(t, "Close", closed); !errors.Is(err, stream.ErrLinger) {
		t.Error(err)
	}
}

// TestReset resets connections in every situation: each is closed with the
// system's error, also one that is not read any more.
func TestReset(t *testing.T) {
	situations := map[string]func(t *testing.T, c *net.TCPConn, conn *stream.Conn){
		"idle": func(*testing.T, *net.TCPConn, *stream.Conn) {},
		"owing": func(t *testing.T, _ *net.TCPConn, conn *stream.Conn) {
			on(t, conn, func() { conn.Write(make([]byte, 16<<20)) })
		},
		"paused": func(t *testing.T, _ *net.TCPConn, conn *stream.Conn) {
			on(t, conn, func() { conn.Write(make([]byte, 16<<20)) })
		},
	}
	for name, prepare := range situations {
		t.Run(name, func(t *testing.T) {
			resetIn(t, prepare, false)
		})
	}
	t.Run("after FIN", func(t *testing.T) {
		resetIn(t, func(t *testing.T, c *net.TCPConn, conn *stream.Conn) { must(t, c.CloseWrite()) }, true)
	})
}

func resetIn(t *testing.T, prepare func(*testing.T, *net.TCPConn, *stream.Conn), fin bool) {
	opened, ended, closed := make(chan *stream.Conn, 1), make(chan struct{}, 1), make(chan error, 1)
	s := serve(t, stream.Config{}, func() *handler {
		return &handler{
			tb:     t,
			open:   func(c *stream.Conn) { opened <- c },
			eof:    func(*stream.Conn) { ended <- struct{}{} }, // and waits for something else
			closed: func(_ *stream.Conn, err error) { closed <- err },
		}
	})
	c := dial(t, s)
	prepare(t, c, take(t, "Open", opened))
	if fin {
		take(t, "EOF", ended)
	}
	must(t, c.SetLinger(0))
	must(t, c.Close())
	err := take(t, "Close", closed)
	var e *stream.Error
	if !isReset(err) || !errors.As(err, &e) || e.Op != "recv" && e.Op != "send" {
		t.Error(err)
	}
}

// TestFaults has each system call of a connection fail, in and out of Ready.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		op    sys.Op
		errno unix.Errno
	}{
		{sys.OpRecv, unix.ECONNRESET},
		{sys.OpRecv, unix.ETIMEDOUT},
		{sys.OpRecv, unix.ENOMEM},
		{sys.OpSend, unix.EPIPE},
		{sys.OpSend, unix.ECONNRESET},
		{sys.OpSend, unix.ENOBUFS},
	} {
		for _, posted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/%v/%v", c.op, c.errno, posted), func(t *testing.T) {
				opened, closed := make(chan *stream.Conn, 1), make(chan error, 1)
				s := serve(t, stream.Config{}, func() *handler {
					h := echoing(t)
					h.open = func(c *stream.Conn) { opened <- c }
					h.closed = func(_ *stream.Conn, err error) { closed <- err }
					return h
				})
				client := dial(t, s)
				conn := take(t, "Open", opened)
				must(t, exchange(client, []byte("all is well")))
				defer sys.SetHook(func(call sys.Call) sys.Fault {
					if call.Op == c.op {
						return sys.Fault{Errno: c.errno}
					}
					return sys.Fault{}
				})()
				if posted && c.op == sys.OpSend {
					must(t, conn.Post(func() { conn.Write([]byte("x")) }))
				} else {
					_, err := client.Write([]byte("x"))
					must(t, err)
				}
				err := take(t, "Close", closed)
				var e *stream.Error
				if !errors.Is(err, c.errno) || !errors.As(err, &e) || e.Op != c.op.String() {
					t.Error(err)
				}
			})
		}
	}
}

// TestGroupClosesFirst closes the loops under a server: its connections still
// get their Close, from the server's.
func TestGroupClosesFirst(t *testing.T) {
	g, err := reactor.NewGroup(reactor.Config{Loops: 2})
	must(t, err)
	opened, closed := make(chan *stream.Conn, 4), make(chan error, 4)
	s, err := stream.Serve("127.0.0.1:0", stream.Config{Group: g, Handler: func(*stream.Conn) stream.Handler {
		return &handler{
			tb:     t,
			open:   func(c *stream.Conn) { opened <- c },
			closed: func(_ *stream.Conn, err error) { closed <- err },
		}
	}})
	must(t, err)
	for range cap(closed) {
		dial(t, s)
		take(t, "Open", opened)
	}
	var open *reactor.OpenHandlesError
	if err := g.Close(); !errors.As(err, &open) || len(open.Handles) != cap(closed)+1 {
		t.Error(err)
	}
	must(t, s.Close())
	for range cap(closed) {
		if err := take(t, "Close", closed); !errors.Is(err, reactor.ErrClosed) {
			t.Error(err)
		}
	}
	must(t, s.Close())
}

// hoarder is a filter that sends nothing before it has received something, as
// TLS does before its handshake.
type hoarder struct {
	quiet
	held []byte
	open bool
}

func (h *hoarder) Send(c *stream.Conn, p []byte) error {
	if !h.open {
		h.held = append(h.held, p...)
		return nil
	}
	return h.quiet.Send(c, p)
}

func (h *hoarder) Receive(c *stream.Conn, p []byte) error {
	h.open = true
	c.WriteRaw(h.held)
	h.held = nil
	c.Deliver(p) // nobody is there any more, if the connection closes
	return nil
}

func (h *hoarder) EOF(*stream.Conn) error {
	if !h.open {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (h *hoarder) Holding() int { return len(h.held) }

// TestHolder closes a connection whose filter still holds what was written:
// it is sent when the peer lets it, and lost when the peer goes away.
func TestHolder(t *testing.T) {
	for _, speak := range []bool{true, false} {
		closed := make(chan error, 1)
		s := serve(t, stream.Config{
			Linger: patience,
			Filter: func(*stream.Conn) stream.Filter { return &hoarder{} },
		}, func() *handler {
			return &handler{
				tb:     t,
				open:   func(c *stream.Conn) { c.Write([]byte("banner")); c.Close() },
				data:   func(*stream.Conn, []byte) int { t.Error("Data after Close"); return 0 },
				closed: func(_ *stream.Conn, err error) { closed <- err },
			}
		})
		c := dial(t, s)
		want, reason := "", io.ErrUnexpectedEOF
		if speak {
			_, err := c.Write([]byte("hello"))
			must(t, err)
			want, reason = "banner", nil
		} else {
			must(t, c.CloseWrite())
		}
		if got, err := io.ReadAll(c); string(got) != want || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		_ = c.Close()
		if err := take(t, "Close", closed); !errors.Is(err, reason) {
			t.Error(err)
		}
	}
}
