package pyselect

import (
	"errors"
	"time"

	"github.com/pollux-net/pollux/reactor"
)

// Call is one call that waits, for callers that must react to signals while
// it does, as Python does between attempts at a system call (PEP 475). The
// zero value is a call as the package's functions make it.
type Call struct {
	// Interruptible makes the call wait on the calling thread and fail with
	// EINTR when the thread has handled a signal. Making the same call again
	// on the same Call goes on with it: its timeout counts from the first
	// attempt.
	Interruptible bool
	// Began is when the first attempt began, on reactor.Now's clock, 0 before.
	Began int64
}

// deadline returns when the call is to end.
func (c *Call) deadline(timeout time.Duration) int64 {
	if timeout < 0 {
		return reactor.Never
	}
	if c.Began == 0 {
		c.Began = reactor.Now()
	}
	if int64(timeout) > reactor.Never-c.Began {
		return reactor.Never
	}
	return c.Began + int64(timeout)
}

// wait waits for a notification; inTime is false once the deadline has passed.
func (c *Call) wait(op string, w *reactor.Waiter, deadline int64) (inTime bool, err error) {
	if !c.Interruptible {
		return w.Wait(deadline), nil
	}
	inTime, err = w.WaitInterruptible(deadline)
	var errno Errno
	if errors.As(err, &errno) {
		return inTime, &Error{Op: op, FD: -1, Errno: errno}
	}
	return inTime, err
}
