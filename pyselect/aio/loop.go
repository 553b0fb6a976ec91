package aio

import (
	"container/heap"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect/selectors"
	"github.com/pollux-net/pollux/reactor"
)

// Config changes what a loop is made of.
type Config struct {
	// Selector is closed with the loop; nil is a DefaultSelector.
	Selector selectors.Selector
	// MaxCallbacks is how many callbacks may be scheduled, timers included;
	// 0 is 1<<20.
	MaxCallbacks int
}

// Failure is what an exception handler is told.
type Failure struct {
	Message string
	Err     error
	Handle  *Handle // whose callback has failed, if it was one
}

// Loop is an event loop. [New] makes it.
type Loop struct {
	selector selectors.Selector
	limit    int
	ear      *fdsock.Socket // readable when the loop is to wake up
	mouth    *fdsock.Socket
	lookups  sync.WaitGroup
	life     context.Context // ends when the loop is closed
	die      context.CancelFunc

	mu       sync.Mutex // guards what follows; never held while waiting or calling
	handler  func(*Loop, Failure)
	ready    []*Handle
	timers   timers
	watched  map[int]*watch
	order    uint64
	running  bool
	stopping bool
	closed   bool
	waiting  bool // the loop is in its selector, and nobody has woken it
}

// New returns a loop that is not running. Close it when it is not needed.
func New(c Config) (*Loop, error) {
	var err error
	if c.Selector == nil {
		if c.Selector, err = selectors.NewDefaultSelector(); err != nil {
			return nil, err
		}
	}
	if c.MaxCallbacks <= 0 {
		c.MaxCallbacks = 1 << 20
	}
	l := &Loop{selector: c.Selector, limit: c.MaxCallbacks, watched: make(map[int]*watch)}
	if l.ear, l.mouth, err = fdsock.SocketPair(); err != nil {
		return nil, errors.Join(err, c.Selector.Close())
	}
	l.ear.SetBlocking(false)
	l.mouth.SetBlocking(false)
	l.life, l.die = context.WithCancel(context.Background())
	if _, err := l.selector.Register(l.ear, selectors.EVENT_READ, nil); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Close closes the loop and its selector, and ends the calls on sockets that
// wait with [ErrClosed]. What is scheduled is forgotten; sockets stay open.
// [ErrRunning] if the loop runs; closing again does nothing.
func (l *Loop) Close() error {
	l.mu.Lock()
	if l.running {
		l.mu.Unlock()
		return ErrRunning
	}
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	var waiting []*Handle
	for _, w := range l.watched {
		waiting = append(waiting, w.reader, w.writer)
	}
	clear(l.watched)
	waiting = append(waiting, l.ready...)
	for _, h := range l.timers {
		h.at = 0 // it may still be cancelled
	}
	l.ready, l.timers = nil, nil
	l.mu.Unlock()

	for _, h := range waiting {
		h.drop(ErrClosed)
	}
	l.die()
	l.lookups.Wait()
	return errors.Join(l.selector.Close(), l.ear.Close(), l.mouth.Close())
}

// IsClosed reports whether the loop was closed.
func (l *Loop) IsClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// IsRunning reports whether the loop runs.
func (l *Loop) IsRunning() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.running
}

// SetExceptionHandler has failures go to f, which the loop calls; nil has them
// end RunForever.
func (l *Loop) SetExceptionHandler(f func(*Loop, Failure)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handler = f
}

// Time returns the time of the loop's clock, which only moves forward.
func (l *Loop) Time() time.Duration { return time.Duration(reactor.Now()) }

// CallSoon has f called in the next iteration, after what was scheduled before.
// It fails with [ErrClosed] or [ErrFull], and with a [*pyselect.TypeError] if f
// is nil.
func (l *Loop) CallSoon(f Callback) (*Handle, error) {
	if f == nil {
		return nil, noCallback("CallSoon")
	}
	h := &Handle{loop: l, call: f}
	if err := l.schedule(h); err != nil {
		return nil, err
	}
	return h, nil
}

func (l *Loop) schedule(h *Handle) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.room(); err != nil {
		return err
	}
	l.ready = append(l.ready, h)
	l.wake()
	return nil
}

// CallSoonThreadsafe is CallSoon, which any goroutine may call here.
func (l *Loop) CallSoonThreadsafe(f Callback) (*Handle, error) { return l.CallSoon(f) }

// CallLater has f called after some time; see CallAt.
func (l *Loop) CallLater(delay time.Duration, f Callback) (*Handle, error) {
	return l.CallAt(l.Time()+max(delay, 0), f)
}

// CallAt has f called at a time of the loop's clock, not before, in the order
// of their times and, of the same time, of the calls. It fails as CallSoon does.
func (l *Loop) CallAt(when time.Duration, f Callback) (*Handle, error) {
	if f == nil {
		return nil, noCallback("CallAt")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.room(); err != nil {
		return nil, err
	}
	l.order++
	h := &Handle{loop: l, call: f, when: when, order: l.order}
	heap.Push(&l.timers, h)
	if h.at == 1 {
		l.wake()
	}
	return h, nil
}

// room fails if no callback can be scheduled; call with mu held.
func (l *Loop) room() error {
	switch {
	case l.closed:
		return ErrClosed
	case len(l.ready)+len(l.timers) >= l.limit:
		return ErrFull
	}
	return nil
}

// Stop ends RunForever when the present iteration, or the first one if it has
// not begun, has called what was scheduled before it.
func (l *Loop) Stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopping = true
	l.wake()
}
