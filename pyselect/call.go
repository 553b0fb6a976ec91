package pyselect

import (
	"context"
	"errors"

	"github.com/pollux-net/pollux/pyselect/internal/waits"
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

	// Context ends the wait, with its error, when it ends; nil for none. It
	// is of no effect on a call that is Interruptible.
	Context context.Context

	// Fixed has a [Poll] go on with the set that it began with, as Python's
	// does, whatever other goroutines change meanwhile.
	Fixed bool
}

// wait waits for a notification; inTime is false once the deadline has passed.
// It fails when the call's context has ended.
func (c *Call) wait(op string, w *reactor.Waiter, deadline int64) (inTime bool, err error) {
	waits.Now.Add(1)
	defer waits.Now.Add(-1)
	switch {
	case c.Interruptible:
	case c.Context != nil:
		return c.waitContext(w, deadline)
	default:
		return w.Wait(deadline), nil
	}
	inTime, err = w.WaitInterruptible(deadline)
	var errno Errno
	if errors.As(err, &errno) {
		return inTime, &Error{Op: op, FD: -1, Errno: errno}
	}
	return inTime, err
}

// waitContext is wait until the context ends, too. The waiter may be woken
// after it has found another user, for whom that is a spurious wake-up.
func (c *Call) waitContext(w *reactor.Waiter, deadline int64) (inTime bool, err error) {
	if err := c.Context.Err(); err != nil {
		return false, err
	}
	stop := context.AfterFunc(c.Context, w.Wake)
	defer stop()
	inTime = w.Wait(deadline)
	return inTime, c.Context.Err()
}
