package tlsbridge

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// FilterConfig says how a stream filter speaks TLS. The zero value will do for
// a server.
type FilterConfig struct {
	// Pool does the handshakes; nil is one that all filters share.
	Pool *HandshakePool
	// ServerHostname is a client's: the name that the server must have, and
	// that it is told.
	ServerHostname string
	// Established is called, if set, when a connection's handshake is over, on
	// its loop: from then on [FilterState] knows what was agreed.
	Established func(*stream.Conn)
}

// Filter returns a stream filter that speaks TLS as the context's side: for
// stream.Config.Filter. A connection's handler sees plaintext only, and its
// Open before the handshake; what it writes then is sent after it.
//
// Handshakes are done on a pool's goroutines, so that none holds up a loop; so
// are the context's callbacks. A server's begins when the whole ClientHello
// has come.
//
// A context that cannot serve closes every connection with the error that
// [Context.CheckFilter] returns.
func (c *Context) Filter() func(*stream.Conn) stream.Filter { return c.FilterWith(FilterConfig{}) }

// FilterWith is Filter with settings.
func (c *Context) FilterWith(config FilterConfig) func(*stream.Conn) stream.Filter {
	pool := config.Pool
	if pool == nil {
		pool = defaultPool()
	}
	return func(conn *stream.Conn) stream.Filter {
		l, err := c.filterLink(config.ServerHostname)
		if err != nil {
			return &filter{failed: err}
		}
		f := &filter{link: *l, pool: pool, established: config.Established}
		f.link.conn = f
		f.engine = f.link.engine()
		f.engine.SetInline(true) // neither loops nor the pool's goroutines are locked to threads
		f.engine.SetSink(func(p []byte) int { return f.sink(conn, p) })
		conn.BeginHandshake()
		return f
	}
}

// CheckFilter returns why each connection of Filter would fail as the context
// is now, or nil: look before you serve. A client's context that checks names
// is the usual reason, as there is no name to check.
func (c *Context) CheckFilter() error { return c.checkFilter(FilterConfig{}) }

func (c *Context) checkFilter(config FilterConfig) error {
	_, err := c.filterLink(config.ServerHostname)
	return err
}

func (c *Context) filterLink(host string) (*link, error) {
	l, err := c.newLink(SideOfContext, host)
	if err != nil {
		return nil, fmt.Errorf("tlsbridge: a filter of a %v context: %w", c.protocol, err)
	}
	return l, nil
}

var (
	_ stream.Holder     = (*filter)(nil)
	_ stream.HalfCloser = (*filter)(nil)
	_ stream.Starter    = (*filter)(nil)
)

// filter is the TLS of one stream connection. It reads ahead of the records,
// for nobody else reads the descriptor.
type filter struct {
	engine *engine.Conn
	link   link
	pool   *HandshakePool
	failed error
	open   bool
	early  []byte // what the handler wrote before the handshake was complete

	established func(*stream.Conn)
	unwrapping  func() // told when the peer's farewell follows ours

	away    bool   // an Offload is under way, as the loop sees it
	slipped []byte // what StartTLS has found to be received meanwhile

	// While step is away the pool's goroutine has the engine and these.
	step   atomic.Uint32
	flight []byte // what the handshake sends
	result error  // what it has come to
}

// Where the step of a handshake is.
const (
	stepHere  = iota // nowhere: the engine is the loop's
	stepAway         // waits for the pool or is done by it
	stepAlone        // the same, and the connection has closed meanwhile
)

// maxEarly bounds early. It is more than a connection's usual high watermark,
// so that a handler that looks at Buffered does not come to it.
const maxEarly = 1 << 20

var errEarly = errors.New("tlsbridge: too much was written before the end of the handshake")

// plaintexts are buffers for one record's plaintext.
var plaintexts = sync.Pool{New: func() any { return new([recordSize]byte) }}

// Receive implements stream.Filter.
func (f *filter) Receive(c *stream.Conn, p []byte) error {
	if f.failed != nil {
		return f.failed
	}
	if f.away { // a client's StartTLS, which has begun and then hands over what is there
		f.slipped = append(f.slipped, p...)
		return nil
	}
	if f.engine.PeerClosed() {
		return nil // nobody will ask for what follows the farewell
	}
	if !f.open {
		f.engine.Feed(p)
		return f.negotiate(c)
	}
	f.engine.Borrow(p)
	defer f.engine.Settle()
	return f.deliver(c)
}

// Start implements stream.Starter: a client speaks first.
func (f *filter) Start(c *stream.Conn) error {
	if f.failed != nil || f.link.server {
		return f.failed
	}
	return f.negotiate(c)
}

// negotiate has the handshake go on, as soon as there is a message to go on
// with. The connection is not read until it has.
func (f *filter) negotiate(c *stream.Conn) error {
	if !f.engine.Runnable() {
		return nil
	}
	f.link.begin()
	f.step.Store(stepAway)
	if !c.Offload(f.pool.do, f.shake, func() { f.shaken(c) }) {
		f.step.Store(stepHere)
		return ErrHandshakes
	}
	f.away = true
	return nil
}

// shake takes a step of the handshake, on one of the pool's goroutines.
func (f *filter) shake() {
	if f.step.Load() == stepAway {
		f.result = handshake(f.engine)
		for f.link.answer(unlocked{}) {
			f.result = handshake(f.engine)
		}
	}
	if !f.step.CompareAndSwap(stepAway, stepHere) {
		f.engine.Abort()
	}
}

// shaken acts on what the step has led to, on the loop.
func (f *filter) shaken(c *stream.Conn) {
	f.away = false
	slipped := f.slipped
	if f.slipped = nil; len(slipped) > 0 {
		f.engine.Feed(slipped)
	}
	if flight := f.flight; len(flight) > 0 {
		f.flight = nil
		c.WriteRaw(flight)
	}
	err := f.result
	switch {
	case errors.Is(err, engine.ErrWantRead), errors.Is(err, engine.ErrWantWrite):
		if len(slipped) > 0 {
			if err := f.negotiate(c); err != nil {
				c.Fail(err)
			}
		}
		return
	case err != nil:
		c.Fail(f.link.rules.explain(opHandshake.name, err, false))
		return
	}
	f.link.finish(f.engine.ConnectionState().DidResume)
	f.open = true
	c.EndHandshake()
	if early := f.early; len(early) > 0 { // before what Established writes
		f.early = nil
		err = f.Send(c, early)
	}
	if err == nil && f.established != nil {
		f.established(c)
	}
	if err == nil {
		err = f.deliver(c)
	}
	if err != nil {
		c.Fail(err)
	}
}

// sink takes what the engine sends.
func (f *filter) sink(c *stream.Conn, p []byte) int {
	if f.step.Load() == stepHere {
		c.WriteRaw(p)
	} else {
		f.flight = append(f.flight, p...)
	}
	return len(p)
}

// Context implements NamedConn.
func (f *filter) Context() *Context { return f.link.ctx }

// SetContext implements NamedConn.
func (f *filter) SetContext(c *Context) error { return f.link.setContext(c) }

// unlocked is the lock of what only one goroutine has.
type unlocked struct{}

// Lock implements sync.Locker.
func (unlocked) Lock() {}

// Unlock implements sync.Locker.
func (unlocked) Unlock() {}

// deliver decrypts what there is and hands it over. The answers to a batch of
// records are sent together.
func (f *filter) deliver(c *stream.Conn) (err error) {
	buf := plaintexts.Get().(*[recordSize]byte)
	defer plaintexts.Put(buf)
	more, err := f.deliverNext(c, buf[:])
	if more && f.engine.Buffered() > 0 {
		c.Batch(func() {
			for more {
				more, err = f.deliverNext(c, buf[:])
			}
		})
		return err
	}
	for more {
		more, err = f.deliverNext(c, buf[:])
	}
	return err
}

// deliverNext hands over what there is of one record, and reports whether
// there may be more.
func (f *filter) deliverNext(c *stream.Conn, buf []byte) (more bool, err error) {
	n, err := f.engine.Read(buf)
	switch {
	case n > 0:
		c.Deliver(buf[:n])
		return true, nil
	case errors.Is(err, engine.ErrWantRead), errors.Is(err, engine.ErrAborted):
		return false, nil // aborted: the handler has closed the connection
	case errors.Is(err, io.EOF) && f.unwrapping != nil:
		f.leave(c)
		return false, nil
	case errors.Is(err, io.EOF):
		c.EndOfInput()
		return false, nil
	case err != nil:
		return false, explain(opRead.name, err, true)
	}
	return true, nil
}

// Send implements stream.Filter.
func (f *filter) Send(_ *stream.Conn, p []byte) error {
	if f.failed != nil {
		return f.failed
	}
	if !f.open {
		if len(f.early)+len(p) > maxEarly {
			return errEarly
		}
		f.early = append(f.early, p...)
		return nil
	}
	if _, err := f.engine.Write(p); err != nil {
		return explain(opWrite.name, err, true)
	}
	return nil
}

// Holding implements stream.Holder.
func (f *filter) Holding() int {
	if f.failed != nil {
		return 0
	}
	return len(f.early)
}

// EOF implements stream.Filter: an end without close_notify is an error, unless
// the context has OP_IGNORE_UNEXPECTED_EOF.
func (f *filter) EOF(*stream.Conn) error {
	if f.failed != nil || f.engine.PeerClosed() {
		return f.failed
	}
	if f.open && f.link.rules.ignoreEOF {
		return nil
	}
	f.engine.FeedEOF()
	return explain(opRead.name, engine.ErrTruncated, f.open)
}

// CloseWrite implements stream.HalfCloser: the peer reads the end of the
// stream, and may go on to send.
func (f *filter) CloseWrite(*stream.Conn) {
	if f.open {
		_ = f.engine.CloseNotify() // a failed connection has no farewell
	}
}

// Close implements stream.Filter.
func (f *filter) Close(*stream.Conn) {
	if f.engine == nil || f.step.CompareAndSwap(stepAway, stepAlone) {
		return // the pool's goroutine ends the engine
	}
	if f.open {
		_ = f.engine.CloseNotify() // a failed connection has no farewell
	}
	f.engine.Abort()
}
