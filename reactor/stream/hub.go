package stream

import (
	"net"
	"sync"
	"sync/atomic"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

const (
	// acceptsPerTurn and readsPerTurn bound what one descriptor may take of a
	// loop's turn.
	acceptsPerTurn = 64
	readsPerTurn   = 4
	bufferSize     = 64 << 10
	maxLookups     = 64
)

// hub is what connections of one origin share: their configuration, their
// loops, and the register that ends them together. Any goroutine may use it.
type hub struct {
	config  Config
	group   *reactor.Group
	loops   []*loop
	lookups chan struct{} // as many as may be made at a time
	reserve reserve
	counts  admissions

	mu    sync.Mutex
	conns register
	limits
	dials     map[*Dialing]struct{}
	dialing   int // of the dials, those that are not over
	acceptors []*acceptor
	addrs     []net.Addr // of the acceptors
	closed    bool
	draining  atomic.Bool   // Shutdown was called
	givenUp   atomic.Int64  // connections that had not finished, and no Shutdown has told of
	opening   int           // connections that are being made and are not in conns
	empty     chan struct{} // closed when the hub is closed and has neither connections nor dials
}

// loop is what the hub's connections on one loop share.
type loop struct {
	*reactor.Loop
	buffer []byte
	shared
}

func (h *hub) init(config Config) error {
	if err := config.check(); err != nil {
		return err
	}
	h.config, h.group = config.withDefaults(), config.Group
	h.dials = make(map[*Dialing]struct{})
	h.empty, h.lookups = make(chan struct{}), make(chan struct{}, maxLookups)
	if h.group == nil {
		g, err := reactor.Default()
		if err != nil {
			return err
		}
		h.group = g
	}
	for _, l := range h.group.Loops() {
		h.loops = append(h.loops, &loop{Loop: l, buffer: make([]byte, bufferSize), shared: shared{hub: h}})
	}
	return nil
}

// open makes a connection of an accepted descriptor, which it owns from now
// on.
func (h *hub) open(fd int, kind string, on *reactor.Loop, t ticket) {
	if !h.beginOpen() {
		sys.Close(fd)
		h.giveBack(t)
		return
	}
	defer h.endOpen()
	l := h.loops[on.Index()]
	handle, err := l.NewHandle(fd, kind)
	if err != nil {
		sys.Close(fd)
		h.giveBack(t)
		return
	}
	c := h.newConn(l, handle, fd)
	if !h.remember(c, t) {
		_ = handle.Close()
		h.giveBack(t)
		return
	}
	h.counts.accepted.Add(1)
	if err := handle.SetHandler((*turns)(c)); err != nil {
		c.later(func() { c.finish(err) })
	}
}

func (h *hub) newConn(l *loop, handle *reactor.Handle, fd int) *Conn {
	return &Conn{loop: l, handle: handle, fd: int32(fd)}
}

// beginOpen has Close wait for a connection that is being made, unless the hub
// is closed.
func (h *hub) beginOpen() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.opening++
	}
	return !h.closed
}

// endOpen ends what beginOpen began.
func (h *hub) endOpen() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opening--
	h.checkEmpty()
}

// remember registers a connection, unless the hub is closed.
func (h *hub) remember(c *Conn, t ticket) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.conns.add(c)
	if t != (ticket{}) {
		if h.tickets == nil {
			h.tickets = make(map[*Conn]ticket)
		}
		h.tickets[c] = t
	}
	return true
}

// forget is told by a connection that it has closed.
func (h *hub) forget(c *Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns.remove(c)
	if t, counts := h.tickets[c]; counts {
		delete(h.tickets, c)
		h.leave(t)
	}
	h.checkEmpty()
}

func (h *hub) checkEmpty() {
	if !h.closed || h.opening+h.conns.n+len(h.dials) > 0 {
		return
	}
	select {
	case <-h.empty:
	default:
		close(h.empty)
	}
}

// refuse lets nothing more in: it closes the listeners and ends the dials.
func (h *hub) refuse() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refuseLocked()
	h.checkEmpty()
}

func (h *hub) refuseLocked() {
	h.closed = true
	for _, a := range h.acceptors {
		a.close()
	}
	h.reserve.end()
	for d := range h.dials {
		d.stop(ErrClosed)
	}
}

// stop lets nothing more in and has do called for each connection, on its loop.
func (h *hub) stop(do func(*Conn)) {
	h.mu.Lock()
	h.refuseLocked()
	var orphans []*Conn
	for c := range h.conns.all() {
		if !c.loop.post(func() { do(c) }) {
			orphans = append(orphans, c)
			h.conns.remove(c)
		}
	}
	h.checkEmpty()
	h.mu.Unlock()
	if len(orphans) > 0 {
		bury(orphans)
	}
}

// bury finishes connections whose group was closed before the server: their
// loops have ended, so that nobody else uses them. It does so on a goroutine
// that is not locked to a thread, for filters that run coroutines.
func bury(orphans []*Conn) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, c := range orphans {
			<-c.loop.Done()
			c.finish(reactor.ErrClosed)
		}
	}()
	<-done
}
