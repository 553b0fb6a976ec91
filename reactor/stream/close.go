package stream

import (
	"errors"

	"github.com/pollux-net/pollux/reactor"
)

// Holder is a [Filter] that cannot send at once what it is given, as TLS cannot
// before its handshake is complete.
type Holder interface {
	Filter
	// Holding reports whether bytes of the handler wait in the filter. A
	// connection that was closed goes on until they do not.
	Holding() bool
}

// fail notes the first reason for the connection to break. It is acted upon
// when the present callback has returned.
func (c *Conn) fail(err error) {
	if c.failed == nil {
		c.failed = err
		c.later(c.settle)
	}
}

// later calls fn after the present callback has returned. When the loop has
// ended it does nothing: the server finishes what that leaves behind.
func (c *Conn) later(fn func()) {
	if errors.Is(c.loop.Post(fn), reactor.ErrQueueFull) {
		c.loop.After(0, fn)
	}
}

// settle acts on what the calls of this turn have led to.
func (c *Conn) settle() {
	switch {
	case c.phase == phaseClosed:
	case c.failed != nil:
		c.finish(c.failed)
	case c.phase == phaseClosing && !c.owes():
		c.finish(nil)
	}
}

// owes reports whether output waits in the filter or for the kernel. A filter
// that holds nothing any more says farewell.
func (c *Conn) owes() bool {
	if h, ok := c.filter.(Holder); ok && h.Holding() {
		return true
	}
	c.endFilter()
	return c.out.size > 0
}

// Close sends what is owed, within the server's linger time, and closes the
// connection. Input is no longer delivered.
func (c *Conn) Close() {
	if !c.begun() || c.phase >= phaseClosing {
		return
	}
	c.phase = phaseClosing
	c.in = nil
	if c.owes() && c.failed == nil {
		c.linger = c.loop.After(c.server.config.Linger, func() { c.finish(ErrLinger) })
		c.handle.Requeue() // a paused connection is read again
		return
	}
	c.later(c.settle)
}

// begun makes sure that the handler's Open comes first, and reports whether
// it has not closed the connection.
func (c *Conn) begun() bool {
	if c.phase == phaseNew {
		c.start()
	}
	return c.phase != phaseClosed
}

// endFilter lets the filter say farewell, once.
func (c *Conn) endFilter() {
	if f := c.filter; f != nil {
		c.filter = nil
		f.Close(c)
	}
}

// Abort closes the connection at once; what is owed is lost.
func (c *Conn) Abort() { c.finish(ErrAborted) }

func (c *Conn) finish(err error) {
	if !c.begun() {
		return
	}
	c.endFilter()
	c.phase = phaseClosed
	if c.linger != nil {
		c.linger.Stop()
	}
	c.out.release()
	c.in = nil
	_ = c.handle.Close()
	if c.handler != nil { // Abort in the factory: nobody was told of the connection
		c.handler.Close(c, err)
	}
	c.server.forget(c)
}
