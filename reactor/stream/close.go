package stream

import (
	"errors"

	"github.com/pollux-net/pollux/internal/clock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// Holder is a [Filter] that cannot send at once what it is given, as TLS cannot
// before its handshake is complete.
type Holder interface {
	Filter
	// Holding returns how many bytes of the handler wait in the filter; they
	// count as buffered. A connection that was closed goes on until none do.
	Holding() int
}

// fail notes the first reason for the connection to break. It is acted upon
// when the present callback has returned.
func (c *Conn) fail(err error) {
	if !c.broken {
		c.broken = true
		c.more().failed = err
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
	case c.broken:
		c.finish(c.rare.failed)
	case c.phase == phaseClosing && !c.owes():
		c.depart()
	case c.phase == phaseOpen && c.halved:
		c.halve()
	}
}

// depart ends our direction once all is sent, and the connection when the
// peer has ended its own. Closing the descriptor earlier would reset the
// connection if anything of the peer's is unread, and a reset can overtake
// what we have sent.
func (c *Conn) depart() {
	if c.eof || c.ended && !c.unread() {
		c.finish(c.reason())
		return
	}
	if !c.departed {
		if !c.shutWrite() {
			return
		}
		c.handle.Requeue()
	}
	if c.reason() != nil { // not worth waiting for
		c.discard()
		c.finish(c.reason())
	}
}

// shutWrite ends our direction, or the connection when that is not possible
// any more.
func (c *Conn) shutWrite() bool {
	c.departed = true
	if _, ok := c.handle.Acquire(); !ok {
		c.finish(reactor.ErrClosed)
		return false
	}
	errno := sys.Shutdown(int(c.fd), sys.SHUT_WR)
	if errno != 0 { // what has happened is told by another call
		if pending := sys.SocketError(int(c.fd)); pending != 0 {
			errno = pending
		}
	}
	c.handle.Release()
	switch {
	case errno == 0:
		return true
	case c.phase == phaseOpen && c.reason() == nil: // the handler has not said that it is done
		c.finish(&Error{Op: "shutdown", Errno: errno})
	default:
		c.finish(c.reason())
	}
	return false
}

// discard takes what there is of the peer's, within bounds, so that closing is
// less likely to be a reset, which could overtake an alert.
func (c *Conn) discard() {
	for range readsPerTurn {
		if _, n, errno := c.recv(c.loop.buffer); n == 0 || errno != 0 {
			return
		}
	}
}

// unread reports whether the kernel has something of the peer's.
func (c *Conn) unread() bool {
	if _, ok := c.handle.Acquire(); !ok {
		return false
	}
	defer c.handle.Release()
	return readable(c.fd)
}

func readable(fd int32) bool {
	fds := [1]sys.PollFD{{Fd: fd, Events: sys.PollIn}}
	n, errno := sys.PollNow(fds[:])
	return n > 0 && errno == 0
}

// giveUp closes the connection for a reason of ours: what is owed, an alert
// for example, is still sent.
func (c *Conn) giveUp(err error) {
	if c.phase >= phaseClosing {
		c.fail(err)
		return
	}
	c.more().reason = err
	c.Close()
}

// owes reports whether output waits in the filter or for the kernel. A filter
// that holds nothing any more says farewell.
func (c *Conn) owes() bool {
	if c.hasJobs() || c.holding() > 0 {
		return true
	}
	c.endFilter()
	return c.out.size > 0
}

// holding returns how many bytes the filter holds back.
func (c *Conn) holding() int {
	if h, ok := c.filter.(Holder); ok {
		return h.Holding()
	}
	return 0
}

// Close sends what is owed, ends our direction, waits for the peer to end its
// own, and closes the connection, all within the server's linger time. Input
// is no longer delivered. [Conn.AsyncClose] is for other goroutines.
func (c *Conn) Close() {
	if !c.begun() || c.phase >= phaseClosing {
		return
	}
	c.phase = phaseClosing
	c.dropInput()
	c.closeAsyncs()
	c.unsplice(ErrClosed)
	c.cutSplices()
	if !c.eof || c.owes() {
		c.lingerFrom()
		c.handle.Requeue() // a paused connection is read again
	}
	c.later(c.settle)
}

// overstay ends a Close that has taken too long. A peer that has been given
// everything and only does not leave has lost nothing. In a Shutdown, which has
// a limit of its own, one that takes something now and then may go on.
func (c *Conn) overstay() {
	h := c.hub()
	draining := h.draining.Load()
	if by := clock.Add(c.timing.lastOut, h.config.Linger); draining && c.reason() == nil && by > c.now() {
		c.timing.lingBy = by
		return
	}
	if c.departed || c.reason() != nil {
		c.finish(c.reason())
		return
	}
	if draining {
		h.givenUp.Add(1)
	}
	c.finish(ErrLinger)
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

// Abort resets the connection at once; what is owed is lost. [Conn.AsyncAbort]
// is for other goroutines.
func (c *Conn) Abort() {
	if c.phase == phaseClosed {
		return // within Handler.Close: what is sent already stays so
	}
	if _, ok := c.handle.Acquire(); ok {
		sys.SetLinger(int(c.fd), 0)
		c.handle.Release()
	}
	c.finish(ErrAborted)
}

func (c *Conn) finish(err error) {
	if !c.begun() {
		return
	}
	c.endFilter()
	if c.phase == phaseClosed {
		return // the filter's Close has done it
	}
	unsent := c.Unsent()
	c.phase = phaseClosed
	if unsent > int64(c.out.size) {
		c.more().unsent = unsent
	} else if c.rare != nil {
		c.rare.unsent = unsent
	}
	c.stopTimers()
	c.closeAsyncs()
	c.feed()
	c.dropInput()
	c.unsplice(orClosed(err))
	c.dropJobs(orClosed(err))
	c.count(err)
	if c.handler != nil { // Abort in the factory: nobody was told of the connection
		c.handler.Close(c, err)
	}
	c.out.release(c.loop)
	_ = c.handle.Close()
	c.hub().forget(c)
}

// orClosed is the error for those whose output a connection does not send.
func orClosed(err error) error {
	if err == nil {
		return ErrClosed
	}
	return err
}
