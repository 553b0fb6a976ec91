package stream

import (
	"fmt"

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

	peer   endpoint
	fd     int32
	phase  phase
	urgent bool   // the peer has sent urgent data
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
	errno := sys.SocketError(int(c.fd))
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
	c.meet()
	if c.hub.config.Filter != nil {
		c.filter = c.hub.config.Filter(c)
	}
	c.handler = c.hub.config.Handler(c)
	if c.phase == phaseClosed { // the factory has refused it
		return
	}
	if c.handler == nil {
		panic("stream: Config.Handler has returned nil for a connection that it has not aborted")
	}
	c.handler.Open(c)
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

// markAttempts bounds the attempts of one receive at the urgent mark.
const markAttempts = 100

// recv receives once, unless the group has closed the descriptor meanwhile.
//
// At the mark of urgent data Linux fails with EAGAIN when a signal is pending,
// as the Go runtime sees to, also where there is data, and no edge follows. So
// poll(2) is asked; that it calls readable what stays empty happens there too,
// hence the bound.
func (c *Conn) recv(p []byte) (reactor.Snapshot, int, sys.Errno) {
	before, ok := c.handle.Acquire()
	if !ok {
		return before, 0, sys.EBADF
	}
	defer c.handle.Release()
	n, errno := sys.Recv(int(c.fd), p, 0)
	if before.Readiness()&reactor.Priority != 0 {
		c.urgent = true
	}
	for tries := 0; errno == sys.EAGAIN && c.urgent && tries < markAttempts && readable(c.fd); tries++ {
		n, errno = sys.Recv(int(c.fd), p, 0)
	}
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

// Post has fn called on the connection's loop, also when the connection has
// closed meanwhile. It fails with [reactor.ErrClosed] when the loop has ended
// and with [reactor.ErrQueueFull]. Any goroutine.
func (c *Conn) Post(fn func()) error {
	if fn == nil {
		panic("stream: Post of a nil function")
	}
	return c.loop.Post(fn)
}
