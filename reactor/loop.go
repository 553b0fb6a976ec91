package reactor

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pollux-net/pollux/internal/clock"
	"github.com/pollux-net/pollux/internal/poller"
	"github.com/pollux-net/pollux/internal/sys"
)

// The bounds on one turn of a loop.
const (
	eventsPerTurn = 256
	tasksPerTurn  = 256
	timersPerTurn = 1024

	// turnsPerYield is how many turns a loop may take without parking before
	// it lets other goroutines run.
	turnsPerYield = 8

	// faultPause is how long the loop waits after a fetch that failed.
	faultPause = 10 * time.Millisecond
)

// Loop is one reactor: a goroutine that owns an event queue, the handles
// registered with it, timers and posted tasks. A turn is
//
//  1. wait for events, a deadline or a wake-up, unless work is left over;
//  2. note the edges and wake the goroutines that wait for them;
//  3. call the handlers of the handles that had edges;
//  4. call the functions of the timers that are due;
//  5. run posted tasks;
//  6. yield, when goroutines were woken or the loop has long not parked;
//
// and every step is bounded. "Loop-only" methods may be called by what the
// loop calls in steps 3 to 5; all others by any goroutine.
type Loop struct {
	group  *Group
	index  int
	parker poller.Parker
	timers timers
	tasks  tasks
	tell   signalState

	// mu is the harvest lock. Whoever holds it may fetch events, and does not
	// let go before they are applied: when it is free, nothing is in between
	// the kernel's queue and the handles.
	mu      sync.Mutex
	queue   poller.Queue
	events  [eventsPerTurn]poller.Event
	slots   []slot
	origin  *origin // of the last handle
	free    []uint32
	pending []*Handle // handles whose handler is to be called
	dead    bool      // the loop has ended

	// Owned by the loop's goroutine.
	running     []*Handle   // pending's other half
	fetchOrIdle func() bool // idle, made once so that parking allocates nothing
	now         int64
	busy        int  // turns since it last parked
	failed      bool // the last fetch failed
	stopped     bool
	done        chan struct{}
	stats       counters

	woken atomic.Bool // whether a harvest has told goroutines since the last yield
}

// slot holds a registered handle. The generation moves on when the slot is
// given up, so that events of the past are recognised.
type slot struct {
	handle     *Handle
	generation uint32
}

func newLoop(g *Group, index int, backend poller.Backend) (*Loop, error) {
	queue, parker, err := backend.Open()
	if err != nil {
		return nil, err
	}
	l := &Loop{group: g, index: index, queue: queue, parker: parker, done: make(chan struct{})}
	l.fetchOrIdle = l.idle
	l.timers.first.Store(clock.Never)
	l.now = clock.Now()
	l.stats.started = l.now
	return l, nil
}

// Index returns the loop's number in its group, from 0. Any goroutine.
func (l *Loop) Index() int { return l.index }

// Now returns the time of the present turn, in nanoseconds of the clock that
// [Now] reads. Loop-only.
func (l *Loop) Now() int64 { return l.now }

// NewHandle takes ownership of a nonblocking descriptor, unless it fails:
// with [ErrClosed] once the group is shutting down. The kind is a word for
// reports, "tcp" for example. Any goroutine.
func (l *Loop) NewHandle(fd int, kind string) (*Handle, error) {
	if fd < 0 {
		return nil, &RegisterError{FD: fd, Kind: kind, Err: sys.EBADF}
	}
	h := &Handle{loop: l, fd: int32(fd)}
	h.state.word.Store(uint64(Readable | Writable))
	if l.group.tracer != nil {
		h.origin = &origin{kind: kind, created: caller()}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead || l.group.refusing.Load() {
		return nil, ErrClosed
	}
	if h.origin == nil {
		h.origin = l.originOf(kind)
	}
	h.slot = l.takeSlot(h)
	l.stats.handles.Add(1)
	descriptors.put(h)
	return h, nil
}

// originOf returns the origin of an untraced handle, which is mostly that of
// the one before; call with mu held.
func (l *Loop) originOf(kind string) *origin {
	if l.origin == nil || l.origin.kind != kind {
		l.origin = &origin{kind: kind}
	}
	return l.origin
}

// Harvest takes the events there are and notes them, so that afterwards no
// readiness of the loop's handles is known too late. Handlers are left to the
// loop. Any goroutine.
func (l *Loop) Harvest() {
	l.mu.Lock()
	// A handle has at most two events in the queue at a time (kqueue), so
	// this many batches hold all there was at the beginning.
	for left := 2*len(l.slots)/eventsPerTurn + 1; left > 0 && !l.dead && l.collect() == eventsPerTurn; left-- {
		l.stats.harvests.Add(1)
	}
	callbacks := len(l.pending) > 0
	l.mu.Unlock()
	if callbacks {
		l.signal()
	}
}

func (l *Loop) run() {
	defer close(l.done)
	for !l.stopped {
		l.turn()
	}
	l.end()
}

func (l *Loop) turn() {
	l.wait()
	l.dispatch()
	l.expire()
	l.runTasks()
	l.yield()
}

// wait is step 1 and 2 of a turn.
func (l *Loop) wait() {
	l.parker.Arm(l.deadline()) // before park, or it would undo a Wake
	if l.leftover() || !l.tell.park() {
		l.tell.unpark()
		l.fetch()
		l.now = clock.Now()
		return
	}
	l.parker.Park(l.fetchOrIdle)
	l.tell.unpark()
	l.now = clock.Now()
	if l.stats.awake(l.now) {
		l.busy = 0
	}
}

// deadline returns when the loop must look again, whatever happens. After a
// fetch that failed this is soon: the edge that announced the events is spent.
func (l *Loop) deadline() int64 {
	first := l.timers.first.Load()
	if l.failed {
		return min(first, clock.After(faultPause))
	}
	return first
}

// fetch collects events for the loop and reports whether it should go on: it
// has something to do, or must set a deadline because fetching has failed.
func (l *Loop) fetch() bool {
	l.mu.Lock()
	faults := l.stats.faults.Load()
	n := l.collect()
	failed := l.stats.faults.Load() != faults
	some := n > 0 || len(l.pending) > 0
	l.mu.Unlock()
	first := failed && !l.failed
	l.failed = failed
	return some || first
}

// idle is the parker's fetch: when it finds nothing, the loop parks.
func (l *Loop) idle() bool {
	if l.fetch() {
		return true
	}
	l.stats.asleep()
	return false
}

// collect takes a batch of events and applies it; call with mu held.
func (l *Loop) collect() int {
	n, errno := l.queue.Fetch(l.events[:])
	l.stats.polls.Add(1)
	if errno != 0 {
		l.stats.faults.Add(1)
		return 0
	}
	told := 0
	for i := range l.events[:n] {
		told += l.apply(&l.events[i])
	}
	if told > 0 {
		l.woken.Store(true)
	}
	l.stats.events.Add(uint64(n))
	return n
}

// apply notes one event; call with mu held. It returns how many waiters were
// told.
func (l *Loop) apply(ev *poller.Event) int {
	s := ev.Token.Slot()
	if int(s) >= len(l.slots) || l.slots[s].handle == nil || l.slots[s].generation != ev.Token.Generation() {
		l.stats.stale.Add(1)
		return 0
	}
	h := l.slots[s].handle
	l.enqueue(h)
	l.group.tracer.event(l, h, Readiness(ev.Ready))
	return h.edge(Readiness(ev.Ready))
}

// enqueue has the handle's handler called, if it has one; call with mu held.
func (l *Loop) enqueue(h *Handle) {
	if h.handler != nil && !h.queued {
		h.queued = true
		l.pending = append(l.pending, h)
	}
}

// dispatch is step 3 of a turn.
func (l *Loop) dispatch() {
	l.mu.Lock()
	l.pending, l.running = l.running[:0], l.pending
	for _, h := range l.running {
		h.queued = false
	}
	l.mu.Unlock()
	for i, h := range l.running {
		l.running[i] = nil
		if r := h.state.load().Readiness(); r&Closed == 0 {
			h.handler.Ready(h, r)
		}
	}
}

// expire is step 4 of a turn.
func (l *Loop) expire() {
	fired := 0
	for n := 0; n < timersPerTurn && l.timers.first.Load() <= l.now; n++ {
		t, when := l.timers.due(l.now)
		if t == nil {
			continue
		}
		l.stats.lag(l.now - when)
		fired++
		t.fn()
	}
	l.stats.timers.Add(uint64(fired))
}

// leftover reports whether the last turn left work behind.
func (l *Loop) leftover() bool {
	if l.tasks.waiting() || l.timers.first.Load() <= l.now {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.pending) > 0
}

// yield is step 6 of a turn.
func (l *Loop) yield() {
	l.busy++
	if l.busy < turnsPerYield && !l.woken.Load() {
		return
	}
	l.busy = 0
	l.woken.Store(false)
	runtime.Gosched()
}

// arm registers a handle with the kernel. The readiness that counted as known
// is forgotten only once it has worked: nobody may see it gone for good.
func (l *Loop) arm(h *Handle) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.watch.Load() != unwatched {
		return nil
	}
	if l.dead || h.state.load().Readiness()&Closed != 0 {
		return ErrClosed
	}
	switch errno := l.queue.Add(int(h.fd), h.token()); errno {
	case 0:
		h.state.reset()
		h.watch.Store(watched)
	case sys.EPERM: // see epoll_ctl(2)
		h.watch.Store(unwatchable)
		l.enqueue(h)
	default:
		return &RegisterError{FD: int(h.fd), Kind: h.origin.kind, Err: errno}
	}
	return nil
}

// detach takes a closed handle off the loop.
func (l *Loop) detach(h *Handle) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.Armed() && !l.dead {
		l.queue.Remove(int(h.fd))
	}
	l.slots[h.slot] = slot{generation: l.slots[h.slot].generation + 1}
	l.free = append(l.free, h.slot)
	l.stats.handles.Add(-1)
	l.group.closed()
}

// takeSlot finds a slot for h; call with mu held.
func (l *Loop) takeSlot(h *Handle) uint32 {
	if n := len(l.free); n > 0 {
		i := l.free[n-1]
		l.free = l.free[:n-1]
		l.slots[i].handle = h
		return i
	}
	l.slots = append(l.slots, slot{handle: h})
	return uint32(len(l.slots) - 1)
}
