package reactor

import (
	"context"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/pollux-net/pollux/internal/poller"
)

// Config describes a group. The zero value is a good one.
type Config struct {
	// Loops is the number of loops; 0 means one for each processor that Go
	// may use (GOMAXPROCS).
	Loops int
	// Trace receives a line for each event, and makes shutdown reports say
	// where handles were made. Without it the environment variable
	// POLLUX_TRACE, if set and not 0, sends the trace to standard error.
	Trace io.Writer
	// ThreadParking makes idle loops block a thread, as they do where the Go
	// runtime cannot poll the kernel's queue. It is slower; it is meant for
	// tests and comparisons.
	ThreadParking bool
}

// Group is a set of loops, started together. Any goroutine may call its
// methods, but a loop's own functions must not call Shutdown or Close.
type Group struct {
	loops    []*Loop
	tracer   *tracer
	next     atomic.Uint32
	refusing atomic.Bool // no new handles

	mu      sync.Mutex
	ended   bool
	drained chan struct{} // closed once no handle is open; made by Shutdown
}

// NewGroup starts the loops of a group.
func NewGroup(c Config) (*Group, error) {
	if c.Loops <= 0 {
		c.Loops = runtime.GOMAXPROCS(0)
	}
	backends := poller.Backends()
	backend := backends[0]
	if c.ThreadParking {
		backend = backends[len(backends)-1]
	}
	g := &Group{tracer: newTracer(c.Trace)}
	for i := range c.Loops {
		l, err := newLoop(g, i, backend)
		if err != nil {
			for _, l := range g.loops {
				l.release()
			}
			return nil, err
		}
		g.loops = append(g.loops, l)
	}
	for _, l := range g.loops {
		go l.run()
	}
	return g, nil
}

// Loops returns the group's loops. The caller must not change the slice.
func (g *Group) Loops() []*Loop { return g.loops }

// Next returns the loops in turn.
func (g *Group) Next() *Loop {
	if len(g.loops) == 1 {
		return g.loops[0]
	}
	return g.loops[(g.next.Add(1)-1)%uint32(len(g.loops))]
}

// LeastLoaded returns the loop with the fewest handles.
func (g *Group) LeastLoaded() *Loop {
	best := g.loops[0]
	for _, l := range g.loops[1:] {
		if l.stats.handles.Load() < best.stats.handles.Load() {
			best = l
		}
	}
	return best
}

// Shutdown refuses new handles, waits until the present ones are closed or
// the context ends, and then closes the group. It returns what Close does.
func (g *Group) Shutdown(ctx context.Context) error {
	g.refusing.Store(true)
	g.mu.Lock()
	if g.drained == nil {
		g.drained = make(chan struct{})
	}
	drained := g.drained
	g.mu.Unlock()
	g.closed()
	select {
	case <-drained:
	case <-ctx.Done():
	}
	return g.Close()
}

// Close ends the group at once: handles still open are closed, which wakes
// their waiters, and reported in an [*OpenHandlesError] by the first call;
// functions already posted are called, timers are dropped. It returns when the
// loops have ended.
func (g *Group) Close() error {
	g.refusing.Store(true)
	g.mu.Lock()
	first := !g.ended
	g.ended = true
	g.mu.Unlock()
	if !first {
		for _, l := range g.loops {
			<-l.done
		}
		return nil
	}
	var handles []*Handle
	for _, l := range g.loops {
		handles = append(handles, l.openHandles()...)
	}
	var open []OpenHandle
	for _, h := range handles { // before one's close changes another
		open = append(open, h.report())
	}
	for _, h := range handles {
		_ = h.Close()
	}
	for _, l := range g.loops {
		l.stop()
	}
	if len(open) > 0 {
		return &OpenHandlesError{Handles: open}
	}
	return nil
}

// closed tells a waiting Shutdown when no handle is left.
func (g *Group) closed() {
	if !g.refusing.Load() {
		return
	}
	for _, l := range g.loops {
		if l.stats.handles.Load() > 0 {
			return
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.drained == nil {
		return
	}
	select {
	case <-g.drained:
	default:
		close(g.drained)
	}
}

// openHandles lists the loop's handles that nobody is closing.
func (l *Loop) openHandles() []*Handle {
	l.mu.Lock()
	defer l.mu.Unlock()
	var open []*Handle
	for _, s := range l.slots {
		if s.handle != nil && s.handle.Fileno() >= 0 {
			open = append(open, s.handle)
		}
	}
	return open
}

// stop ends the loop and waits for it.
func (l *Loop) stop() {
	l.tasks.last(func() { l.stopped = true })
	l.signal()
	<-l.done
}

// end is the last thing a loop's goroutine does. What Post has accepted runs,
// also what came behind the request to stop.
func (l *Loop) end() {
	for _, fn := range l.tasks.close() {
		fn()
	}
	l.release()
}

// release closes the loop's queue and parker.
func (l *Loop) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = true
	l.queue.Close()
	l.parker.Close()
}

// std is the process-wide default group.
var std struct {
	mu    sync.Mutex
	group *Group
}

// Default returns the process-wide group, which the first call starts: one
// loop for each processor. Nobody needs to stop it. It fails when the kernel
// has no descriptor left for its queues.
func Default() (*Group, error) {
	std.mu.Lock()
	defer std.mu.Unlock()
	if std.group != nil {
		return std.group, nil
	}
	g, err := NewGroup(Config{})
	if err == nil {
		std.group = g
	}
	return g, err
}

// Shutdown shuts the default group down, if it was started, and reports the
// handles left open in an [*OpenHandlesError]. It may be called again, and the
// next use of Default starts a new group. Any goroutine, but not a loop's own.
func Shutdown(ctx context.Context) error {
	std.mu.Lock()
	g := std.group
	std.group = nil
	std.mu.Unlock()
	if g == nil {
		return nil
	}
	return g.Shutdown(ctx)
}
