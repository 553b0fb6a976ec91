package fdsock

import (
	"sync/atomic"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// SetDeadline sets the time at which calls stop waiting, in both directions,
// besides the timeout: the earlier of the two ends a call, with an error in
// which errors.Is finds [ErrTimeout] and os.ErrDeadlineExceeded. It holds for
// all calls until it is set anew, those included that are waiting now; the
// zero time is none. A call that need not wait is made all the same, and a
// nonblocking socket never waits.
//
// Closed sockets have no deadline: the error is EBADF. Any goroutine.
func (s *Socket) SetDeadline(t time.Time) error { return s.setDeadlines(&s.deadlines, t, true, true) }

// SetReadDeadline is SetDeadline for the calls that receive, Accept included.
func (s *Socket) SetReadDeadline(t time.Time) error {
	return s.setDeadlines(&s.deadlines, t, true, false)
}

// SetWriteDeadline is SetDeadline for the calls that send, Connect included.
func (s *Socket) SetWriteDeadline(t time.Time) error {
	return s.setDeadlines(&s.deadlines, t, false, true)
}

// deadlines are the times at which calls are to end, by the clock of
// reactor.Now; 0 is none.
type deadlines struct{ read, write atomic.Int64 }

// of returns when a call that waits for the conditions is to end. One that does
// both, a handshake of TLS, ends by the earlier.
func (d *deadlines) of(mask reactor.Readiness) int64 {
	end := reactor.Never
	if mask&reactor.Writable == 0 || mask&reactor.Readable != 0 { // also for the queue of errors
		end = earlier(end, d.read.Load())
	}
	if mask&reactor.Writable != 0 {
		end = earlier(end, d.write.Load())
	}
	return end
}

// earlier returns the earlier of two times, the second of which may be none.
func earlier(end, deadline int64) int64 {
	if deadline == 0 {
		return end
	}
	return min(end, deadline)
}

// setDeadlines sets some of d and makes the calls that wait look at them.
func (s *Socket) setDeadlines(d *deadlines, t time.Time, read, write bool) error {
	if s.handle.Readiness(0)&reactor.Closed != 0 {
		return &Error{Op: "setdeadline", Errno: sys.EBADF, closed: true}
	}
	var at int64
	if !t.IsZero() {
		at = max(reactor.Deadline(t), 1) // 0 is none
	}
	if read {
		d.read.Store(at)
	}
	if write {
		d.write.Store(at)
	}
	s.handle.Kick()
	return nil
}
