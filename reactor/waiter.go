package reactor

import (
	"sync"
	"sync/atomic"

	"github.com/pollux-net/pollux/internal/clock"
	"github.com/pollux-net/pollux/internal/poller"
)

// Waiter blocks one goroutine until something it subscribed to is ready. The
// pattern is always: subscribe, test again, wait, test again:
//
//	w := reactor.NewWaiter()
//	defer w.Release()
//	w.Watch(p, reactor.Input)
//	for p.Readiness(reactor.Input) == 0 {
//		if !w.Wait(deadline) {
//			return ErrTimeout
//		}
//	}
//
// One waiter may watch many pollables; that is all select is. A waiter serves
// one goroutine at a time; Notify and Wake are for any goroutine.
type Waiter struct {
	wake  chan struct{}
	alarm clock.Alarm
	armed bool                        // alarm has been made
	bell  atomic.Pointer[poller.Bell] // what a thread waits for, see WaitInterruptible
	one   watch
	many  []*watch
}

// watch is a subscription and what it was made on.
type watch struct {
	sub Subscription
	on  Pollable
}

var waiters = sync.Pool{New: func() any { return &Waiter{wake: make(chan struct{}, 1)} }}

// NewWaiter takes a waiter from the pool. Any goroutine.
func NewWaiter() *Waiter { return waiters.Get().(*Waiter) }

// Release ends every subscription and gives the waiter back to the pool. The
// caller must not use it any more.
func (w *Waiter) Release() {
	w.Forget()
	select {
	case <-w.wake:
	default:
	}
	waiters.Put(w)
}

// Watch subscribes the waiter to p.
func (w *Waiter) Watch(p Pollable, mask Readiness) {
	t := &w.one
	if t.on != nil {
		t = new(watch)
		w.many = append(w.many, t)
	}
	t.on, t.sub.Listener, t.sub.Mask = p, w, mask
	p.Subscribe(&t.sub)
}

// Forget ends every subscription.
func (w *Waiter) Forget() {
	if w.one.on != nil {
		w.one.on.Unsubscribe(&w.one.sub)
		w.one.on = nil
	}
	for _, t := range w.many {
		t.on.Unsubscribe(&t.sub)
	}
	clear(w.many)
	w.many = w.many[:0]
}

// Wait blocks until a notification, or until the deadline (nanoseconds of the
// process's monotonic clock, as [Now] gives; [Never] for none). It may return
// early: test again. It returns false once the deadline has passed.
func (w *Waiter) Wait(deadline int64) bool {
	if deadline == clock.Never {
		<-w.wake
		return true
	}
	if clock.Now() >= deadline {
		return false
	}
	if !w.armed {
		w.armed, w.alarm = true, clock.NewAlarm(w.Wake)
	}
	w.alarm.Set(deadline)
	<-w.wake
	w.alarm.Stop()
	return clock.Now() < deadline
}

// Wake makes the present or the next Wait return. Any goroutine.
func (w *Waiter) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
	if b := w.bell.Load(); b != nil {
		b.Ring()
	}
}

// Notify implements Listener. Any goroutine.
func (w *Waiter) Notify(*Subscription, Readiness) { w.Wake() }

// Now reads the monotonic clock that deadlines are measured on, in
// nanoseconds. Any goroutine.
func Now() int64 { return clock.Now() }

// Never is the deadline that does not come.
const Never = clock.Never
