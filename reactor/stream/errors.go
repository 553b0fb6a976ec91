package stream

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/pollux-net/pollux/internal/sys"
)

// Reasons for which a connection closes.
var (
	ErrAborted       = errors.New("stream: connection aborted")
	ErrInputOverflow = errors.New("stream: handler leaves too much input unused")
	ErrLinger        = errors.New("stream: peer did not take the rest of the output in time")
	ErrMemory        = errors.New("stream: the connections of the loop hold as much as they may")
	ErrTimeout       = errors.New("stream: timeout") // what every TimeoutError is
)

// Errors of methods.
var (
	ErrFull = errors.New("stream: too much output waits already")
	// ErrClosed is that of a connection, server or client that is closed. It is
	// a net.ErrClosed.
	ErrClosed = fmt.Errorf("stream: closed: %w", net.ErrClosed)
	// ErrHalfClose is that of a CloseWrite whose filter cannot end one
	// direction alone.
	ErrHalfClose = errors.New("stream: the filter cannot end one direction alone")
)

// TimeoutError is the reason of a connection that a timeout has closed. It is
// also an [ErrTimeout] and an [os.ErrDeadlineExceeded].
type TimeoutError struct{ Kind TimeoutKind }

// Error implements error.
func (e *TimeoutError) Error() string { return "stream: " + e.Kind.String() + " timeout" }

// Timeout reports true, as net.Error asks.
func (e *TimeoutError) Timeout() bool { return true }

// Temporary reports false, as net.Error asks.
func (e *TimeoutError) Temporary() bool { return false }

// Is implements what errors.Is asks.
func (e *TimeoutError) Is(target error) bool {
	return target == ErrTimeout || target == os.ErrDeadlineExceeded
}

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
