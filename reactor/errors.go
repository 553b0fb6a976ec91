package reactor

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pollux-net/pollux/internal/sys"
)

// Errors of loops and groups.
var (
	ErrClosed    = errors.New("reactor: closed")
	ErrQueueFull = errors.New("reactor: too many posted tasks")
)

// RegisterError reports that the kernel would not watch a descriptor. It
// unwraps to the error number: ENOSPC or ENOMEM when a limit is reached.
type RegisterError struct {
	FD   int
	Kind string
	Err  error
}

// Error implements error.
func (e *RegisterError) Error() string {
	text := e.Err.Error()
	var errno sys.Errno
	if errors.As(e.Err, &errno) {
		text = sys.ErrnoName(errno) + ": " + text
	}
	return fmt.Sprintf("reactor: register fd %d (%s): %s", e.FD, e.Kind, text)
}

// Unwrap returns the error number.
func (e *RegisterError) Unwrap() error { return e.Err }

// OpenHandle describes a handle that was still open at a shutdown.
type OpenHandle struct {
	FD      int
	Kind    string
	Local   string // its address, and its peer's; "" if it has none
	Peer    string
	Created string // file and line, when the group is traced
}

// OpenHandlesError reports the handles that a shutdown had to close: the code
// that made them has not.
type OpenHandlesError struct{ Handles []OpenHandle }

// Error implements error.
func (e *OpenHandlesError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "reactor: %d handles open at shutdown:", len(e.Handles))
	for i, h := range e.Handles {
		if i == 8 {
			fmt.Fprintf(&b, " and %d more", len(e.Handles)-i)
			break
		}
		fmt.Fprintf(&b, " fd %d (%s%s)", h.FD, h.Kind, h.ends())
		if h.Created != "" {
			b.WriteString(" made at " + h.Created)
		}
		b.WriteByte(';')
	}
	return strings.TrimSuffix(b.String(), ";")
}

// ends is what the report says of the addresses: " local -> peer", or less.
func (h OpenHandle) ends() string {
	text := ""
	if h.Local != "" {
		text = " " + h.Local
	}
	if h.Peer != "" {
		text += " -> " + h.Peer
	}
	return text
}
