package pyselect

import (
	"fmt"

	"github.com/pollux-net/pollux/internal/sys"
)

// Errno is a kernel error number: the standard library's syscall.Errno.
type Errno = sys.Errno

// Error is a failed call: Python's OSError, or select.error. It unwraps to
// the error number.
type Error struct {
	Op    string
	FD    int // the descriptor at fault, or -1
	Errno Errno
}

// Error implements error.
func (e *Error) Error() string {
	if e.FD < 0 {
		return fmt.Sprintf("%s: %s (OSError): %s", e.Op, sys.ErrnoName(e.Errno), e.Errno)
	}
	return fmt.Sprintf("%s: fd %d: %s (OSError): %s", e.Op, e.FD, sys.ErrnoName(e.Errno), e.Errno)
}

// Unwrap returns the error number.
func (e *Error) Unwrap() error { return e.Errno }

// ValueError is an argument that Python refuses with a ValueError.
type ValueError struct{ Text string }

// Error implements error.
func (e *ValueError) Error() string { return e.Text }

// OverflowError is an argument that Python refuses with an OverflowError.
type OverflowError struct{ Text string }

// Error implements error.
func (e *OverflowError) Error() string { return e.Text }

// TypeError is an argument that Python refuses with a TypeError.
type TypeError struct{ Text string }

// Error implements error.
func (e *TypeError) Error() string { return e.Text }
