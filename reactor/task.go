package reactor

import (
	"sync"
	"sync/atomic"

	"github.com/pollux-net/pollux/internal/clock"
)

// maxTasks bounds the queue of posted tasks.
const maxTasks = 1 << 20

// tasks is the queue of posted functions: a slice that posters append to and
// one that the loop works through.
type tasks struct {
	mu     sync.Mutex
	in     []func()
	since  int64 // when the first of in was posted
	closed bool
	some   atomic.Bool // in or out is not empty

	out      []func() // the loop's own
	next     int      // how far it has come in out
	outSince int64    // when the first of out was posted
}

// Post has fn called on the loop. Functions run in the order they were
// posted, a bounded number in each turn; fn must not block. It returns
// [ErrClosed] once the loop has ended and [ErrQueueFull] when a million
// functions wait. Any goroutine.
func (l *Loop) Post(fn func()) error {
	if err := l.tasks.put(fn); err != nil {
		return err
	}
	l.signal()
	return nil
}

func (q *tasks) put(fn func()) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return ErrClosed
	case len(q.in) >= maxTasks:
		return ErrQueueFull
	case len(q.in) == 0:
		q.since = clock.Now()
		q.some.Store(true)
	}
	q.in = append(q.in, fn)
	return nil
}

// last appends the task that ends the loop, however many wait.
func (q *tasks) last(fn func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.in = append(q.in, fn)
	q.some.Store(true)
}

func (q *tasks) waiting() bool { return q.some.Load() }

// swap makes what was posted the loop's own, and reports whether there is
// anything to do.
func (q *tasks) swap() (since int64, some bool) {
	if q.next < len(q.out) {
		return q.outSince, true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.out, q.in, q.next = q.in, q.out[:0], 0
	if len(q.out) == 0 {
		q.some.Store(false)
		return 0, false
	}
	q.outSince = q.since
	return q.outSince, true
}

// close refuses further tasks and returns those that were accepted and have
// not run.
func (q *tasks) close() (left []func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	left = append(q.out[q.next:], q.in...)
	q.in, q.out, q.next = nil, nil, 0
	q.some.Store(false)
	return left
}

// runTasks is step 5 of a turn.
func (l *Loop) runTasks() {
	if !l.tasks.waiting() {
		return
	}
	n := 0
	for n < tasksPerTurn && !l.stopped {
		since, some := l.tasks.swap()
		if !some {
			break
		}
		l.stats.lag(clock.Now() - since) // not l.now: the last function may have been slow
		for ; n < tasksPerTurn && l.tasks.next < len(l.tasks.out) && !l.stopped; n++ {
			fn := l.tasks.out[l.tasks.next]
			l.tasks.out[l.tasks.next] = nil
			l.tasks.next++
			fn()
		}
	}
	l.stats.tasks.Add(uint64(n))
}
