package stream

import (
	"errors"

	"github.com/pollux-net/pollux/internal/sys"
)

// Reasons for which a connection closes.
var (
	ErrAborted       = errors.New("stream: connection aborted")
	ErrInputOverflow = errors.New("stream: handler leaves too much input unused")
	ErrLinger        = errors.New("stream: peer did not take the rest of the output in time")
)

// Error is a failed system call. It unwraps to the error number.
type Error struct {
	Op    string
	Addr  string
	Errno sys.Errno
}

// Error implements error.
func (e *Error) Error() string {
	text := e.Op
	if e.Addr != "" {
		text += " " + e.Addr
	}
	return text + ": " + sys.ErrnoName(e.Errno) + ": " + e.Errno.Error()
}

// Unwrap returns the error number.
func (e *Error) Unwrap() error { return e.Errno }
