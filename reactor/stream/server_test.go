package stream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

func TestServeErrors(t *testing.T) {
	g := group(t, 1)
	config := stream.Config{Group: g, Handler: func(*stream.Conn) stream.Handler { return echoing(t) }}
	if _, err := stream.Serve("127.0.0.1:0", stream.Config{Group: g}); err == nil {
		t.Error("served without a handler")
	}
	for _, addr := range []string{"nonsense", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:http_alt?", "[::1:80"} {
		if s, err := stream.Serve(addr, config); err == nil {
			t.Errorf("served on %q: %v", addr, s.Addr())
		}
	}
	first, err := stream.Serve("127.0.0.1:0", config)
	must(t, err)
	defer first.Close()
	_, err = stream.Serve(first.Addr().String(), config)
	var e *stream.Error
	if !errors.Is(err, unix.EADDRINUSE) || !errors.As(err, &e) || e.Addr != first.Addr().String() {
		t.Error(err)
	}
	if want := fmt.Sprintf("%s %s: EADDRINUSE: address already in use", e.Op, e.Addr); e.Error() != want {
		t.Errorf("%q, want %q", e.Error(), want)
	}
	for _, op := range []sys.Op{sys.OpSocket, sys.OpSetsockopt, sys.OpBind, sys.OpListen, sys.OpQueueControl} {
		restore := sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == op {
				return sys.Fault{Errno: unix.ENOBUFS}
			}
			return sys.Fault{}
		})
		s, err := stream.Serve("127.0.0.1:0", config)
		restore()
		if s != nil || !errors.Is(err, unix.ENOBUFS) {
			t.Errorf("%v fails: %v, %v", op, s, err)
		}
	}
}

// TestNoIPv6 serves every address of a machine that knows IPv4 only.
func TestNoIPv6(t *testing.T) {
	g := group(t, 1)
	var refused atomic.Bool
	restore := sys.SetHook(func(c sys.Call) sys.Fault {
		if c.Op == sys.OpSocket && refused.CompareAndSwap(false, true) {
			return sys.Fault{Errno: unix.EAFNOSUPPORT}
		}
		return sys.Fault{}
	})
	s, err := stream.Serve(":0", stream.Config{Group: g, Handler: func(*stream.Conn) stream.Handler { return echoing(t) }})
	restore()
	must(t, err)
	defer s.Close()
	if a := s.Addr().(*net.TCPAddr); !a.IP.Equal(net.IPv4zero) {
		t.Error(a)
	}
}

func TestClosedGroup(t *testing.T) {
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	must(t, g.Close())
	_, err = stream.Serve("127.0.0.1:0", stream.Config{Group: g, Handler: func(*stream.Conn) stream.Handler { return echoing(t) }})
	if !errors.Is(err, reactor.ErrClosed) {
		t.Error(err)
	}
}

func TestDefaultGroup(t *testing.T) {
	s, err := stream.Serve("127.0.0.1:0", stream.Config{Handler: func(*stream.Conn) stream.Handler { return echoing(t) }})
	must(t, err)
	must(t, exchange(dial(t, s), []byte("hello")))
	must(t, s.Close())
	must(t, reactor.Shutdown(t.Context()))
}

// TestAcceptFaults runs out of everything accept needs. The server waits and
// goes on; what is established stays.
func TestAcceptFaults(t *testing.T) {
	for _, errno := range []unix.Errno{unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM, unix.ENETDOWN, unix.EPERM} {
		t.Run(errno.Error(), func(t *testing.T) {
			config := stream.Config{Group: group(t, 1)}
			s := serve(t, config, func() *handler { return echoing(t) })
			old := dial(t, s)
			must(t, exchange(old, []byte("before")))
			var faulty atomic.Bool
			var refused atomic.Int64
			faulty.Store(true)
			defer sys.SetHook(func(c sys.Call) sys.Fault {
				if c.Op == sys.OpAccept && faulty.Load() {
					refused.Add(1)
					return sys.Fault{Errno: errno}
				}
				return sys.Fault{}
			})()
			var waiting []net.Conn
			for i := range 10 {
				waiting = append(waiting, dial(t, s))
				must(t, exchange(old, []byte("meanwhile")))
				if n := config.Group.Loops()[0].Stats().Pending; n > 1 && i > 0 {
					t.Errorf("%d timers", n)
				}
			}
			until(t, "another attempt", func() bool { return refused.Load() >= 2 })
			must(t, exchange(old, []byte("still")))
			faulty.Store(false)
			for _, c := range waiting {
				must(t, exchange(c, []byte("at last")))
			}
		})
	}
	t.Run("aborted", func(t *testing.T) {
		s := serve(t, stream.Config{}, func() *handler { return echoing(t) })
		left := 3 // of the one loop
		defer sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == sys.OpAccept && left > 0 {
				left--
				return sys.Fault{Errno: unix.ECONNABORTED}
			}
			return sys.Fault{}
		})()
		must(t, exchange(dial(t, s), []byte("hello")))
	})
	t.Run("register", func(t *testing.T) {
		closed := make(chan error, 1)
		s := serve(t, stream.Config{}, func() *handler {
			h := echoing(t)
			h.closed = func(_ *stream.Conn, err error) { closed <- err }
			return h
		})
		var failed atomic.Bool
		defer sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == sys.OpQueueControl && failed.CompareAndSwap(false, true) {
				return sys.Fault{Errno: unix.ENOSPC}
			}
			return sys.Fault{}
		})()
		c := dial(t, s)
		if err := take(t, "Close", closed); !errors.Is(err, unix.ENOSPC) {
			t.Error(err)
		}
		if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Error(n, err)
		}
		must(t, exchange(dial(t, s), []byte("hello")))
	})
}

// TestShutdown ends a server under traffic: nobody gets half a message, and
// each connection ends in good order.
func TestShutdown(t *testing.T) {
	const clients = 20
	var closed atomic.Int64
	s := serve(t, stream.Config{Group: group(t, 2), Linger: patience}, func() *handler {
		h := &handler{tb: t}
		h.data = func(c *stream.Conn, p []byte) int {
			n := len(p) / 4 * 4
			c.Write(p[:n])
			return n
		}
		h.closed = func(_ *stream.Conn, err error) {
			closed.Add(1)
			if err != nil && !isReset(err) {
				t.Error(err)
			}
		}
		return h
	})
	var wg sync.WaitGroup
	under := make(chan struct{}, clients)
	for range clients {
		c := dial(t, s)
		wg.Go(func() {
			defer func() { _ = c.Close() }() // until then the server drains
			for i := 0; ; i++ {
				if _, err := c.Write([]byte("ping")); err != nil {
					return
				}
				n, err := io.ReadFull(c, make([]byte, 4))
				if n != 0 && n != 4 {
					t.Errorf("%d bytes, %v", n, err)
				}
				if err != nil {
					return
				}
				if i == 10 {
					under <- struct{}{}
				}
			}
		})
	}
	for range clients {
		<-under
	}
	must(t, s.Shutdown(t.Context()))
	if n := closed.Load(); n != clients {
		t.Errorf("%d connections are closed after Shutdown", n)
	}
	wg.Wait()
	if _, err := net.Dial("tcp", s.Addr().String()); err == nil {
		t.Error("connected to a server that is shut down")
	}
	must(t, s.Shutdown(t.Context())) // once more
}

// TestShutdownFlushes owes a lot when it is shut down.
func TestShutdownFlushes(t *testing.T) {
	const size = 16 << 20
	opened := make(chan *stream.Conn, 1)
	s := serve(t, stream.Config{Linger: patience}, func() *handler {
		return &handler{tb: t, open: func(c *stream.Conn) { c.Write(make([]byte, size)); opened <- c }}
	})
	c := dial(t, s)
	take(t, "Open", opened)
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(t.Context()) }()
	if n, err := io.Copy(io.Discard, c); n != size || err != nil {
		t.Error(n, err)
	}
	must(t, c.Close())
	must(t, <-done)
}

// TestShutdownDeadline has a peer that does not take what it is owed.
func TestShutdownDeadline(t *testing.T) {
	closed, opened := make(chan error, 1), make(chan *stream.Conn, 1)
	s := serve(t, stream.Config{Linger: patience}, func() *handler {
		return &handler{
			tb:     t,
			open:   func(c *stream.Conn) { c.Write(make([]byte, 16<<20)); opened <- c },
			closed: func(_ *stream.Conn, err error) { closed <- err },
		}
	})
	dial(t, s)
	take(t, "Open", opened)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := take(t, "Close", closed); !errors.Is(err, stream.ErrAborted) {
		t.Error(err)
	}
}

// TestCloseWhileAccepting closes servers while clients connect: every
// connection that was opened is closed, and nothing is left.
func TestCloseWhileAccepting(t *testing.T) {
	for range 20 {
		g := group(t, 2)
		var opened, closed atomic.Int64
		s := serve(t, stream.Config{Group: g}, func() *handler {
			h := echoing(t)
			h.open = func(*stream.Conn) { opened.Add(1) }
			h.closed = func(*stream.Conn, error) { closed.Add(1) }
			return h
		})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for {
					c, err := net.Dial("tcp", s.Addr().String())
					if err != nil {
						return
					}
					_ = c.Close()
				}
			})
		}
		until(t, "traffic", func() bool { return opened.Load() > 20 })
		must(t, s.Close())
		wg.Wait()
		if opened.Load() != closed.Load() {
			t.Errorf("%d connections opened, %d closed", opened.Load(), closed.Load())
		}
	}
}
