package stream

import (
	"fmt"
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
	hub     *hub
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
	reason error  // why we close it, for Handler.Close

	resuming bool // Resume was called, and what was kept is not offered yet
	owesEnd  bool // the handler is to be told of the end when it resumes
	departed bool // our direction is ended
}

// Ready is called by the loop. Part of reactor.Handler.
func (c *Conn) Ready(_ *reactor.Handle, r reactor.Readiness) {
	if c.phase == phaseNew {
		c.start()
	}
	if r&reactor.Output != 0 && c.out.size > 0 {
		c.flush()
	}
	switch {
	case r&reactor.Input == 0, c.phase == phaseClosed:
	case c.eof:
		c.checkReset(r)
	case !c.stopped():
		c.receive()
	}
	c.settle()
}

// checkReset notices a reset that follows the peer's FIN: nothing is received
// any more that could report it. Without a reset the connection is not hung
// up, as our own direction is open.
func (c *Conn) checkReset(r reactor.Readiness) {
	if r&(reactor.HangUp|reactor.Error) == 0 {
		return
	}
	if _, ok := c.handle.Acquire(); !ok {
		return
	}
	errno := sys.SocketError(c.fd)
	c.handle.Release()
	if errno == 0 {
		errno = sys.ECONNRESET // a call has been told already
	}
	c.fail(&Error{Op: "recv", Errno: errno})
}

// stopped reports whether the peer must not be read for now.
//
// A closing connection is always read, for its input is dropped.
func (c *Conn) stopped() bool { return c.phase == phaseOpen && (c.paused || c.held) }

func (c *Conn) start() {
	c.phase = phaseOpen
	if c.hub.config.Filter != nil {
		c.filter = c.hub.config.Filter(c)
	}
	c.handler = c.hub.config.Handler(c)
	if c.phase != phaseClosed { // the factory may have refused it
		c.handler.Open(c)
	}
}

// receive reads until the kernel has no more, the turn's share is used up, or
// the output is full.
func (c *Conn) receive() {
	for range readsPerTurn {
		buf := c.loop.buffer
		before, n, errno := c.recv(buf)
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

// recv receives once, unless the group has closed the descriptor meanwhile.
func (c *Conn) recv(p []byte) (reactor.Snapshot, int, sys.Errno) {
	before, ok := c.handle.Acquire()
	if !ok {
		return before, 0, sys.EBADF
	}
	defer c.handle.Release()
	n, errno := sys.Recv(c.fd, p, 0)
	return before, n, errno
}

// input takes what was received. A closing connection drops it, so that the
// peer can finish, unless its filter needs it to send what it holds.
func (c *Conn) input(p []byte) {
	if c.filter == nil {
		c.Deliver(p)
		return
	}
	if err := c.filter.Receive(c, p); err != nil {
		c.giveUp(err)
	}
}

// Deliver passes bytes to the handler: for filters.
func (c *Conn) Deliver(p []byte) {
	switch {
	case c.phase != phaseOpen || c.failed != nil:
		return
	case c.held:
		c.keep(p)
		return
	case len(c.in) > 0:
		c.in = append(c.in, p...)
		c.deliverKept()
		return
	}
	if used := c.data(p); used < len(p) && c.phase == phaseOpen {
		c.keep(p[used:])
	}
}

// data calls the handler. A count that cannot be is a mistake of the program,
// which would otherwise lose or repeat bytes.
func (c *Conn) data(p []byte) (used int) {
	used = c.handler.Data(c, p)
	if used < 0 || used > len(p) {
		panic(fmt.Sprintf("stream: Handler.Data says that %d of %d bytes are used up", used, len(p)))
	}
	return used
}

// deliverKept offers what was kept before.
func (c *Conn) deliverKept() {
	used := c.data(c.in)
	if c.phase != phaseOpen || used == len(c.in) {
		c.in = nil
		return
	}
	c.in = c.in[:copy(c.in, c.in[used:])]
	c.keep(nil)
}

func (c *Conn) keep(p []byte) {
	c.in = append(c.in, p...)
	if len(c.in) > c.hub.config.MaxInput {
		c.giveUp(ErrInputOverflow)
	}
}

// endOfInput acts on the peer's FIN.
func (c *Conn) endOfInput() {
	c.eof = true
	if c.filter != nil {
		if err := c.filter.EOF(c); err != nil {
			c.giveUp(err)
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
