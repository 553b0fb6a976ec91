package reactor

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pollux-net/pollux/internal/clock"
)

// Timer calls a function on its loop at a deadline.
type Timer struct {
	loop *Loop
	fn   func()
	when int64 // the deadline; guarded by loop.timers.mu
	key  int64 // the deadline the heap is ordered by, never after when
	pos  int   // position in the heap, -1 when not in it
}

// timers is a 4-ary heap of deadlines. A Reset to a later time, the way of
// every idle timeout, only notes the new deadline; the heap learns of it when
// the old one comes up. So a Reset costs O(1) and the rest O(log n).
type timers struct {
	mu    sync.Mutex
	heap  []*Timer
	first atomic.Int64 // the earliest key, or clock.Never
}

// After calls fn on the loop once d has passed; fn must not block. The
// precision is the kernel's, about 50 µs on Linux. Any goroutine.
func (l *Loop) After(d time.Duration, fn func()) *Timer {
	t := &Timer{loop: l, fn: fn, pos: -1}
	t.Reset(d)
	return t
}

// Reset sets the timer to d from now, whether or not it has fired or was
// stopped. Any goroutine.
func (t *Timer) Reset(d time.Duration) {
	deadline := clock.After(d)
	if t.loop.timers.set(t, deadline) {
		t.loop.signal()
	}
}

// Stop cancels the timer. It reports whether that kept the function from
// being called; when it did not, the call may be under way. Any goroutine.
func (t *Timer) Stop() bool { return t.loop.timers.drop(t) }

// set arms t and reports whether it is now the earliest.
func (h *timers) set(t *Timer, when int64) (earliest bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t.when = when
	switch {
	case t.pos < 0:
		t.key, t.pos = when, len(h.heap)
		h.heap = append(h.heap, t)
		h.up(t.pos)
	case when < t.key:
		t.key = when
		h.up(t.pos)
	default:
		return false
	}
	h.publish()
	return t.pos == 0
}

func (h *timers) drop(t *Timer) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.pos < 0 {
		return false
	}
	h.remove(t.pos)
	h.publish()
	return true
}

// due takes one step: it takes the first timer if its deadline is not after
// now, and returns it with its deadline. A key that Reset has left behind is
// brought up to date instead, and nothing is returned.
func (h *timers) due(now int64) (t *Timer, when int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.heap) == 0 || h.heap[0].key > now {
		return nil, 0
	}
	defer h.publish()
	t = h.heap[0]
	if t.key < t.when {
		t.key = t.when
		h.down(0)
		return nil, 0
	}
	h.remove(0)
	return t, t.when
}

func (h *timers) len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.heap)
}

func (h *timers) publish() {
	if len(h.heap) == 0 {
		h.first.Store(clock.Never)
		return
	}
	h.first.Store(h.heap[0].key)
}

func (h *timers) remove(i int) {
	last := len(h.heap) - 1
	h.heap[i].pos = -1
	moved := h.heap[last]
	h.heap[last] = nil
	h.heap = h.heap[:last]
	if i == last {
		return
	}
	h.heap[i], moved.pos = moved, i
	h.down(i)
	h.up(moved.pos)
}

func (h *timers) up(i int) {
	t := h.heap[i]
	for i > 0 {
		parent := (i - 1) / 4
		if h.heap[parent].key <= t.key {
			break
		}
		h.heap[i], h.heap[parent].pos = h.heap[parent], i
		i = parent
	}
	h.heap[i], t.pos = t, i
}

func (h *timers) down(i int) {
	t := h.heap[i]
	for {
		child := h.least(4*i+1, 4*i+4)
		if child < 0 || h.heap[child].key >= t.key {
			break
		}
		h.heap[i], h.heap[child].pos = h.heap[child], i
		i = child
	}
	h.heap[i], t.pos = t, i
}

// least returns the index from first to last with the smallest key, or -1.
func (h *timers) least(first, last int) int {
	best := -1
	for c := first; c <= last && c < len(h.heap); c++ {
		if best < 0 || h.heap[c].key < h.heap[best].key {
			best = c
		}
	}
	return best
}
