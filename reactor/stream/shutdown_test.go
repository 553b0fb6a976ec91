package stream_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

// TestShutdownReport counts those that did not finish in time, and not those
// that did.
func TestShutdownReport(t *testing.T) {
	const good, bad = 3, 5
	opened := make(chan *stream.Conn, good+bad)
	s := serve(t, stream.Config{Group: group(t, 2), Linger: patience}, func() *handler {
		h := echoing(t)
		h.open = func(c *stream.Conn) { opened <- c }
		return h
	})
	for range bad { // never takes what it is owed
		dial(t, s)
		c := take(t, "Open", opened)
		on(t, c, func() { c.Write(make([]byte, 16<<20)) })
	}
	var finished []net.Conn
	for range good {
		c := dial(t, s)
		must(t, exchange(c, []byte("hello")))
		finished = append(finished, c)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(ctx) }()
	for _, c := range finished {
		if p, err := io.ReadAll(c); len(p) != 0 || err != nil {
			t.Error(p, err)
		}
		must(t, c.Close())
	}
	until(t, "the good to leave", func() bool { return s.Conns() == bad })
	cancel()
	err := take(t, "Shutdown", done)
	var e *stream.ShutdownError
	if !errors.As(err, &e) || e.Aborted != bad || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if want := "stream: shutdown aborted 5 connections: context canceled"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	must(t, s.Close())
	must(t, s.Shutdown(t.Context()))
}

// TestEndsAtOnce calls everything that ends a server, and at the same time
// listens and dials: nothing is left and nothing hangs.
func TestEndsAtOnce(t *testing.T) {
	for range 10 {
		g := group(t, 2)
		s := newServer(t, stream.Config{Group: g})
		addr, err := s.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { must(t, s.Close()) })
			wg.Go(func() {
				var e *stream.ShutdownError
				if err := s.Shutdown(t.Context()); err != nil && !errors.As(err, &e) {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if _, err := s.Listen("tcp", "127.0.0.1:0"); err != nil && !errors.Is(err, stream.ErrClosed) {
					t.Error(err)
				}
			})
			wg.Go(func() {
				// Refused when the listener is gone, reset when it goes meanwhile.
				_, err := s.Dial(t.Context(), "tcp", addr.String())
				if err != nil && !errors.Is(err, stream.ErrClosed) && !errors.Is(err, sys.ECONNREFUSED) && !errors.Is(err, sys.ECONNRESET) {
					t.Error(err)
				}
			})
			wg.Go(func() { s.Each(func(c *stream.Conn) { c.Write([]byte("bye")) }) })
		}
		wg.Wait()
		if s.Conns() != 0 {
			t.Error(s.Conns(), "connections are left")
		}
	}
}

// TestClientShutdown closes what was dialed in good order.
func TestClientShutdown(t *testing.T) {
	g := group(t, 1)
	s := serve(t, stream.Config{Group: g}, func() *handler { return echoing(t) })
	r := newRecorder()
	client := newClient(t, stream.Config{Group: g, Handler: r.make})
	_, err := client.Dial(t.Context(), "tcp", s.Addr().String())
	must(t, err)
	must(t, client.Shutdown(t.Context()))
	if err := take(t, "Close", r.closed); err != nil {
		t.Error(err)
	}
	if _, err := client.DialAsync("tcp", s.Addr().String(), r.options()); !errors.Is(err, stream.ErrClosed) {
		t.Error(err)
	}
}

// TestCloseDuringFirstAccept closes servers whose first connection is on its way:
// nothing of it is left when Close has returned.
func TestCloseDuringFirstAccept(t *testing.T) {
	leak.Check(t)
	for range 300 {
		g, err := reactor.NewGroup(reactor.Config{Loops: 1})
		must(t, err)
		s, err := stream.Serve("127.0.0.1:0", stream.Config{Group: g, Handler: func(*stream.Conn) stream.Handler { return echoing(t) }})
		must(t, err)
		c, err := net.Dial("tcp", s.Addr().String())
		must(t, err)
		must(t, s.Close())
		if err := g.Close(); err != nil {
			t.Error(err)
		}
		must(t, c.Close())
	}
}

// stopped counts the calls of Stop.
type stopped struct {
	mute
	calls chan bool
}

func (s stopped) Stop(*stream.Conn) { s.calls <- true }

// TestStopOnce calls Shutdown again while a connection has not ended: it was
// asked to already.
func TestStopOnce(t *testing.T) {
	h := stopped{calls: make(chan bool, 10)}
	s, err := stream.Serve("127.0.0.1:0", stream.Config{Group: group(t, 1), Handler: func(*stream.Conn) stream.Handler { return h }})
	must(t, err)
	dial(t, s)
	until(t, "Open", func() bool { return s.Stats().Opened == 1 })
	var all sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	for range 2 {
		all.Go(func() { _ = s.Shutdown(ctx) })
	}
	take(t, "Stop", h.calls)
	cancel()
	all.Wait()
	if n := len(h.calls); n > 0 {
		t.Errorf("Stop was called %d times more", n)
	}
}

// TestShutdownOfSlowReaders has one peer that takes an answer slowly, for longer
// than the linger time, and gets all of it; and one that takes nothing, and is
// given up, which Shutdown says.
func TestShutdownOfSlowReaders(t *testing.T) {
	const size, pieces, pause = 16 << 20, 64, 25 * time.Millisecond // 1.6 s
	for _, stuck := range []bool{false, true} {
		s := serve(t, stream.Config{Linger: time.Second}, func() *handler {
			return &handler{tb: t, open: func(c *stream.Conn) { c.Write(make([]byte, size)) }}
		})
		c := dial(t, s)
		until(t, "Open", func() bool { return s.Stats().BytesOut > 0 })
		ended := make(chan error, 1)
		go func() { ended <- s.Shutdown(t.Context()) }()
		if stuck {
			var e *stream.ShutdownError
			if err := take(t, "Shutdown", ended); !errors.As(err, &e) || e.Aborted != 1 || !errors.Is(err, stream.ErrLinger) {
				t.Error(err)
			}
			continue
		}
		for range pieces {
			wantInput(t, c, make([]byte, size/pieces))
			time.Sleep(pause) // the peer is what is tested
		}
		if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Error(n, err)
		}
		must(t, c.Close())
		must(t, take(t, "Shutdown", ended))
	}
}
