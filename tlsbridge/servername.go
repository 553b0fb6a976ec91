package tlsbridge

import (
	"errors"
	"sync"

	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// NamedConn is the connection that a server name callback is asked about: a
// *Socket, or what stands for a connection of reactor/stream.
type NamedConn interface {
	// Context returns the context that the connection has now.
	Context() *Context
	// SetContext gives a server another one: other certificates, authorities,
	// protocols. Once the callback has returned it only changes what Context
	// returns.
	SetContext(*Context) error
}

// ServerNameFunc is Python's sni_callback. It is told the name that the client
// asks for, "" (None) if it names none, and the context it was set on. A
// returned [AlertDescription] ends the handshake with that alert, any other
// error with ALERT_DESCRIPTION_HANDSHAKE_FAILURE. It runs in the goroutine
// that steps the handshake, which holds no lock: it may use the connection and
// take its time, but must not make the handshake.
type ServerNameFunc func(conn NamedConn, name string, ctx *Context) error

// SetServerNameCallback sets the callback, or removes it with nil: Python's
// sni_callback, and set_servername_callback. A client's context has none.
func (c *Context) SetServerNameCallback(f ServerNameFunc) error {
	if c.protocol == PROTOCOL_TLS_CLIENT {
		return &ValueError{"sni_callback cannot be set on TLS_CLIENT context"}
	}
	return c.change(func() error { c.serverName = f; return nil })
}

// ServerNameCallback returns it. Any goroutine.
func (c *Context) ServerNameCallback() ServerNameFunc {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.serverName
}

// question is a callback that the handshake waits for.
type question struct {
	ask      ServerNameFunc
	conn     NamedConn
	name     string
	ctx      *Context
	taken    bool
	answered bool
	err      error
}

// callbackError is a handshake that a callback has ended.
type callbackError struct{ err error }

// Error says what the callback has returned.
func (e *callbackError) Error() string { return "server name callback: " + e.err.Error() }

// Unwrap returns it.
func (e *callbackError) Unwrap() error { return e.err }

// askName suspends the handshake until somebody has answered.
func (l *link) askName(r *rules, name string) error {
	q := &question{ask: r.serverName, conn: l.conn, name: name, ctx: r.ctx}
	l.question = q
	for !q.answered {
		if !l.pause() {
			return engine.ErrAborted
		}
	}
	l.question = nil
	if q.err == nil {
		return nil
	}
	alert := ALERT_DESCRIPTION_HANDSHAKE_FAILURE
	_ = errors.As(q.err, &alert)
	l.alert(byte(alert))
	return &callbackError{q.err}
}

// answer makes a callback that the handshake waits for, with mu unlocked, and
// reports whether there was one.
func (l *link) answer(mu sync.Locker) bool {
	q := l.question
	if q == nil || q.taken {
		return false
	}
	q.taken = true
	err := q.run(mu)
	q.err, q.answered = err, true
	return true
}

// asking reports whether the handshake waits for a callback that somebody
// makes.
func (l *link) asking() bool { return l.question != nil && !l.question.answered }

// run calls the callback. Its panic is the caller's; the handshake fails.
func (q *question) run(mu sync.Locker) error {
	mu.Unlock()
	returned := false
	defer func() {
		mu.Lock()
		if !returned {
			q.err, q.answered = errPanicked, true
		}
	}()
	err := q.ask(q.conn, q.name, q.ctx)
	returned = true
	return err
}

var errPanicked = errors.New("it panicked")

// setContext is SetContext for a connection whose lock is held.
func (l *link) setContext(c *Context) error {
	if c == nil {
		return &TypeError{"The value must be a SSLContext"}
	}
	r, err := c.current()
	if err != nil {
		return err
	}
	if l.server && r.server == nil || !l.server && r.client == nil {
		return &ValueError{"the context is for the other side"}
	}
	if l.ctx = c; l.server && !l.chosen {
		l.rules = r
	}
	return nil
}
