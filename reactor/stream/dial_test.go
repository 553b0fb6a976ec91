package stream_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor/stream"
)

// recorder is a client's handler that tells what happens to it.
type recorder struct {
	opened chan *stream.Conn
	data   chan string
	closed chan error
}

func newRecorder() *recorder {
	return &recorder{make(chan *stream.Conn, 1), make(chan string, 10), make(chan error, 1)}
}

func (r *recorder) Open(c *stream.Conn)               { r.opened <- c }
func (r *recorder) Data(_ *stream.Conn, p []byte) int { r.data <- string(p); return len(p) }
func (r *recorder) Drained(*stream.Conn)              {}
func (r *recorder) EOF(c *stream.Conn)                { c.Close() }
func (r *recorder) Close(_ *stream.Conn, err error)   { r.closed <- err }
func (r *recorder) make(*stream.Conn) stream.Handler  { return r }
func (r *recorder) options() stream.DialOptions       { return stream.DialOptions{Handler: r.make} }
func resolving(ips ...string) func(context.Context, string, string) ([]netip.Addr, error) {
	return func(context.Context, string, string) (all []netip.Addr, err error) {
		for _, ip := range ips {
			all = append(all, netip.MustParseAddr(ip))
		}
		return all, nil
	}
}

// newClient makes a client; its handlers must not be needed.
func newClient(tb testing.TB, config stream.Config) *stream.Client {
	tb.Helper()
	if config.Group == nil {
		config.Group = group(tb, 1)
	}
	if config.Handler == nil {
		config.Handler = func(*stream.Conn) stream.Handler { return &handler{tb: tb} }
	}
	c, err := stream.NewClient(config)
	must(tb, err)
	tb.Cleanup(func() { must(tb, c.Close()) })
	return c
}

// nobody returns an address where nobody listens.
func nobody(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	must(tb, l.Close())
	return l.Addr().String()
}

// TestDial talks to a server of every network, from another goroutine.
func TestDial(t *testing.T) {
	g := group(t, 2)
	s := newServer(t, stream.Config{Group: g})
	_, err := s.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_, err = s.Listen("unix", shortDir(t)+"/socket")
	must(t, err)
	r := newRecorder()
	client := newClient(t, stream.Config{Group: g, Handler: r.make, Resolve: resolving("127.0.0.1")})
	_, port, _ := net.SplitHostPort(s.Addr().String())
	for _, w := range [][2]string{
		{"tcp", s.Addr().String()},
		{"tcp4", s.Addr().String()},
		{"unix", s.Addrs()[1].String()},
		{"tcp", ":" + port},
		{"tcp", "name.example:" + port},
	} {
		c, err := client.Dial(t.Context(), w[0], w[1])
		must(t, err)
		if got := take(t, "Open before Dial returns", r.opened); got != c || client.Conns() != 1 {
			t.Error("not the connection that Open got")
		}
		if got := c.RemoteAddr(); !strings.HasSuffix(w[1], got.String()) && !strings.HasSuffix(got.String(), port) {
			t.Errorf("%q: connected to %v", w, got)
		}
		on(t, c, func() { c.Write([]byte("hello")) })
		if got := take(t, "an echo", r.data); got != "hello" {
			t.Errorf("%q", got)
		}
		on(t, c, c.Close)
		if err := take(t, "Close", r.closed); err != nil {
			t.Error(err)
		}
	}
	until(t, "the end of the connections", func() bool { return client.Conns() == 0 })
	if got := client.Stats(); got.Dialed != 5 || got.Undialed != 0 {
		t.Errorf("%+v", got)
	}
}

// TestDialErrors fails, both ways. The error comes once: from Dial, or to the
// handler's Close and nothing else.
func TestDialErrors(t *testing.T) {
	client := newClient(t, stream.Config{Resolve: func(_ context.Context, network, host string) ([]netip.Addr, error) {
		return nil, &net.DNSError{Err: "no such host in " + network, Name: host, IsNotFound: true}
	}})
	missing := shortDir(t) + "/none"
	var dns *net.DNSError
	for _, w := range []struct {
		network, address string
		is               error
		as               any
	}{
		{"tcp", nobody(t), unix.ECONNREFUSED, nil},
		{"unix", missing, unix.ENOENT, nil},
		{"tcp", "nowhere.example:80", nil, &dns},
		{"tcp", "127.0.0.1:no-such-service", nil, &dns},
	} {
		c, err := client.Dial(t.Context(), w.network, w.address)
		if c != nil || w.is != nil && !errors.Is(err, w.is) || w.as != nil && !errors.As(err, w.as) {
			t.Errorf("%+v: %v, %v", w, c, err)
		}
		var e *stream.Error
		if w.is != nil && (!errors.As(err, &e) || e.Op != "connect" || e.Addr != w.address) {
			t.Errorf("%+v: %#v", w, err)
		}
		r := newRecorder()
		_, err = client.DialAsync(w.network, w.address, r.options())
		must(t, err)
		if got := take(t, "Close", r.closed); err != nil || w.is != nil && !errors.Is(got, w.is) || w.as != nil && !errors.As(got, w.as) {
			t.Errorf("%+v: Close got %v", w, got)
		}
		if len(r.opened) != 0 {
			t.Errorf("%+v: Open was called", w)
		}
	}
	if got := client.Stats(); got.Undialed != 8 || got.Dialed != 0 || client.Conns() != 0 {
		t.Errorf("%+v", got)
	}
}

// TestDialBadArguments is told at once, by both.
func TestDialBadArguments(t *testing.T) {
	client := newClient(t, stream.Config{})
	for _, w := range []struct{ network, address, local string }{
		{"udp", "127.0.0.1:1", ""},
		{"tcp", "127.0.0.1", ""},
		{"tcp", "[::1:1", ""},
		{"tcp4", "[::1]:1", ""},
		{"tcp6", "127.0.0.1:1", ""},
		{"tcp", "127.0.0.1:1", "localhost"},
		{"tcp", "127.0.0.1:1", "::1"},
		{"tcp", "[fe80::1%nowhere0]:1", ""},
		{"tcp", "[fe80::1]:1", "fe80::1%nowhere0"},
	} {
		opts := newRecorder().options()
		opts.Local = w.local
		if d, err := client.DialAsync(w.network, w.address, opts); err == nil {
			t.Errorf("%+v: %v", w, d)
		}
		if c, err := client.DialWith(t.Context(), w.network, w.address, opts); err == nil {
			t.Errorf("%+v: %v", w, c)
		}
	}
}

// TestFailedConn may be used by a handler that does not look: all is a no-op.
func TestFailedConn(t *testing.T) {
	client := newClient(t, stream.Config{})
	done := make(chan bool, 1)
	h := &handler{tb: t, opened: true} // Close comes without Open
	h.closed = func(c *stream.Conn, _ error) {
		c.Write([]byte("x"))
		c.Pause()
		c.Resume()
		c.Close()
		c.Abort()
		if c.LocalAddr() != nil || c.RemoteAddr() != nil || c.Buffered() != 0 {
			t.Error(c.LocalAddr(), c.RemoteAddr(), c.Buffered())
		}
		must(t, c.Post(func() { done <- true }))
	}
	_, err := client.DialAsync("tcp", nobody(t), stream.DialOptions{Handler: func(*stream.Conn) stream.Handler { return h }})
	must(t, err)
	take(t, "what Close has posted", done)
}

// TestDialSelf connects a port to itself, as can happen by chance when nobody
// listens: that is refused.
func TestDialSelf(t *testing.T) {
	client := newClient(t, stream.Config{})
	at := nobody(t)
	if c, err := client.DialWith(t.Context(), "tcp", at, stream.DialOptions{Local: at}); !errors.Is(err, unix.ECONNREFUSED) {
		t.Error(c, err)
	}
}

// TestDialLocal comes from where it is told to.
func TestDialLocal(t *testing.T) {
	g := group(t, 1)
	opened := make(chan *stream.Conn, 1)
	s := serve(t, stream.Config{Group: g}, func() *handler {
		return &handler{tb: t, open: func(c *stream.Conn) { opened <- c }}
	})
	client := newClient(t, stream.Config{Group: g})
	for _, local := range []string{"127.0.0.1", nobody(t)} {
		_, err := client.DialWith(t.Context(), "tcp", s.Addr().String(), stream.DialOptions{Local: local})
		must(t, err)
		if got := take(t, "Open", opened).RemoteAddr(); !strings.HasPrefix(got.String(), local) {
			t.Errorf("comes from %v, not %s", got, local)
		}
	}
	_, err := client.DialWith(t.Context(), "tcp", s.Addr().String(), stream.DialOptions{Local: s.Addr().String()})
	if !errors.Is(err, unix.EADDRINUSE) {
		t.Error(err)
	}
}

// TestDialFaults fails at every call of a dial.
func TestDialFaults(t *testing.T) {
	g := group(t, 1)
	s := serve(t, stream.Config{Group: g}, func() *handler { return echoing(t) })
	for _, op := range []sys.Op{sys.OpSocket, sys.OpSetsockopt, sys.OpBind, sys.OpConnect, sys.OpQueueControl, sys.OpGetsockopt} {
		for _, errno := range []unix.Errno{unix.ENETUNREACH, unix.EMFILE} {
			client := newClient(t, stream.Config{Group: g})
			restore := sys.SetHook(func(c sys.Call) sys.Fault {
				if c.Op == op {
					return sys.Fault{Errno: errno}
				}
				return sys.Fault{}
			})
			c, err := client.DialWith(t.Context(), "tcp", s.Addr().String(), stream.DialOptions{Local: "127.0.0.1"})
			restore()
			if !errors.Is(err, errno) {
				t.Errorf("%v fails with %v: %v, %v", op, errno, c, err)
			}
		}
	}
}

// TestDialInterrupted goes on when connect is interrupted, and when it answers
// at once that it is under way.
func TestDialInterrupted(t *testing.T) {
	g := group(t, 1)
	client := newClient(t, stream.Config{Group: g})
	s := serve(t, stream.Config{Group: g}, func() *handler { return echoing(t) })
	ap := s.Addr().(*net.TCPAddr).AddrPort()
	defer sys.SetHook(func(c sys.Call) sys.Fault {
		if c.Op != sys.OpConnect {
			return sys.Fault{}
		}
		addr := &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().As4()}
		if err := unix.Connect(c.FD, addr); err != nil && !errors.Is(err, unix.EINPROGRESS) {
			t.Error(err)
		}
		return sys.Fault{Errno: unix.EINTR} // as if a signal had come meanwhile
	})()
	_, err := client.Dial(t.Context(), "tcp", s.Addr().String())
	must(t, err)
}

// TestMaxDials bounds the dials under way.
func TestMaxDials(t *testing.T) {
	addr := hole(t)
	client := newClient(t, stream.Config{MaxDials: 2})
	r := newRecorder()
	first, err := client.DialAsync("tcp", addr, r.options())
	must(t, err)
	_, err = client.DialAsync("tcp", addr, newRecorder().options())
	must(t, err)
	if _, err := client.DialAsync("tcp", addr, newRecorder().options()); !errors.Is(err, stream.ErrTooManyDials) {
		t.Error(err)
	}
	first.Cancel()
	take(t, "Close", r.closed)
	until(t, "room", func() bool {
		_, err := client.DialAsync("tcp", addr, newRecorder().options())
		return err == nil
	})
}

// TestClientWithoutHandler has a client whose dials must name theirs.
func TestClientWithoutHandler(t *testing.T) {
	s := serve(t, stream.Config{}, func() *handler { return echoing(t) })
	client, err := stream.NewClient(stream.Config{Group: group(t, 1)})
	must(t, err)
	t.Cleanup(func() { must(t, client.Close()) })
	if _, err := client.Dial(t.Context(), "tcp", s.Addr().String()); err == nil || !strings.Contains(err.Error(), "Handler") {
		t.Error(err)
	}
	r := newRecorder()
	c, err := client.DialWith(t.Context(), "tcp", s.Addr().String(), r.options())
	must(t, err)
	must(t, c.AsyncClose())
	take(t, "Close", r.closed)
	n, err := client.DialNet(t.Context(), "tcp", s.Addr().String())
	must(t, err)
	must(t, n.Close())
}

// TestProxy is a server that dials for its connections, each on their loop.
func TestProxy(t *testing.T) {
	other := newClient(t, stream.Config{})
	g := group(t, 3)
	behind := serve(t, stream.Config{Group: g}, func() *handler { return echoing(t) })
	var proxy *stream.Server
	var ready atomic.Bool
	proxy = serve(t, stream.Config{Group: g}, func() *handler {
		h := &handler{tb: t}
		var up *stream.Conn
		h.open = func(c *stream.Conn) {
			until(t, "proxy", ready.Load)
			c.Pause()
			_, err := proxy.DialAsync("tcp", behind.Addr().String(), stream.DialOptions{Near: c, Handler: func(*stream.Conn) stream.Handler {
				return &handler{
					tb:   t,
					open: func(u *stream.Conn) { up = u; c.Resume() },
					data: func(u *stream.Conn, p []byte) int {
						if stream.LoopOf(u) != stream.LoopOf(c) {
							t.Error("on another loop")
						}
						c.Write(p)
						return len(p)
					},
				}
			}})
			must(t, err)
		}
		h.data = func(_ *stream.Conn, p []byte) int { up.Write(p); return len(p) }
		h.closed = func(*stream.Conn, error) { up.Close() }
		return h
	})
	ready.Store(true)
	for range 10 {
		must(t, exchange(dial(t, proxy), []byte("through two servers")))
	}
	c, err := proxy.DialWith(t.Context(), "tcp", behind.Addr().String(), newRecorder().options())
	must(t, err)
	if _, err := other.DialAsync("tcp", behind.Addr().String(), stream.DialOptions{Near: c}); err == nil {
		t.Error("near a connection of another group")
	}
}
