package aio

import (
	"container/heap"
	"errors"
	"time"

	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/selectors"
)

// longestWait is how long the selector waits at most. Some cannot wait longer.
const longestWait = 24 * time.Hour

// RunForever makes iterations until Stop. It fails with [ErrRunning] or
// [ErrClosed], with what the selector fails with, and with a [*CallbackError]
// when a callback fails and there is no exception handler; then the callbacks
// after it are called by the next RunForever.
func (l *Loop) RunForever() error {
	l.mu.Lock()
	switch {
	case l.closed:
		l.mu.Unlock()
		return ErrClosed
	case l.running:
		l.mu.Unlock()
		return ErrRunning
	}
	l.running = true
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		l.running, l.stopping = false, false
		l.mu.Unlock()
	}()
	for {
		if stopped, err := l.iterate(); stopped || err != nil {
			return err
		}
	}
}

// iterate makes one iteration.
func (l *Loop) iterate() (stopped bool, err error) {
	l.mu.Lock()
	timeout := l.timeout()
	l.waiting = timeout != 0
	l.mu.Unlock()
	events, err := l.selector.Select(timeout)
	l.mu.Lock()
	l.waiting = false
	if err == nil {
		err = l.gather(events)
	}
	l.ripen()
	n := len(l.ready)
	l.mu.Unlock()
	for i := 0; i < n && err == nil; i++ {
		err = l.callNext()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stopping, err
}

// timeout is how long the selector may wait; call with mu held.
func (l *Loop) timeout() time.Duration {
	switch {
	case len(l.ready) > 0 || l.stopping:
		return 0
	case len(l.timers) == 0:
		return pyselect.Forever
	}
	return min(max(l.timers[0].when-l.Time(), 0), longestWait)
}

// gather schedules the readers and writers that are ready; call with mu held.
func (l *Loop) gather(events []selectors.Ready) error {
	for _, e := range events {
		w, _ := e.Key.Data.(*watch)
		if w == nil {
			if err := l.listen(); err != nil {
				return err
			}
			continue
		}
		if e.Events&selectors.EVENT_READ != 0 && w.reader != nil {
			l.ready = append(l.ready, w.reader)
		}
		if e.Events&selectors.EVENT_WRITE != 0 && w.writer != nil {
			l.ready = append(l.ready, w.writer)
		}
	}
	return nil
}

// ripen schedules the timers that are due; call with mu held.
func (l *Loop) ripen() {
	for now := l.Time(); len(l.timers) > 0 && l.timers[0].when <= now; {
		h, _ := heap.Pop(&l.timers).(*Handle)
		l.ready = append(l.ready, h)
	}
}

// callNext calls the first of the callbacks that are scheduled.
func (l *Loop) callNext() error {
	l.mu.Lock()
	h := l.ready[0]
	l.ready[0] = nil
	l.ready = l.ready[1:]
	cancelled := h.cancelled
	l.mu.Unlock()
	if cancelled {
		return nil
	}
	if err := h.call(); err != nil {
		return l.fail(Failure{"a callback has failed", err, h})
	}
	return nil
}

// fail tells the exception handler; without one the error is the result.
func (l *Loop) fail(f Failure) error {
	l.mu.Lock()
	handler := l.handler
	l.mu.Unlock()
	if handler == nil {
		return &CallbackError{f.Handle, f.Err}
	}
	handler(l, f)
	return nil
}

// wake has the loop leave its selector; call with mu held. One byte does for
// any number of calls.
func (l *Loop) wake() {
	if !l.waiting {
		return
	}
	l.waiting = false
	_, _ = l.mouth.Send([]byte{0}) // it is full only if the loop is to wake up already
}

// listen takes the bytes of wake.
func (l *Loop) listen() error {
	var p [64]byte
	for {
		_, err := l.ear.RecvInto(p[:])
		switch {
		case errors.Is(err, errAgain):
			return nil
		case err != nil:
			return err
		}
	}
}
