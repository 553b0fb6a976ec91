package stream

import (
	"sync/atomic"

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
//
// There are very many: what few connections need is behind a pointer.
type Conn struct {
	loop    *loop
	handle  *reactor.Handle
	handler Handler
	filter  Filter
	in      *block  // input the handler has not used up
	out     outbox  // output the kernel has not taken
	rare    *rare   // see more
	timing  *timing // when there are timeouts
	async   atomic.Pointer[asyncQueue]
	links   links // in hub.conns
	peer    endpoint

	fd       int32
	phase    phase
	calls    uint8 // of Handler.Data in this turn
	urgent   bool  // the peer has sent urgent data
	eof      bool  // the peer's FIN has been read
	ended    bool  // the handler knows that nothing follows
	paused   bool  // not read, because out is past the high watermark
	held     bool  // not read, because the handler has called Pause
	starved  bool  // not read, because of MaxBuffered
	resuming bool  // Resume was called, and what was kept is not offered yet
	deferred bool  // what was kept is to be offered in the next turn
	owesEnd  bool  // the handler is to be told of the end when it resumes
	departed bool  // our direction is ended
	halved   bool  // CloseWrite was called
	farewell bool  // the filter has ended its direction
	broken   bool  // rare.failed is set
	inTurn   bool  // Ready is under way
	dirty    bool  // in loop.dirty
	corked   bool  // output is gathered
	gathered bool  // some was
	away     uint8 // not read, because of an Offload or a SpliceFrom
}

// rare is the part of a connection that most do without.
type rare struct {
	failed error // why the connection broke, reported once the call has returned
	reason error // why we close it, for Handler.Close
	timers *Timer

	first, last *job // output that is not produced yet
	queued      int  // bytes of memory in it
	producing   bool // produce is under way
	unsent      int64
	stopped     bool // Stopper.Stop was called

	sink *job // what the input is for, instead of the handler
}

func (c *Conn) hub() *hub { return c.loop.hub }

func (c *Conn) more() *rare {
	if c.rare == nil {
		c.rare = new(rare)
	}
	return c.rare
}

// hasJobs reports whether output is still to be produced.
func (c *Conn) hasJobs() bool { return c.rare != nil && c.rare.first != nil }

// reason is why we close the connection; nil when nothing is wrong.
func (c *Conn) reason() error {
	if c.rare == nil {
		return nil
	}
	return c.rare.reason
}

// turns is a connection as the loop sees it, so that its users do not.
type turns Conn

// Ready implements reactor.Handler.
func (t *turns) Ready(_ *reactor.Handle, r reactor.Readiness) {
	c := (*Conn)(t)
	c.inTurn, c.calls = true, 0
	if c.phase == phaseNew {
		c.start()
	}
	if r&reactor.Output != 0 && (c.out.size > 0 || c.hasJobs() || c.paused) {
		c.flush()
	}
	c.catchUp()
	switch {
	case r&reactor.Input == 0, c.phase == phaseClosed:
	case c.eof:
		c.checkReset(r)
	case !c.stopped():
		c.receive()
	}
	c.inTurn = false
	c.endTurn()
}

// touch has endTurn called before the loop parks: at the end of Ready, or
// outside it behind the functions that are posted already.
func (c *Conn) touch() {
	if c.inTurn || c.dirty || c.phase == phaseClosed {
		return
	}
	c.dirty = true
	c.loop.dirty = append(c.loop.dirty, c)
	if len(c.loop.dirty) == 1 {
		if c.loop.sweeper == nil {
			c.loop.sweeper = c.loop.sweep // once, as a method's value is an allocation
		}
		c.later(c.loop.sweeper)
	}
}

// sweep ends the turn of the connections that were used outside Ready.
func (l *loop) sweep() {
	dirty := l.dirty
	l.dirty = nil
	for _, c := range dirty {
		c.dirty = false
		c.endTurn()
	}
	if l.dirty == nil {
		clear(dirty)
		l.dirty = dirty[:0]
	}
}

// endTurn sends what was gathered and acts on what the turn has led to.
func (c *Conn) endTurn() {
	if c.in != nil && c.in.from == c.in.to {
		c.dropInput()
		if c.starved && c.out.size == 0 { // it holds nothing any more
			c.feed()
			c.handle.Requeue()
		}
	}
	if c.phase != phaseClosed {
		c.corked = c.hub().config.Cork
		if c.gathered {
			c.release()
		}
	}
	c.settle()
}

// checkReset notices a reset that follows the peer's FIN: nothing is received
// any more that could report it. Without a reset the connection is not hung
// up, while our own direction is open.
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
		if c.departed {
			return
		}
		errno = sys.ECONNRESET // a call has been told already
	}
	c.fail(&Error{Op: "recv", Errno: errno})
}

// stopped reports whether the peer must not be read for now.
//
// A closing connection is always read, for its input is dropped.
// One whose filter holds output back is read, for that is what it waits for.
func (c *Conn) stopped() bool {
	return c.away != 0 || c.phase == phaseOpen && (c.held || c.paused && c.holding() == 0)
}

func (c *Conn) start() { c.startWith(c.hub().config.Handler, c.hub().config.Filter) }

// startWith is start with the makers of a dial's options.
func (c *Conn) startWith(handler func(*Conn) Handler, filter func(*Conn) Filter) {
	config := &c.hub().config
	c.phase = phaseOpen
	c.corked = config.Cork
	c.loop.counts.opened.Add(1)
	c.meet()
	c.startTimeouts(config)
	if filter != nil {
		c.filter = filter(c)
	}
	c.handler = handler(c)
	if c.phase == phaseClosed { // the factory has refused it
		return
	}
	if c.handler == nil {
		panic("stream: Config.Handler has returned nil for a connection that it has not aborted")
	}
	if f, ok := c.filter.(Starter); ok {
		if err := f.Start(c); err != nil {
			c.fail(err)
		}
	}
	if c.phase == phaseClosed {
		return // the filter has aborted it
	}
	c.handler.Open(c)
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

// nothing acts on a receive that brought no bytes.
func (c *Conn) nothing(before reactor.Snapshot, errno sys.Errno) {
	switch errno {
	case 0:
		c.endOfInput()
	case sys.EAGAIN:
		c.handle.Clear(before, reactor.Input)
	default:
		c.fail(&Error{Op: "recv", Errno: errno})
	}
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

// Post has fn called on the connection's loop, also when the connection has
// closed meanwhile. It fails with [reactor.ErrClosed] when the loop has ended
// and with [reactor.ErrQueueFull]. Any goroutine.
func (c *Conn) Post(fn func()) error {
	if fn == nil {
		panic("stream: Post of a nil function")
	}
	return c.loop.Post(fn)
}
