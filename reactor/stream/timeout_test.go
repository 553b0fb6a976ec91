package stream_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

const short = 10 * time.Millisecond

// wantTimeout checks the reason of a connection that took too long.
func wantTimeout(t *testing.T, err error, kind stream.TimeoutKind) {
	t.Helper()
	var e *stream.TimeoutError
	if !errors.As(err, &e) || e.Kind != kind {
		t.Errorf("closed for %v, want the %v timeout", err, kind)
		return
	}
	var ne net.Error
	if !errors.Is(err, stream.ErrTimeout) || !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("%v is no timeout", err)
	}
}

// TestTimeouts has each time come up, by configuration and by setters.
func TestTimeouts(t *testing.T) {
	for _, c := range []struct {
		kind  stream.TimeoutKind
		set   func(*stream.Config)
		begin func(*stream.Conn)
	}{
		{stream.TimeoutIdle, func(c *stream.Config) { c.IdleTimeout = short }, func(*stream.Conn) {}},
		{stream.TimeoutIdle, func(*stream.Config) {}, func(c *stream.Conn) { c.SetIdleTimeout(short) }},
		// Paused, nothing is expected to be read.
		{stream.TimeoutIdle, func(c *stream.Config) { c.IdleTimeout, c.ReadTimeout = 3*short, short }, func(c *stream.Conn) { c.Pause() }},
		{stream.TimeoutRead, func(c *stream.Config) { c.ReadTimeout = short }, func(*stream.Conn) {}},
		{stream.TimeoutRead, func(c *stream.Config) { c.IdleTimeout = short }, func(c *stream.Conn) {
			c.SetIdleTimeout(0)
			c.SetReadTimeout(short)
		}},
		{stream.TimeoutWrite, func(c *stream.Config) { c.WriteTimeout = short }, func(c *stream.Conn) { c.Write(make([]byte, 16<<20)) }},
		{stream.TimeoutWrite, func(*stream.Config) {}, func(c *stream.Conn) {
			c.SetWriteTimeout(short)
			c.Write(make([]byte, 16<<20))
		}},
	} {
		bothWays(t, func(t *testing.T, config stream.Config) {
			c.set(&config)
			closed := make(chan error, 1)
			s := serve(t, config, func() *handler {
				return &handler{tb: t, open: c.begin, closed: func(_ *stream.Conn, err error) { closed <- err }}
			})
			dial(t, s)
			wantTimeout(t, take(t, "Close", closed), c.kind)
			if n := s.Stats().Timeouts; n != 1 {
				t.Errorf("%d timeouts were counted", n)
			}
		})
	}
}

// TestIdleCounts sends now and then: the time counts from the last byte.
func TestIdleCounts(t *testing.T) {
	closed := make(chan error, 1)
	last, end := int64(0), int64(0)
	s := serve(t, stream.Config{IdleTimeout: 3 * short}, func() *handler {
		return &handler{
			tb: t,
			open: func(c *stream.Conn) {
				left := 10
				var tick *stream.Timer
				tick = c.Every(short, func() {
					c.WriteString("x")
					last = c.LoopNow()
					if left--; left == 0 {
						tick.Stop()
					}
				})
			},
			closed: func(c *stream.Conn, err error) { end = c.LoopNow(); closed <- err },
		}
	})
	dial(t, s)
	wantTimeout(t, take(t, "Close", closed), stream.TimeoutIdle)
	must(t, s.Close())
	if end-last < int64(3*short) {
		t.Errorf("closed %v after the last byte", time.Duration(end-last))
	}
}

// patient is a handler that forgives timeouts, a few times.
type patient struct {
	*handler
	left  int
	kinds chan stream.TimeoutKind
}

func (p *patient) Timeout(c *stream.Conn, kind stream.TimeoutKind) bool {
	p.kinds <- kind
	p.left--
	return p.left >= 0
}

func TestTimeouter(t *testing.T) {
	closed, kinds := make(chan error, 1), make(chan stream.TimeoutKind, 10)
	s, err := stream.Serve("127.0.0.1:0", stream.Config{
		Group:       group(t, 1),
		ReadTimeout: short,
		Handler: func(*stream.Conn) stream.Handler {
			h := &handler{tb: t, closed: func(_ *stream.Conn, err error) { closed <- err }}
			return &patient{handler: h, left: 2, kinds: kinds}
		},
	})
	must(t, err)
	defer s.Close()
	dial(t, s)
	wantTimeout(t, take(t, "Close", closed), stream.TimeoutRead)
	for range 3 {
		if kind := take(t, "Timeout", kinds); kind != stream.TimeoutRead {
			t.Error(kind)
		}
	}
	if len(kinds) > 0 {
		t.Error("asked again")
	}
}

// greeter is a filter with a handshake, which the peer's first byte ends.
type greeter struct{ quiet }

func (greeter) Receive(c *stream.Conn, p []byte) error {
	c.EndHandshake()
	c.Deliver(p)
	return nil
}

func TestHandshakeTimeout(t *testing.T) {
	for _, speak := range []bool{false, true} {
		closed := make(chan error, 1)
		s := serve(t, stream.Config{
			HandshakeTimeout: 5 * short,
			Filter:           func(c *stream.Conn) stream.Filter { c.BeginHandshake(); return greeter{} },
		}, func() *handler {
			return &handler{
				tb: t,
				data: func(c *stream.Conn, p []byte) int {
					c.SetIdleTimeout(10 * short)
					return len(p)
				},
				closed: func(_ *stream.Conn, err error) { closed <- err },
			}
		})
		client := dial(t, s)
		kind := stream.TimeoutHandshake
		if speak {
			_, err := client.Write([]byte("x"))
			must(t, err)
			kind = stream.TimeoutIdle
		}
		err := take(t, "Close", closed)
		var e *stream.TimeoutError
		if speak && errors.As(err, &e) && e.Kind == stream.TimeoutHandshake {
			continue // the machine was too slow for the greeting
		}
		wantTimeout(t, err, kind)
	}
}

// TestConnTimers has timers come up, be stopped, and end with the connection.
func TestConnTimers(t *testing.T) {
	g := group(t, 1)
	opened, done := make(chan *stream.Conn, 1), make(chan string, 10)
	s := serve(t, stream.Config{Group: g}, func() *handler {
		return &handler{tb: t, open: func(c *stream.Conn) { opened <- c }}
	})
	client := dial(t, s)
	c := take(t, "Open", opened)
	on(t, c, func() {
		stopped := c.After(0, func() { t.Error("stopped") })
		if !stopped.Stop() || stopped.Stop() {
			t.Error("Stop")
		}
		c.After(0, func() { done <- "after" })
		n := 0
		var every *stream.Timer
		every = c.Every(time.Microsecond, func() {
			if n++; n == 3 {
				every.Stop()
				done <- "every"
				stopped.Reset(time.Hour)
				for range 3 {
					c.Every(time.Hour, func() {}).Reset(2 * time.Hour)
				}
			}
		})
	})
	for range 2 {
		take(t, "timers", done)
	}
	must(t, client.Close())
	until(t, "no timers", func() bool { return s.Stats().Closed == 1 && g.Loops()[0].Stats().Pending == 0 })
	on(t, c, func() {
		c.After(0, func() { t.Error("a closed connection has timers") }).Reset(0)
	})
	on(t, c, func() {})
}

// TestTimeoutCost has an echo with every timeout set: it allocates nothing and
// sets no timer.
func TestTimeoutCost(t *testing.T) {
	for name, config := range map[string]stream.Config{
		"none":    {},
		"all":     {IdleTimeout: time.Hour, ReadTimeout: time.Hour, WriteTimeout: time.Hour},
		"corked":  {Cork: true},
		"partial": {},
	} {
		t.Run(name, func(t *testing.T) {
			config.Group = group(t, 1)
			skip := 0
			s := serve(t, config, func() *handler {
				return &handler{tb: t, data: func(c *stream.Conn, p []byte) int {
					if name == "partial" && len(p) < 10 {
						skip++
						return 0
					}
					c.Write(p)
					return len(p)
				}}
			})
			c := dial(t, s)
			msg, got := []byte("0123456789"), make([]byte, 10)
			echo := func() {
				if _, err := c.Write(msg); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(c, got); err != nil {
					t.Fatal(err)
				}
			}
			echo()
			fired := config.Group.Loops()[0].Stats().Timers
			if n := testing.AllocsPerRun(500, echo); n >= 0.5 {
				t.Errorf("%v allocations for an echo", n)
			}
			if n := config.Group.Loops()[0].Stats().Timers - fired; n != 0 {
				t.Errorf("%d timers", n)
			}
		})
	}
}

func BenchmarkEcho(b *testing.B) {
	for name, config := range map[string]stream.Config{
		"plain":    {},
		"timeouts": {IdleTimeout: time.Hour, ReadTimeout: time.Hour, WriteTimeout: time.Hour},
		"cork":     {Cork: true},
		"filter":   {Filter: func(*stream.Conn) stream.Filter { return quiet{} }},
	} {
		b.Run(name, func(b *testing.B) {
			s := serve(b, config, func() *handler { return echoing(b) })
			c := dial(b, s)
			buf := make([]byte, 64)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Write(buf); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(c, buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestReadTimeoutResumes has nothing expected during a pause, and something
// from its end on.
func TestReadTimeoutResumes(t *testing.T) {
	closed := make(chan error, 1)
	resumed, end := int64(0), int64(0)
	_, c, _ := started(t, stream.Config{}, &handler{
		closed: func(c *stream.Conn, err error) { end = c.LoopNow(); closed <- err },
	})
	passed := make(chan struct{})
	on(t, c, func() {
		c.Pause()
		c.SetReadTimeout(short)
		c.After(3*short, func() {
			close(passed)
			resumed = c.LoopNow()
			c.Resume()
		})
	})
	select {
	case <-passed:
	case err := <-closed:
		t.Fatal("closed during the pause: ", err)
	}
	err := take(t, "Close", closed)
	wantTimeout(t, err, stream.TimeoutRead)
	if end-resumed < int64(short) || err.Error() != "stream: read timeout" {
		t.Errorf("%v after the pause: %v", time.Duration(end-resumed), err)
	}
}

// elsewhere starts the work of an Offload on a goroutine.
func elsewhere(work func()) bool { go work(); return true }

// TestReadTimeoutAfterOffload has the time of an Offload, which is longer than
// the read timeout, not count as reading, and the timeout come afterwards.
func TestReadTimeoutAfterOffload(t *testing.T) {
	const limit = 100 * time.Millisecond
	back, closed := make(chan int64, 1), make(chan error, 1)
	_, c, _ := started(t, stream.Config{ReadTimeout: limit}, &handler{closed: func(_ *stream.Conn, err error) { closed <- err }})
	over := make(chan bool)
	on(t, c, func() {
		c.Offload(elsewhere, func() { <-over }, func() { back <- reactor.Now() })
		c.After(3*limit/2, func() { close(over) })
	})
	since := take(t, "the end of the Offload", back)
	err := take(t, "Close", closed)
	if timeout := (*stream.TimeoutError)(nil); !errors.As(err, &timeout) || timeout.Kind != stream.TimeoutRead {
		t.Error(err)
	}
	if d := time.Duration(reactor.Now() - since); d < limit*9/10 {
		t.Errorf("it came %v after the reading had begun again", d)
	}
}
