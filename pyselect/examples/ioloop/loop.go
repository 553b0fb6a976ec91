package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/pollux-net/pollux/pyselect"
)

// The events of an IOLoop.
const (
	READ  = pyselect.POLLIN
	WRITE = pyselect.POLLOUT
	ERROR = pyselect.POLLERR | pyselect.POLLHUP
)

// IOLoop is an event loop as Tornado had it: handlers for descriptors,
// callbacks, timeouts. It belongs to the goroutine in Start; any may call
// AddCallback and Stop.
type IOLoop struct {
	poll     *pyselect.Poll
	handlers map[int]func(events int) error
	timeouts []*Timeout // by their deadlines

	mu        sync.Mutex
	callbacks []func() error
	wake      context.CancelFunc // ends the wait that the loop is in
	stopping  bool
}

// Timeout is what AddTimeout returns, for RemoveTimeout.
type Timeout struct {
	deadline time.Time
	callback func() error
}

// NewIOLoop returns a loop without handlers.
func NewIOLoop() *IOLoop {
	return &IOLoop{poll: pyselect.NewPoll(), handlers: make(map[int]func(int) error), wake: func() {}}
}

// AddHandler has h called when one of the events comes; ERROR comes unasked.
func (l *IOLoop) AddHandler(o pyselect.Object, h func(events int) error, events int) error {
	l.handlers[o.Fileno()] = h
	return l.poll.Register(o, events)
}

// UpdateHandler changes the events.
func (l *IOLoop) UpdateHandler(o pyselect.Object, events int) error { return l.poll.Modify(o, events) }

// RemoveHandler forgets an object, before it is closed.
func (l *IOLoop) RemoveHandler(o pyselect.Object) error {
	delete(l.handlers, o.Fileno())
	return l.poll.Unregister(o)
}

// AddCallback has f called in the next turn.
func (l *IOLoop) AddCallback(f func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.callbacks = append(l.callbacks, f)
	l.wake()
}

// AddTimeout has f called at a time.
func (l *IOLoop) AddTimeout(deadline time.Time, f func() error) *Timeout {
	t := &Timeout{deadline, f}
	at, _ := slices.BinarySearchFunc(l.timeouts, t, func(a, b *Timeout) int {
		if a.deadline.After(b.deadline) {
			return 1
		}
		return -1 // after those of the same time
	})
	l.timeouts = slices.Insert(l.timeouts, at, t)
	return t
}

// RemoveTimeout has a timeout not be called.
func (l *IOLoop) RemoveTimeout(t *Timeout) {
	l.timeouts = slices.DeleteFunc(l.timeouts, func(other *Timeout) bool { return other == t })
}

// Stop ends Start after the present turn.
func (l *IOLoop) Stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopping = true
	l.wake()
}

// Start makes turns until Stop, or until something fails.
func (l *IOLoop) Start() error {
	for {
		ctx, callbacks, stopping := l.begin()
		if stopping {
			return nil
		}
		for _, f := range callbacks {
			if err := f(); err != nil {
				return err
			}
		}
		if err := l.turn(ctx); err != nil {
			return err
		}
	}
}

// begin takes the callbacks of a turn, and prepares its wait.
func (l *IOLoop) begin() (ctx context.Context, callbacks []func() error, stopping bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ctx, l.wake = context.WithCancel(context.Background())
	callbacks, l.callbacks = l.callbacks, nil
	stopping, l.stopping = l.stopping, false
	return ctx, callbacks, stopping
}

// turn calls the timeouts that have come, waits, and calls the handlers.
func (l *IOLoop) turn(ctx context.Context) error {
	defer l.wake()
	for len(l.timeouts) > 0 && !time.Now().Before(l.timeouts[0].deadline) {
		t := l.timeouts[0]
		l.timeouts = l.timeouts[1:]
		if err := t.callback(); err != nil {
			return err
		}
	}
	wait := pyselect.Forever
	if len(l.timeouts) > 0 {
		wait = max(time.Until(l.timeouts[0].deadline), 0)
	}
	events, err := l.poll.PollContext(ctx, wait)
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	for _, e := range events {
		if h := l.handlers[e.FD]; h != nil { // not if it was removed in this turn
			if err := h(e.Events); err != nil {
				return err
			}
		}
	}
	return nil
}
