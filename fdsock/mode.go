package fdsock

import (
	"context"
	"errors"
	"time"

	"github.com/pollux-net/pollux/reactor"
)

// SetTimeout sets how long calls wait: without limit ([NoTimeout] or any
// negative value), not at all (0), or d in all for each call. Calls in
// progress go on by the new rule, their time counted from when they began to
// wait with a limit.
func (s *Socket) SetTimeout(d time.Duration) {
	s.timeout.Store(int64(max(d, NoTimeout)))
	s.ownMode()
	_ = s.followTimeout() // a descriptor that is closed has no flag
	s.handle.Kick()
}

// GetTimeout returns the timeout; negative means none.
func (s *Socket) GetTimeout() time.Duration { return time.Duration(s.timeout.Load()) }

// SetBlocking is SetTimeout(NoTimeout) or SetTimeout(0).
func (s *Socket) SetBlocking(blocking bool) {
	if blocking {
		s.SetTimeout(NoTimeout)
	} else {
		s.SetTimeout(0)
	}
}

// GetBlocking reports whether calls may wait at all.
func (s *Socket) GetBlocking() bool { return s.timeout.Load() != 0 }

// wait is the waiting of one call, which may wait several times: its timeout
// counts from the first.
type wait struct {
	op    op
	once  bool            // MSG_DONTWAIT: see timeout
	since int64           // when the call began to wait, 0 before
	ctx   context.Context // ends the call, nil for none
	view  *view           // a view's call: its deadlines count, the socket's rules do not
}

// begin starts the clock now, for a call whose timeout covers more than the
// time it waits.
func (w *wait) begin() { w.since = reactor.Now() }

// again is what follows an attempt that the kernel has answered with EAGAIN:
// it returns when another one is worth while, or the error that ends the call.
func (w *wait) again(s *Socket, mask reactor.Readiness) error {
	if _, err := w.look(s, 0); err != nil {
		return err
	}
	if w.timeout(s) == 0 {
		return wouldBlock[w.op]
	}
	if err := w.overdue(s, mask); err != nil {
		return err // progress does not put the end off
	}
	return w.ready(s, mask)
}

// overdue returns an error when the call is to end, ready or not: it has begun
// to wait too long ago, its deadline has passed or its context is done.
func (w *wait) overdue(s *Socket, mask reactor.Readiness) error {
	if err := w.canceled(); err != nil {
		return err
	}
	timeout := w.timeout(s)
	if timeout > 0 && w.since != 0 && reactor.Now() >= w.deadline(timeout) {
		return timedOut[w.op]
	}
	if at := w.deadlines(s).of(mask); timeout != 0 && at != reactor.Never && reactor.Now() >= at {
		return timedOut[w.op]
	}
	return nil
}

// ready waits until one of the conditions holds, as far as the timeout, the
// deadline and the context of the call allow. The caller knows that none did,
// or has not asked.
func (w *wait) ready(s *Socket, mask reactor.Readiness) error {
	if err := s.handle.Arm(); err != nil {
		return w.refused(err)
	}
	waiter := reactor.NewWaiter()
	defer waiter.Release()
	waiter.Watch(s.handle, mask)
	defer w.wakeWhenDone(waiter)()
	for {
		if holds, err := w.look(s, mask); holds {
			return err
		}
		late, err := w.sleep(s, waiter, mask)
		if err != nil {
			return err
		}
		if late == nil {
			continue
		}
		if holds, err := w.look(s, mask); holds {
			return err
		}
		return late
	}
}

// sleep waits until the waiter is notified, or the timeout, the deadline or
// the context of the call has changed. late is the error of a call that is out
// of time: what the kernel has already reported still counts, and is known
// when it returns.
func (w *wait) sleep(s *Socket, waiter *reactor.Waiter, mask reactor.Readiness) (late, err error) {
	if err := w.canceled(); err != nil {
		return nil, err
	}
	timeout := w.timeout(s)
	end := w.end(s, mask, timeout)
	inTime := false
	if timeout != 0 {
		if inTime, err = w.sleepOn(s, waiter, end); err != nil {
			return nil, err
		}
	}
	if inTime || w.timeout(s) != timeout || w.end(s, mask, timeout) != end {
		return nil, nil
	}
	s.handle.Loop().Harvest()
	if timeout == 0 {
		return wouldBlock[w.op], nil
	}
	return timedOut[w.op], nil
}

// timeout returns the timeout that the call goes by, in nanoseconds: the
// socket's, save that a call with MSG_DONTWAIT does not wait for ever, and
// that a view has none.
func (w *wait) timeout(s *Socket) int64 {
	timeout := s.timeout.Load()
	switch {
	case w.view != nil:
		return int64(NoTimeout)
	case timeout < 0 && w.once:
		return 0
	}
	return timeout
}

// deadlines returns the deadlines that the call goes by.
func (w *wait) deadlines(s *Socket) *deadlines {
	if w.view != nil {
		return &w.view.deadlines
	}
	return &s.deadlines
}

// end returns when a call that waits for the conditions is to end: by its
// timeout or its deadline, whichever is earlier.
func (w *wait) end(s *Socket, mask reactor.Readiness, timeout int64) int64 {
	if timeout == 0 {
		return 0
	}
	return min(w.deadline(timeout), w.deadlines(s).of(mask))
}

// look reports whether one of the conditions is known to hold, or the socket
// is closed, which is an error.
func (w *wait) look(s *Socket, mask reactor.Readiness) (holds bool, err error) {
	r := s.handle.Readiness(mask)
	if r&reactor.Closed != 0 {
		return true, onClosed[w.op]
	}
	return r&mask != 0, nil
}

// refused turns the error of a registration with the loop into the call's.
func (w *wait) refused(err error) error {
	var errno Errno
	if errors.As(err, &errno) {
		return fail(w.op, errno)
	}
	return onClosed[w.op]
}

// deadline returns when the call is to end under a timeout.
func (w *wait) deadline(timeout int64) int64 {
	if timeout < 0 {
		return reactor.Never
	}
	if w.since == 0 {
		w.begin()
	}
	return reactor.Never - max(reactor.Never-w.since-timeout, 0)
}
