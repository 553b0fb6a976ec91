package aio

import (
	"container/heap"
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"
	"time"
)

// Callback is what a loop calls. Its error goes to the exception handler.
type Callback func() error

// Handle is a scheduled callback: Python's Handle and TimerHandle.
type Handle struct {
	loop *Loop
	call Callback
	from any           // the caller's function, if call is not
	when time.Duration // of a timer, else 0

	// What follows is guarded by loop.mu.
	cancelled bool
	order     uint64            // of timers of the same time
	at        int               // where it is in loop.timers, from 1; 0 if it is not
	dropped   func(cause error) // told when somebody else takes a reader or writer out
}

// Cancel has the callback not be called, unless it has been. Cancelling again
// does nothing. Any goroutine.
func (h *Handle) Cancel() {
	h.loop.mu.Lock()
	defer h.loop.mu.Unlock()
	h.cancelled = true
	if h.at > 0 {
		heap.Remove(&h.loop.timers, h.at-1)
	}
}

// Cancelled reports whether the callback was cancelled. Any goroutine.
func (h *Handle) Cancelled() bool {
	h.loop.mu.Lock()
	defer h.loop.mu.Unlock()
	return h.cancelled
}

// When returns a timer's time, on the clock of [Loop.Time]; 0 for what is no
// timer.
func (h *Handle) When() time.Duration { return h.when }

// String names the function that is called, as Python does: "<Handle main.tick
// at main.go:12>". Any goroutine.
func (h *Handle) String() string {
	if h.when != 0 {
		return fmt.Sprintf("<TimerHandle when=%v %s>", h.when, h.origin())
	}
	return "<Handle " + h.origin() + ">"
}

// origin is the name of the function that is called, and where it is.
func (h *Handle) origin() string {
	f := h.from
	if f == nil {
		f = h.call
	}
	fn := runtime.FuncForPC(reflect.ValueOf(f).Pointer())
	if fn == nil {
		return "of no known name"
	}
	name, method := strings.CutSuffix(fn.Name(), "-fm")
	if method { // bound to its receiver by the compiler, in no file
		return name
	}
	file, line := fn.FileLine(fn.Entry())
	return fmt.Sprintf("%s at %s:%d", name, path.Base(file), line)
}

// timers is a heap of the timers by time, those of the same time in order.
type timers []*Handle

// Len implements heap.Interface.
func (t *timers) Len() int { return len(*t) }

// Less implements heap.Interface.
func (t *timers) Less(i, j int) bool {
	x, y := (*t)[i], (*t)[j]
	if x.when != y.when {
		return x.when < y.when
	}
	return x.order < y.order
}

// Swap implements heap.Interface.
func (t *timers) Swap(i, j int) {
	s := *t
	s[i], s[j] = s[j], s[i]
	s[i].at, s[j].at = i+1, j+1
}

// Push implements heap.Interface.
func (t *timers) Push(x any) {
	h, _ := x.(*Handle)
	*t = append(*t, h)
	h.at = len(*t)
}

// Pop implements heap.Interface.
func (t *timers) Pop() any {
	last := len(*t) - 1
	h := (*t)[last]
	(*t)[last] = nil
	*t, h.at = (*t)[:last], 0
	return h
}
