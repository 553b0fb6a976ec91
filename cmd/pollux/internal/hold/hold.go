// Package hold opens many connections to a server and keeps them, which is what
// a server with many idle clients sees.
package hold

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

// Config says what is held, and how.
type Config struct {
	Network, Address string
	TLS              *tlsbridge.Context // a client's; nil for none
	ServerHostname   string             // that the server's certificate is for
	Sources          []string           // local addresses, which take turns; none for the system's choice
	Dials            int                // how many may be under way
	Timeout          time.Duration      // for each, and for each handshake
}

// Holder holds connections. Its methods are for one goroutine.
type Holder struct {
	config Config
	client *stream.Client
	slots  chan struct{} // one for each dial under way
	conns  []*conn
	lost   atomic.Int64 // closed while they were held
	ending atomic.Bool

	mu     sync.Mutex
	failed int   // dials that came to nothing
	first  error // why the first of them did
}

// conn is one connection, and its handler.
type conn struct {
	holder *Holder
	stream *stream.Conn
	ready  bool          // the connection is held; loop-only
	gone   bool          // it has closed; loop-only
	owed   int           // bytes of an echo that have not come; loop-only
	echoed chan struct{} // closed when they have, or never will
}

// New makes a holder on a group's loops.
func New(group *reactor.Group, config Config) (*Holder, error) {
	client, err := stream.NewClient(stream.Config{
		Group: group, DialTimeout: config.Timeout, HandshakeTimeout: config.Timeout,
		MaxDials: config.Dials + len(group.Loops()), // one that has just ended still counts on its loop
	})
	if err != nil {
		return nil, err
	}
	return &Holder{config: config, client: client, slots: make(chan struct{}, config.Dials)}, nil
}

// Open opens n connections, and returns when each is there or has failed, or
// the context has ended.
func (h *Holder) Open(ctx context.Context, n int) error {
	var err error
	for i := 0; i < n && err == nil; i++ {
		select {
		case h.slots <- struct{}{}:
			h.dial(i)
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	for range cap(h.slots) { // all are over when all slots can be had
		select {
		case h.slots <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for range cap(h.slots) {
		<-h.slots
	}
	return err
}

func (h *Holder) dial(i int) {
	c := &conn{holder: h}
	opts := stream.DialOptions{Handler: func(*stream.Conn) stream.Handler { return c }}
	if n := len(h.config.Sources); n > 0 {
		opts.Local = h.config.Sources[i%n]
	}
	if h.config.TLS != nil {
		opts.Filter = h.config.TLS.FilterWith(tlsbridge.FilterConfig{
			ServerHostname: h.config.ServerHostname, Established: func(*stream.Conn) { c.held() },
		})
	}
	if _, err := h.client.DialAsync(h.config.Network, h.config.Address, opts); err != nil {
		h.fail(err)
	}
}

// fail notes a dial that came to nothing.
func (h *Holder) fail(err error) {
	h.mu.Lock()
	h.failed++
	if h.first == nil {
		h.first = err
	}
	h.mu.Unlock()
	<-h.slots
}

// held notes a connection that is there.
func (c *conn) held() {
	c.ready = true
	h := c.holder
	h.mu.Lock()
	h.conns = append(h.conns, c)
	h.mu.Unlock()
	<-h.slots
}

// Open implements stream.Handler.
func (c *conn) Open(s *stream.Conn) {
	c.stream = s
	if c.holder.config.TLS == nil {
		c.held()
	}
}

// Data implements stream.Handler.
func (c *conn) Data(_ *stream.Conn, p []byte) int {
	if c.owed > 0 {
		if c.owed -= min(c.owed, len(p)); c.owed == 0 {
			close(c.echoed)
		}
	}
	return len(p)
}

// Drained implements stream.Handler.
func (c *conn) Drained(*stream.Conn) {}

// EOF implements stream.Handler.
func (c *conn) EOF(s *stream.Conn) { s.Close() }

// Close implements stream.Handler.
func (c *conn) Close(_ *stream.Conn, err error) {
	c.gone = true
	if c.owed > 0 {
		close(c.echoed)
	}
	switch {
	case c.ready && !c.holder.ending.Load():
		c.holder.lost.Add(1)
	case !c.ready && err == nil:
		c.holder.fail(errors.New("the server has closed the connection"))
	case !c.ready:
		c.holder.fail(err)
	}
}

// wave is how many echoes are under way at a time.
const wave = 512

// Echo sends so many bytes on every connection and waits for as many. It
// returns how many connections have brought them before the context ended.
func (h *Holder) Echo(ctx context.Context, size int) int {
	payload, answered := make([]byte, size), 0
	for some := range slices.Chunk(h.conns, wave) {
		for _, c := range some {
			c.ask(payload)
		}
		for _, c := range some {
			select {
			case <-c.echoed:
			case <-ctx.Done():
				return answered
			}
			if c.complete() {
				answered++
			}
		}
	}
	return answered
}

// ask sends what is to be echoed.
func (c *conn) ask(payload []byte) {
	c.echoed = make(chan struct{})
	err := c.stream.Post(func() {
		if c.gone {
			close(c.echoed)
			return
		}
		c.owed = len(payload)
		c.stream.Write(payload)
	})
	if err != nil { // the loop has ended
		close(c.echoed)
	}
}

// complete reports whether the echo has come.
func (c *conn) complete() bool {
	whole := make(chan bool, 1)
	return c.stream.Post(func() { whole <- c.owed == 0 && !c.gone }) == nil && <-whole
}

// Held returns how many connections were opened, and how many of them the
// server has closed.
func (h *Holder) Held() (opened, lost int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.conns), int(h.lost.Load())
}

// Failed returns how many connections could not be opened, and why the first
// could not.
func (h *Holder) Failed() (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.first == nil {
		return 0, nil
	}
	return h.failed, fmt.Errorf("the first failure: %w", h.first)
}

// Close lets go of everything.
func (h *Holder) Close() error {
	h.ending.Store(true)
	return h.client.Close()
}
