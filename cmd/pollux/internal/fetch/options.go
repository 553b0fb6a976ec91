package fetch

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

// Options describe a request.
type Options struct {
	Target Target
	Method string
	Header http.Header
	// Host replaces the Host header, if not empty.
	Host string
	// Group has the loops of the socket.
	Group *reactor.Group
	// TLS is the client's context; not used for http.
	TLS *tlsbridge.Context
	// Nonblocking chooses the mode.
	Nonblocking bool
	// Deadline is the reactor.Now by which everything must be done, or
	// reactor.Never.
	Deadline int64
	// Log is told of every step, at the debug level.
	Log *slog.Logger
}

// StepError says in which step of a request an error came up.
type StepError struct {
	Step string
	Err  error
}

// Error implements error.
func (e *StepError) Error() string { return e.Step + ": " + e.Err.Error() }

// Unwrap returns the error.
func (e *StepError) Unwrap() error { return e.Err }

// timedOut is the error of a call that the deadline has ended.
func timedOut(op string) error { return &fdsock.Error{Op: op} }

// left returns how much time a deadline leaves, NoTimeout for all of it.
func left(deadline int64, op string) (time.Duration, error) {
	if deadline == reactor.Never {
		return fdsock.NoTimeout, nil
	}
	if d := deadline - reactor.Now(); d > 0 {
		return time.Duration(d), nil
	}
	return 0, timedOut(op)
}
