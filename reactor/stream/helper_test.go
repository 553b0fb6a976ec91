package stream_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// seeded returns a random source whose seed is in the test's log.
func seeded(tb testing.TB) *rand.Rand {
	tb.Helper()
	seed := rand.Uint64()
	tb.Logf("seed %#x", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func randomBytes(rng *rand.Rand, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(rng.Uint32())
	}
	return p
}

// handler is a stream.Handler made of functions, any of which may be nil. It
// keeps the rules that every connection must keep: Open first and Close last,
// each once.
type handler struct {
	tb      testing.TB
	open    func(c *stream.Conn)
	data    func(c *stream.Conn, p []byte) int
	drained func(c *stream.Conn)
	eof     func(c *stream.Conn)
	closed  func(c *stream.Conn, err error)

	opened, ended, gone bool
}

func (h *handler) check(call string, ok bool) {
	if !ok {
		h.tb.Errorf("%s at the wrong time: %+v", call, h)
	}
}

func (h *handler) Open(c *stream.Conn) {
	h.check("Open", !h.opened && !h.gone)
	h.opened = true
	if h.open != nil {
		h.open(c)
	}
}

func (h *handler) Data(c *stream.Conn, p []byte) int {
	h.check("Data", h.opened && !h.gone && !h.ended && len(p) > 0)
	if h.data == nil {
		return len(p)
	}
	return h.data(c, p)
}

func (h *handler) Drained(c *stream.Conn) {
	h.check("Drained", h.opened && !h.gone)
	if h.drained != nil {
		h.drained(c)
	}
}

func (h *handler) EOF(c *stream.Conn) {
	h.check("EOF", h.opened && !h.gone && !h.ended)
	h.ended = true
	if h.eof != nil {
		h.eof(c)
		return
	}
	c.Close()
}

func (h *handler) Close(c *stream.Conn, err error) {
	h.check("Close", h.opened && !h.gone)
	h.gone = true
	if h.closed != nil {
		h.closed(c, err)
	}
}

// echoing returns a handler that sends everything back.
func echoing(tb testing.TB) *handler {
	return &handler{tb: tb, data: func(c *stream.Conn, p []byte) int { c.Write(p); return len(p) }}
}

// group starts loops for one test, at the end of which nothing may be left.
func group(tb testing.TB, loops int) *reactor.Group {
	tb.Helper()
	leak.Check(tb)
	g, err := reactor.NewGroup(reactor.Config{Loops: loops})
	must(tb, err)
	tb.Cleanup(func() {
		if err := g.Close(); err != nil {
			tb.Error(err)
		}
	})
	return g
}

// serve starts a server on a group of its own.
func serve(tb testing.TB, config stream.Config, newHandler func() *handler) *stream.Server {
	tb.Helper()
	if config.Group == nil {
		config.Group = group(tb, 1)
	}
	config.Handler = func(*stream.Conn) stream.Handler { return newHandler() }
	s, err := stream.Serve("127.0.0.1:0", config)
	must(tb, err)
	tb.Cleanup(func() { must(tb, s.Close()) })
	return s
}

// dial connects to a server. The client is package net's, so that the hooks
// of internal/sys see the server only.
func dial(tb testing.TB, s *stream.Server) *net.TCPConn {
	tb.Helper()
	for {
		c, err := net.Dial("tcp", s.Addr().String())
		if errors.Is(err, sys.ECONNRESET) {
			continue // an Abort in Open was quicker than the end of connect
		}
		must(tb, err)
		tb.Cleanup(func() { _ = c.Close() })
		must(tb, c.SetDeadline(time.Now().Add(patience)))
		return c.(*net.TCPConn)
	}
}

// exchange sends a message and wants it back.
func exchange(c net.Conn, msg []byte) error {
	done := make(chan error, 1)
	go func() { _, err := c.Write(msg); done <- err }()
	got := make([]byte, len(msg))
	n, err := io.ReadFull(c, got)
	if err = errors.Join(err, <-done); err != nil {
		return fmt.Errorf("after %d of %d bytes: %w", n, len(msg), err)
	}
	if string(got) != string(msg) {
		return fmt.Errorf("echo of %d bytes differs", len(msg))
	}
	return nil
}

// until waits for a condition that other goroutines bring about.
func until(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for begun := reactor.Now(); !holds(); runtime.Gosched() {
		if reactor.Now()-begun > int64(patience) {
			tb.Fatal("in vain: ", what)
		}
	}
}

// on calls f on the connection's loop and waits for it.
func on(tb testing.TB, c *stream.Conn, f func()) {
	tb.Helper()
	done := make(chan struct{})
	must(tb, c.Post(func() { f(); close(done) }))
	<-done
}

// take waits for a value.
func take[T any](tb testing.TB, what string, from <-chan T) T {
	tb.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		tb.Fatal("in vain: ", what)
		panic("unreachable")
	}
}

// counter counts system calls.
type counter struct{ calls [64]atomic.Int64 }

// count installs a counter until the end of the test.
func count(tb testing.TB) *counter {
	c := &counter{}
	tb.Cleanup(sys.SetHook(func(call sys.Call) sys.Fault {
		c.calls[call.Op].Add(1)
		return sys.Fault{}
	}))
	return c
}

func (c *counter) of(op sys.Op) int64 { return c.calls[op].Load() }

// quiet is a filter that changes nothing.
type quiet struct{}

func (quiet) Receive(c *stream.Conn, p []byte) error { c.Deliver(p); return nil }
func (quiet) Send(c *stream.Conn, p []byte) error    { c.WriteRaw(p); return nil }
func (quiet) EOF(*stream.Conn) error                 { return nil }
func (quiet) Close(*stream.Conn)                     {}
