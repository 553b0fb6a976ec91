package fdsock

import (
	"time"

	"github.com/pollux-net/pollux/reactor"
)

// SetTimeout sets how long calls wait: without limit ([NoTimeout] or any
// negative value), not at all (0), or d in all for each call. Calls in
// progress go on by the new rule, their time counted from when they began to
// wait.
func (s *Socket) SetTimeout(d time.Duration) {
	s.timeout.Store(int64(max(d, NoTimeout)))
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
	since int64 // when the call began to wait, 0 before
}

// begin starts the clock now, for a call whose timeout covers more than the
// time it waits.
func (w *wait) begin() { w.since = reactor.Now() }

// ready waits until one of the conditions holds, as far as the socket's
// timeout allows. The caller has just had EAGAIN and cleared it.
func (w *wait) ready(s *Socket, mask reactor.Readiness) error {
	if s.timeout.Load() == 0 {
		return wouldBlock[w.op]
	}
	if err := s.handle.Arm(); err != nil && s.Fileno() >= 0 {
		return err
	}
	waiter := reactor.NewWaiter()
	defer waiter.Release()
	waiter.Watch(s.handle, mask)
	for {
		switch r := s.handle.Readiness(mask); {
		case r&reactor.Closed != 0:
			return onClosed[w.op]
		case r&mask != 0:
			return nil
		}
		timeout := s.timeout.Load()
		if timeout == 0 {
			return wouldBlock[w.op]
		}
		if !waiter.Wait(w.deadline(timeout)) && s.timeout.Load() == timeout {
			return timedOut[w.op]
		}
	}
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

// Await waits until one of the conditions holds, as the socket's own calls do
// at EAGAIN: for packages that build calls of their own on a socket, of
// MSG_DONTWAIT transfers for example. The timeout counts from *since, which
// the first Await of a call sets if it is 0. The error is EAGAIN, [ErrTimeout]
// or EBADF, under the name "await".
func (s *Socket) Await(mask reactor.Readiness, since *int64) error {
	w := wait{op: opAwait, since: *since}
	if *since == 0 {
		w.begin()
		*since = w.since
	}
	return w.ready(s, mask)
}
