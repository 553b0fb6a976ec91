package stream

import (
	"errors"
	"sync"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// hub is what connections of one origin share: their configuration, their
// loops, and the register that ends them together. Any goroutine may use it.
type hub struct {
	config Config
	group  *reactor.Group
	loops  []*loop

	mu     sync.Mutex
	conns  map[*Conn]struct{}
	closed bool
	empty  chan struct{} // closed when the hub is closed and has no connection
}

// loop is what the hub's connections on one loop share.
type loop struct {
	*reactor.Loop
	buffer []byte
	shared
}

func (h *hub) init(config Config) error {
	if config.Handler == nil {
		return errors.New("stream: Config.Handler is required")
	}
	if err := config.check(); err != nil {
		return err
	}
	h.config, h.group = config.withDefaults(), config.Group
	h.conns, h.empty = make(map[*Conn]struct{}), make(chan struct{})
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

// open makes a connection of a descriptor, which it owns from now on.
func (h *hub) open(fd int, on *reactor.Loop) {
	l := h.loops[on.Index()]
	handle, err := l.NewHandle(fd, "tcp")
	if err != nil {
		sys.Close(fd)
		return
	}
	c := &Conn{loop: l, handle: handle, fd: int32(fd)}
	if !h.remember(c) {
		_ = handle.Close()
		return
	}
	if err := handle.SetHandler(c); err != nil {
		c.later(func() { c.finish(err) })
	}
}

// remember registers a connection, unless the hub is closed.
func (h *hub) remember(c *Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.conns[c] = struct{}{}
	}
	return !h.closed
}

// forget is told by a connection that it has closed.
func (h *hub) forget(c *Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
	h.checkEmpty()
}

func (h *hub) checkEmpty() {
	if !h.closed || len(h.conns) > 0 {
		return
	}
	select {
	case <-h.empty:
	default:
		close(h.empty)
	}
}

// stop has do called for each connection, on its loop, and lets no more in.
func (h *hub) stop(do func(*Conn)) {
	h.mu.Lock()
	h.closed = true
	var orphans []*Conn
	for c := range h.conns {
		switch err := c.loop.Post(func() { do(c) }); {
		case errors.Is(err, reactor.ErrQueueFull):
			c.loop.After(0, func() { do(c) })
		case err != nil:
			orphans = append(orphans, c)
			delete(h.conns, c)
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
			c.finish(reactor.ErrClosed)
		}
	}()
	<-done
}
