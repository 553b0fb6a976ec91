package fdsock

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// DialOptions are the optional arguments of CreateConnection.
type DialOptions struct {
	// Timeout is for each attempt, and stays the socket's. 0 means the default
	// timeout.
	Timeout time.Duration
	// Source is the local address to bind to, if it is not nil.
	Source Addr
	// AllErrors joins the errors of every attempt; without it the last is
	// returned.
	AllErrors bool
	// HappyEyeballs makes several attempts at once, as RFC 8305 describes: IPv6
	// and IPv4 addresses in turn, each when the one before has failed or has had
	// AttemptDelay to succeed. The first to succeed wins, the others are closed.
	// The last error is that of the attempt that failed last.
	HappyEyeballs bool
	// AttemptDelay is that of HappyEyeballs: 250 ms if it is 0, and at least
	// 10 ms.
	AttemptDelay time.Duration
}

// CreateConnection connects to a host and port, trying its addresses one
// after the other: socket.create_connection. As there, the look-up takes a port
// beyond 65535 modulo 65536; a negative one is a [GAIError], EAI_SERVICE.
func CreateConnection(host string, port int, opts DialOptions) (*Socket, error) {
	return createConnection(&wait{op: opConnect}, host, port, opts)
}

// CreateConnectionContext is CreateConnection until the context ends, which
// ends the look-up of the host and the attempts with a [ContextError].
func CreateConnectionContext(ctx context.Context, host string, port int, opts DialOptions) (*Socket, error) {
	w := &wait{op: opConnect, ctx: ctx}
	if err := w.canceled(); err != nil {
		return nil, err
	}
	return createConnection(w, host, port, opts)
}

func createConnection(w *wait, host string, port int, opts DialOptions) (*Socket, error) {
	infos, err := GetAddrInfo(w.context(), host, strconv.Itoa(port), Hints{Type: SOCK_STREAM})
	if err != nil {
		return nil, w.orCanceled(err)
	}
	return connectAny(w, infos, opts)
}

// connectAny connects to one of the addresses.
func connectAny(w *wait, infos []AddrInfo, opts DialOptions) (*Socket, error) {
	var (
		s        *Socket
		failures []error
	)
	if opts.HappyEyeballs {
		s, failures = race(w, infos, opts)
	} else {
		s, failures = inTurn(w, infos, opts)
	}
	switch {
	case s != nil:
		return s, nil
	case len(failures) == 0:
		return nil, &Error{Op: "create_connection", Text: "getaddrinfo returns an empty list"}
	}
	last := failures[len(failures)-1]
	if !opts.AllErrors || !isOSError(last) {
		return nil, last
	}
	return nil, fmt.Errorf("create_connection failed: %w", errors.Join(failures...))
}

// inTurn tries the addresses one after the other. As in Python, what is no
// OSError ends it.
func inTurn(w *wait, infos []AddrInfo, opts DialOptions) (*Socket, []error) {
	var failures []error
	for _, info := range infos {
		s, err := dial(w, info, opts)
		if err == nil {
			return s, nil
		}
		failures = append(failures, err)
		if !isOSError(err) {
			break
		}
	}
	return nil, failures
}

// isOSError reports whether Python has an OSError for it. A context's end is
// none.
func isOSError(err error) bool {
	var (
		ended *ContextError
		os    *Error
		gai   *GAIError
	)
	return !errors.As(err, &ended) && (errors.As(err, &os) || errors.As(err, &gai))
}

func dial(w *wait, info AddrInfo, opts DialOptions) (*Socket, error) {
	s, err := opts.socket(w.context(), info)
	if err != nil {
		return nil, err
	}
	c := Call{s: s, wait: wait{ctx: w.ctx}}
	if err := c.Connect(info.Addr, false); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// socket makes the socket of an attempt.
func (opts DialOptions) socket(ctx context.Context, info AddrInfo) (*Socket, error) {
	s, err := New(info.Family, info.Type, info.Proto)
	if err != nil {
		return nil, err
	}
	if opts.Timeout != 0 {
		s.SetTimeout(opts.Timeout)
	}
	if opts.Source == nil {
		return s, nil
	}
	if err := s.bind(ctx, opts.Source); err != nil {
		_ = s.Close()
		return nil, (&wait{op: opConnect, ctx: ctx}).orCanceled(err)
	}
	return s, nil
}
