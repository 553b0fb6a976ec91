package stream

import (
	"net"
	"net/netip"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// phase is where a connection stands.
//
//	new -> open -> closing -> closed
//	 |      |                   ^
//	 +------+-------------------+
type phase uint8

const (
	phaseNew     phase = iota // accepted, handler not called yet
	phaseOpen                 // receives and sends
	phaseClosing              // Close was called; flushing what is owed
	phaseClosed               // handler's Close was called
)

// Conn is a connection. Its methods are loop-only, unless they say otherwise.
type Conn struct {
	server  *Server
	loop    *loop
	handle  *reactor.Handle
	handler Handler
	filter  Filter
	linger  *reactor.Timer

	fd     int
	phase  phase
	eof    bool   // the peer's FIN has been read
	ended  bool   // the handler knows that nothing follows
	paused bool   // not read, because out is past the high watermark
	held   bool   // not read, because the handler has called Pause
	in     []byte // input the handler has not used up
	out    outbox // output the kernel has not taken
	failed error  // why the output broke, reported once the call has returned

	owesEnd bool // the handler is to be told of the end when it resumes
}

// Ready is called by the loop. Part of reactor.Handler.
func (c *Conn) Ready(_ *reactor.Handle, r reactor.Readiness) {
	if c.phase == phaseNew {
		c.start()
	}
	if r&reactor.Output != 0 && c.out.size > 0 {
		c.flush()
	}
	if r&reactor.Input != 0 && c.phase != phaseClosed && !c.stopped() && !c.eof {
		c.receive()
	}
	c.settle()
}

// stopped reports whether the peer must not be read for now.
func (c *Conn) stopped() bool { return c.paused || c.held && c.phase == phaseOpen }

func (c *Conn) start() {
	c.phase = phaseOpen
	if c.server.config.Filter != nil {
		c.filter = c.server.config.Filter(c)
	}
	c.handler = c.server.config.Handler(c)
	c.handler.Open(c)
}

// receive reads until the kernel has no more, the turn's share is used up, or
// the output is full.
func (c *Conn) receive() {
	for range readsPerTurn {
		before := c.handle.Snapshot()
		buf := c.loop.buffer
		n, errno := sys.Recv(c.fd, buf, 0)
		switch {
		case errno == sys.EAGAIN:
			c.handle.Clear(before, reactor.Input)
			return
		case errno != 0:
			c.fail(&Error{Op: "recv", Errno: errno})
			return
		case n == 0:
			c.endOfInput()
			return
		}
		c.input(buf[:n])
		if c.phase == phaseClosed || c.failed != nil || c.stopped() {
			return
		}
		if n < len(buf) && before.Readiness()&(reactor.ReadHangUp|reactor.HangUp|reactor.Error|reactor.Priority) == 0 {
			c.handle.Clear(before, reactor.Readable)
			return
		}
	}
	c.handle.Requeue()
}

func (c *Conn) input(p []byte) {
	if c.phase == phaseClosing {
		return // read and dropped, so that the peer can finish
	}
	if c.filter == nil {
		c.Deliver(p)
		return
	}
	if err := c.filter.Receive(c, p); err != nil {
		c.fail(err)
	}
}

// Deliver passes bytes to the handler: for filters.
func (c *Conn) Deliver(p []byte) {
	if c.held {
		c.keep(p)
		return
	}
	if len(c.in) == 0 {
		if used := c.handler.Data(c, p); used < len(p) {
			c.keep(p[used:])
		}
		return
	}
	c.in = append(c.in, p...)
	used := c.handler.Data(c, c.in)
	if c.phase == phaseClosed {
		return // aborted, and the input is gone
	}
	if rest := c.in[used:]; len(rest) == 0 {
		c.in = nil
	} else {
		c.in = c.in[:copy(c.in, rest)]
		c.keep(nil)
	}
}

func (c *Conn) keep(p []byte) {
	c.in = append(c.in, p...)
	if len(c.in) > c.server.config.MaxInput {
		c.fail(ErrInputOverflow)
	}
}

// endOfInput acts on the peer's FIN.
func (c *Conn) endOfInput() {
	c.eof = true
	if c.filter != nil && c.phase == phaseOpen {
		if err := c.filter.EOF(c); err != nil {
			c.fail(err)
			return
		}
	}
	c.EndOfInput()
}

// EndOfInput tells the handler, once, that the peer has sent all it will: for
// filters that learn of it before the connection itself ends.
func (c *Conn) EndOfInput() {
	if c.ended || c.phase != phaseOpen {
		return
	}
	if c.held {
		c.owesEnd = true
		return
	}
	c.ended = true
	c.handler.EOF(c)
}

// fail notes the first reason for the connection to break. It breaks when the
// present callback has returned, also one that no event of the descriptor has
// led to.
func (c *Conn) fail(err error) {
	if c.failed == nil {
		c.failed = err
		c.settleLater()
	}
}

// settle acts on what the calls of this turn have led to.
func (c *Conn) settle() {
	switch {
	case c.phase == phaseClosed:
	case c.failed != nil:
		c.finish(c.failed)
	case c.phase == phaseClosing && c.out.size == 0:
		c.finish(nil)
	}
}

// Close sends what is owed, within the server's linger time, and closes the
// connection. Input is no longer delivered.
func (c *Conn) Close() {
	if c.phase >= phaseClosing {
		return
	}
	if c.phase == phaseNew {
		c.start()
	}
	c.phase = phaseClosing
	c.endFilter()
	if c.out.size > 0 && c.failed == nil {
		c.linger = c.loop.After(c.server.config.Linger, func() { c.finish(ErrLinger) })
		return
	}
	c.settleLater()
}

// endFilter lets the filter say farewell, once.
func (c *Conn) endFilter() {
	if f := c.filter; f != nil {
		c.filter = nil
		f.Close(c)
	}
}

// settleLater closes after the present callback has returned.
func (c *Conn) settleLater() {
	if err := c.loop.Post(c.settle); err != nil {
		c.settle()
	}
}

// Abort closes the connection at once; what is owed is lost.
func (c *Conn) Abort() { c.finish(ErrAborted) }

func (c *Conn) finish(err error) {
	if c.phase == phaseClosed {
		return
	}
	if c.phase == phaseNew {
		c.start()
	}
	c.endFilter()
	c.phase = phaseClosed
	if c.linger != nil {
		c.linger.Stop()
	}
	c.out.release()
	c.in = nil
	_ = c.handle.Close()
	c.handler.Close(c, err)
	c.server.forget(c)
}

// Post has fn called on the connection's loop. Any goroutine.
func (c *Conn) Post(fn func()) error { return c.loop.Post(fn) }

// LocalAddr returns the connection's own address. Any goroutine.
func (c *Conn) LocalAddr() net.Addr { return c.address(sys.Getsockname) }

// RemoteAddr returns the peer's address, nil when it has gone. Any goroutine.
func (c *Conn) RemoteAddr() net.Addr { return c.address(sys.Getpeername) }

func (c *Conn) address(get func(int) (sys.Sockaddr, sys.Errno)) net.Addr {
	if _, ok := c.handle.Acquire(); !ok {
		return nil
	}
	defer c.handle.Release()
	sa, errno := get(c.fd)
	if errno != 0 {
		return nil
	}
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(sa.Addr, sa.Port))
}
