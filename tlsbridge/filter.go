package tlsbridge

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// Filter returns a stream filter that speaks TLS as the context's side: for
// stream.Config.Filter. A connection's handler sees plaintext only, and its
// Open before the handshake; what it writes then is sent after it.
//
// A context that cannot serve closes every connection with the error that
// [Context.CheckFilter] returns.
func (c *Context) Filter() func(*stream.Conn) stream.Filter {
	return func(conn *stream.Conn) stream.Filter {
		l, err := c.filterLink()
		if err != nil {
			return &filter{failed: err}
		}
		f := &filter{link: *l}
		f.link.conn = f
		f.engine = f.link.engine()
		f.engine.SetInline(true) // only its loop's goroutine steps it
		f.engine.SetSink(func(p []byte) int {
			conn.WriteRaw(p)
			return len(p)
		})
		return f
	}
}

// CheckFilter returns why each connection of Filter would fail as the context
// is now, or nil: look before you serve. A client's context that checks names
// is the usual reason, as there is no name to check.
func (c *Context) CheckFilter() error {
	_, err := c.filterLink()
	return err
}

func (c *Context) filterLink() (*link, error) {
	l, err := c.newLink(SideOfContext, "")
	if err != nil {
		return nil, fmt.Errorf("tlsbridge: a filter of a %v context: %w", c.protocol, err)
	}
	return l, nil
}

var _ stream.Holder = (*filter)(nil)

// filter is the TLS of one stream connection. It reads ahead of the records,
// for nobody else reads the descriptor.
type filter struct {
	engine *engine.Conn
	link   link
	failed error
	open   bool
	early  []byte // what the handler wrote before the handshake was complete
}

// maxEarly bounds early.
const maxEarly = 64 << 10

var errEarly = errors.New("tlsbridge: too much was written before the end of the handshake")

// plaintexts are buffers for one record's plaintext.
var plaintexts = sync.Pool{New: func() any { return new([recordSize]byte) }}

// Receive implements stream.Filter.
func (f *filter) Receive(c *stream.Conn, p []byte) error {
	if f.failed != nil {
		return f.failed
	}
	if f.engine.PeerClosed() {
		return nil // nobody will ask for what follows the farewell
	}
	f.engine.Borrow(p)
	defer f.engine.Settle()
	if !f.open {
		if done, err := f.negotiate(c); !done || err != nil {
			return err
		}
	}
	return f.deliver(c)
}

// negotiate steps the handshake, once a whole ClientHello is there.
func (f *filter) negotiate(c *stream.Conn) (done bool, err error) {
	if f.engine.State() == engine.StateIdle && !f.engine.HelloComplete() {
		return false, nil
	}
	f.link.begin()
	err = handshake(f.engine)
	for f.link.answer(unlocked{}) {
		err = handshake(f.engine)
	}
	switch {
	case errors.Is(err, engine.ErrWantRead):
		return false, nil
	case err != nil:
		return false, f.link.rules.explain(opHandshake.name, err, false)
	}
	f.link.finish(f.engine.ConnectionState().DidResume)
	f.open = true
	if early := f.early; len(early) > 0 {
		f.early = nil
		return true, f.Send(c, early)
	}
	return true, nil
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

// deliver decrypts what there is and hands it over.
func (f *filter) deliver(c *stream.Conn) error {
	buf := plaintexts.Get().(*[recordSize]byte)
	defer plaintexts.Put(buf)
	for {
		n, err := f.engine.Read(buf[:])
		switch {
		case n > 0:
			c.Deliver(buf[:n])
		case errors.Is(err, engine.ErrWantRead), errors.Is(err, engine.ErrAborted):
			return nil // aborted: the handler has closed the connection
		case errors.Is(err, io.EOF):
			c.EndOfInput()
			return nil
		case err != nil:
			return explain(opRead.name, err, true)
		}
	}
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
func (f *filter) Holding() bool { return len(f.early) > 0 && f.failed == nil }

// EOF implements stream.Filter: an end without close_notify is an error.
func (f *filter) EOF(*stream.Conn) error {
	if f.failed != nil || f.engine.PeerClosed() {
		return f.failed
	}
	f.engine.FeedEOF()
	return explain(opRead.name, engine.ErrTruncated, f.open)
}

// Close implements stream.Filter.
func (f *filter) Close(*stream.Conn) {
	if f.engine == nil {
		return
	}
	if f.open {
		_ = f.engine.CloseNotify() // a failed connection has no farewell
	}
	f.engine.Abort()
}
