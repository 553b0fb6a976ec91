package aio

import (
	"errors"
	"fmt"

	"github.com/pollux-net/pollux/pyselect"
)

// Errors of loops and futures.
var (
	// ErrClosed is Python's RuntimeError('Event loop is closed').
	ErrClosed = errors.New("aio: event loop is closed")
	// ErrRunning is Python's RuntimeError of a loop that runs already, or that
	// is to be closed while it does.
	ErrRunning = errors.New("aio: event loop is running")
	// ErrFull is a callback that the loop has no room for: see Config. Python's
	// has room for any number.
	ErrFull = errors.New("aio: too many callbacks are scheduled")
	// ErrBusy is a call on a socket whose readiness another call waits for, or a
	// reader or writer. In Python the one that waits would never return.
	ErrBusy = errors.New("aio: another call waits for this socket")
	// ErrCancelled is Python's CancelledError.
	ErrCancelled = errors.New("aio: cancelled")
	// ErrInvalidState is Python's InvalidStateError: the result of a future that
	// has none yet.
	ErrInvalidState = errors.New("aio: result is not set")
	// ErrNotCompleted is Python's RuntimeError of a loop that was stopped before
	// the future of RunUntilComplete had its result.
	ErrNotCompleted = errors.New("aio: event loop stopped before the future completed")
)

// CallbackError is the error of a callback that has ended RunForever.
type CallbackError struct {
	Handle *Handle
	Err    error
}

// Error implements error.
func (e *CallbackError) Error() string {
	return fmt.Sprintf("aio: callback %s has failed: %v", e.Handle.origin(), e.Err)
}

// Unwrap returns the callback's error.
func (e *CallbackError) Unwrap() error { return e.Err }

// noCallback is the error of a call that was given nil to call.
func noCallback(op string) error {
	return &pyselect.TypeError{Text: "a callable object was expected by " + op + ", got nil"}
}
