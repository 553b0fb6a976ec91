package fdsock

import (
	"errors"
	"net"
	"os"
	"strings"

	"github.com/pollux-net/pollux/internal/sys"
)

// Errno is a kernel error number: the standard library's syscall.Errno.
type Errno = sys.Errno

// ErrTimeout is what errors.Is finds in a call that ran into the socket's
// timeout, as os.ErrDeadlineExceeded is. Python's TimeoutError('timed out').
var ErrTimeout = errors.New("timed out")

// Error is a failed call: Python's OSError. errors.Is finds the error number
// in it, os.ErrDeadlineExceeded and [ErrTimeout] in a timeout, and
// net.ErrClosed in a call on a socket that was closed here. It is a
// net.Error.
type Error struct {
	Op    string // the call, by Python's name
	Addr  Addr   // the address of bind, connect, sendto and sendmsg, else nil
	Errno Errno  // 0 for a timeout of the socket, as in Python

	// Option is what getsockopt or setsockopt was about, "SOL_SOCKET SO_RCVBUF"
	// for example, else "". Calls about a group name that, too.
	Option string

	Text string // what Python says where its OSError has no number, else ""

	closed bool // the socket was closed here
}

// Error names the call, the address, and the error by both its names:
// "connect 127.0.0.1:1: ECONNREFUSED (ConnectionRefusedError): connection
// refused".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Addr != nil {
		b.WriteString(" " + e.Addr.String())
	}
	if e.Option != "" {
		b.WriteString(" " + e.Option)
	}
	switch {
	case e.Errno == 0 && e.Text == "":
		b.WriteString(": TimeoutError: timed out")
	case e.Errno == 0:
		b.WriteString(": OSError: " + e.Text)
	default:
		text := e.Text
		if text == "" {
			text = e.Errno.Error()
		}
		b.WriteString(": " + sys.ErrnoName(e.Errno) + " (" + className(e.Errno) + "): " + text)
	}
	return b.String()
}

// Unwrap returns the error number, nil if there is none.
func (e *Error) Unwrap() error {
	if e.Errno == 0 {
		return nil
	}
	return e.Errno
}

// Is implements the matches of errors.Is beyond the error number.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrTimeout, os.ErrDeadlineExceeded:
		return e.timeout()
	case net.ErrClosed:
		return e.closed
	}
	return false
}

// Timeout reports whether the call ran into a timeout, the socket's or the
// kernel's (ETIMEDOUT). Part of net.Error.
func (e *Error) Timeout() bool { return e.timeout() || e.Errno == sys.ETIMEDOUT }

// timeout reports whether the socket's own timeout was reached.
func (e *Error) timeout() bool { return e.Errno == 0 && e.Text == "" }

// Temporary reports whether the same call may succeed later: net/http goes on
// to accept after EMFILE. Part of net.Error.
func (e *Error) Temporary() bool {
	return e.Timeout() || BlockingIOError(e) || e.Errno.Temporary()
}

// ValueError is an argument that Python refuses with a ValueError. The texts of
// these and of the errors below are Python's; where Python has no such call,
// they begin with the call's name here, as in "FromConn: …".
type ValueError struct{ Text string }

// Error implements error.
func (e *ValueError) Error() string { return e.Text }

// OverflowError is an argument that Python refuses with an OverflowError.
type OverflowError struct{ Text string }

// Error implements error.
func (e *OverflowError) Error() string { return e.Text }

// UnicodeError is a host name that cannot be encoded: Python's UnicodeError.
type UnicodeError struct{ Text string }

// Error implements error.
func (e *UnicodeError) Error() string { return e.Text }

// The errors of would-block and timeout paths, made once so that those paths
// allocate nothing.
var (
	wouldBlock  = perOp(Error{Errno: sys.EAGAIN})
	timedOut    = perOp(Error{})
	interrupted = perOp(Error{Errno: sys.EINTR})
	onClosed    = perOp(Error{Errno: sys.EBADF, closed: true})
)

// perOp makes an error like e for each call.
func perOp(e Error) (errs [opCount]*Error) {
	for o := range opCount {
		named := e
		named.Op = o.String()
		errs[o] = &named
	}
	return errs
}

// fail makes the error of a call; errno 0 gives nil.
func fail(o op, errno Errno) error {
	switch errno {
	case 0:
		return nil
	case sys.EAGAIN:
		return wouldBlock[o]
	}
	return &Error{Op: o.String(), Errno: errno}
}

// failAt is fail with an address.
func failAt(o op, addr Addr, errno Errno) error {
	if errno == 0 {
		return nil
	}
	return &Error{Op: o.String(), Addr: addr, Errno: errno}
}
