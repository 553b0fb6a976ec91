package stream_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor/stream"
)

// bothWays runs a test plain and with a filter.
func bothWays(t *testing.T, test func(t *testing.T, config stream.Config)) {
	t.Helper()
	t.Run("plain", func(t *testing.T) { test(t, stream.Config{Linger: patience}) })
	t.Run("filter", func(t *testing.T) {
		test(t, stream.Config{Linger: patience, Filter: func(*stream.Conn) stream.Filter { return quiet{} }})
	})
}

// TestCloseUnreadInput closes a connection while input of the peer's has not
// been read, which must not become a reset: the peer gets every byte.
func TestCloseUnreadInput(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		const size = 1 << 20
		opened, closed := make(chan *stream.Conn, 1), make(chan error, 1)
		s := serve(t, config, func() *handler {
			return &handler{
				tb:     t,
				open:   func(c *stream.Conn) { c.Pause(); opened <- c },
				closed: func(_ *stream.Conn, err error) { closed <- err },
			}
		})
		client := dial(t, s)
		_, err := client.Write(make([]byte, 100_000))
		must(t, err)
		c := take(t, "Open", opened)
		on(t, c, func() { c.Write(make([]byte, size)); c.Close() })
		if n, err := io.Copy(io.Discard, client); n != size || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
		must(t, client.Close())
		must(t, take(t, "Close", closed))
	})
}

// alarmed is a filter that accepts nothing, and says why.
type alarmed struct{ quiet }

var errAlarm = errors.New("alarm")

func (alarmed) Receive(*stream.Conn, []byte) error { return errAlarm }
func (alarmed) Close(c *stream.Conn)               { c.WriteRaw([]byte("alert")) }

// TestAlertArrives has a filter give up while the peer has sent more.
func TestAlertArrives(t *testing.T) {
	closed := make(chan error, 1)
	s := serve(t, stream.Config{Filter: func(*stream.Conn) stream.Filter { return alarmed{} }}, func() *handler {
		return &handler{tb: t, closed: func(_ *stream.Conn, err error) { closed <- err }}
	})
	client := dial(t, s)
	_, err := client.Write(make([]byte, 1000))
	must(t, err)
	if got, err := io.ReadAll(client); string(got) != "alert" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if err := take(t, "Close", closed); !errors.Is(err, errAlarm) {
		t.Error(err)
	}
}

func TestAbortResets(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		s := serve(t, config, func() *handler {
			return &handler{tb: t, data: func(c *stream.Conn, p []byte) int { c.Abort(); return len(p) }}
		})
		client := dial(t, s)
		_, err := client.Write([]byte("x"))
		must(t, err)
		if n, err := client.Read(make([]byte, 1)); n != 0 || !errors.Is(err, unix.ECONNRESET) {
			t.Error(n, err)
		}
	})
}

// TestUrgentMark has recv fail with EAGAIN although there is data, as Linux
// does at the urgent mark when a signal is pending. No edge follows.
func TestUrgentMark(t *testing.T) {
	opened, got := make(chan *stream.Conn, 1), make(chan string, 10)
	s := serve(t, stream.Config{}, func() *handler {
		return &handler{
			tb:   t,
			open: func(c *stream.Conn) { c.Pause(); opened <- c },
			data: func(_ *stream.Conn, p []byte) int { got <- string(p); return len(p) },
		}
	})
	client := dial(t, s)
	c := take(t, "Open", opened)
	raw, err := client.SyscallConn()
	must(t, err)
	must(t, errors.Join(raw.Control(func(fd uintptr) {
		for _, part := range []struct {
			text  string
			flags int
		}{{"before", 0}, {"!", unix.MSG_OOB}, {"after", 0}} {
			if err := unix.Sendto(int(fd), []byte(part.text), part.flags, nil); err != nil {
				t.Error(err)
			}
		}
	})))
	until(t, "the urgent byte", func() bool {
		fds := [1]sys.PollFD{{Fd: int32(stream.Descriptor(c)), Events: sys.PollPri}}
		n, _ := sys.PollNow(fds[:])
		return n > 0
	})
	recvs := 0 // on the one loop
	defer sys.SetHook(func(call sys.Call) sys.Fault {
		if call.Op == sys.OpRecv {
			if recvs++; recvs == 2 || recvs == 3 {
				return sys.Fault{Errno: unix.EAGAIN}
			}
		}
		return sys.Fault{}
	})()
	must(t, c.Post(c.Resume))
	for _, want := range []string{"before", "after"} {
		if text := take(t, want, got); text != want {
			t.Errorf("%q, want %q", text, want)
		}
	}
}

// TestStaleHangUp has a connection known as hung up, as a socket is before it
// is connected. Sending finds out that it is not; nothing is tried again in
// each turn after that.
func TestStaleHangUp(t *testing.T) {
	opened := make(chan *stream.Conn, 1)
	s := serve(t, stream.Config{}, func() *handler {
		return &handler{tb: t, open: func(c *stream.Conn) { c.Pause(); opened <- c }}
	})
	fd, errno := sys.Socket(sys.AF_INET, sys.SOCK_STREAM, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	stream.Open(s, fd)
	c := take(t, "Open", opened)
	sends := 0
	defer sys.SetHook(func(call sys.Call) sys.Fault {
		if call.Op == sys.OpSend {
			sends++
			return sys.Fault{Errno: unix.EAGAIN}
		}
		return sys.Fault{}
	})()
	on(t, c, func() {
		c.Write([]byte("x"))
		c.Requeue()
	})
	for range 10 {
		on(t, c, c.Requeue)
	}
	on(t, c, func() {
		if sends != 1 {
			t.Errorf("%d attempts to send", sends)
		}
	})
}

// TestAddrsInClose asks for the addresses when the peer has reset the
// connection, when the system knows it no more.
func TestAddrsInClose(t *testing.T) {
	opened, closed := make(chan struct{}), make(chan [2]net.Addr, 1)
	s := serve(t, stream.Config{}, func() *handler {
		return &handler{
			tb:     t,
			open:   func(*stream.Conn) { close(opened) },
			closed: func(c *stream.Conn, _ error) { closed <- [2]net.Addr{c.LocalAddr(), c.RemoteAddr()} },
		}
	})
	client := dial(t, s)
	want := fmt.Sprint([2]net.Addr{client.RemoteAddr(), client.LocalAddr()})
	take(t, "Open", opened)
	must(t, client.SetLinger(0))
	must(t, client.Close())
	if got := fmt.Sprint(take(t, "Close", closed)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestPostNil(t *testing.T) {
	s := serve(t, stream.Config{}, func() *handler {
		return &handler{tb: t, open: func(c *stream.Conn) {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, "nil function") {
					t.Errorf("panic %q", text)
				}
				c.Abort()
			}()
			_ = c.Post(nil)
		}}
	})
	_, _ = io.Copy(io.Discard, dial(t, s))
}

func TestNilHandler(t *testing.T) {
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, "Config.Handler has returned nil") {
			t.Errorf("panic %q", text)
		}
	}()
	stream.StartWithout(func(*stream.Conn) stream.Handler { return nil })
}

func TestBadConfig(t *testing.T) {
	factory := func(*stream.Conn) stream.Handler { return echoing(t) }
	for want, config := range map[string]stream.Config{
		"Handler is required":   {},
		"HighWater is negative": {Handler: factory, HighWater: -1},
		"LowWater is negative":  {Handler: factory, LowWater: -1},
		"LowWater, 2, is above": {Handler: factory, HighWater: 1, LowWater: 2},
		"MaxInput is negative":  {Handler: factory, MaxInput: -1},
		"Linger is negative":    {Handler: factory, Linger: -1},
	} {
		s, err := stream.Serve("127.0.0.1:0", config)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if s != nil {
			must(t, s.Close())
		}
	}
}

func TestAddrs(t *testing.T) {
	opened, closed := make(chan *stream.Conn, 1), make(chan struct{})
	s := serve(t, stream.Config{}, func() *handler {
		return &handler{
			tb:     t,
			open:   func(c *stream.Conn) { opened <- c },
			closed: func(*stream.Conn, error) { close(closed) },
		}
	})
	client := dial(t, s)
	conn := take(t, "Open", opened)
	if conn.LocalAddr().String() != client.RemoteAddr().String() || conn.RemoteAddr().String() != client.LocalAddr().String() {
		t.Error(conn.LocalAddr(), conn.RemoteAddr())
	}
	must(t, client.Close())
	take(t, "Close", closed)
	until(t, "the descriptor's end", func() bool { return conn.LocalAddr() == nil })
	if conn.RemoteAddr().String() != client.LocalAddr().String() {
		t.Error("a closed connection has forgotten its peer")
	}
}

// aborting is a filter that aborts its connection when it is to end, or at once.
type aborting struct{ quiet }

func (aborting) Close(c *stream.Conn) { c.Abort() }

type abortsFirst struct{ quiet }

func (abortsFirst) Start(c *stream.Conn) error { c.Abort(); return nil }

// aborted is a handler that aborts its connection at once.
type aborted struct {
	mute
	opened atomic.Bool
	closed chan bool
}

func (a *aborted) Open(c *stream.Conn)       { a.opened.Store(true); c.Abort() }
func (a *aborted) Close(*stream.Conn, error) { a.closed <- true }

// TestFilterAborts has Close called once, and nothing after it, when a filter
// aborts the connection in its own Close or Start.
func TestFilterAborts(t *testing.T) {
	for _, f := range []stream.Filter{aborting{}, abortsFirst{}} {
		h := &aborted{closed: make(chan bool, 2)}
		s := newServer(t, stream.Config{
			Filter: func(*stream.Conn) stream.Filter { return f }, Handler: func(*stream.Conn) stream.Handler { return h },
		})
		addr, err := s.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		if c, err := net.Dial("tcp", addr.String()); err == nil { // it may have been reset already
			must(t, c.Close())
		}
		take(t, "Close", h.closed)
		must(t, s.Close())
		if len(h.closed) > 0 {
			t.Errorf("%T: Close was called twice", f)
		}
		if _, first := f.(abortsFirst); first == h.opened.Load() {
			t.Errorf("%T: Open was called: %v", f, !first)
		}
	}
}
