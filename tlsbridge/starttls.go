package tlsbridge

import (
	"crypto/tls"
	"errors"

	"github.com/pollux-net/pollux/reactor/stream"
)

var (
	errNoFilter   = errors.New("tlsbridge: the connection has no TLS")
	errNotOpen    = errors.New("tlsbridge: the handshake is not complete")
	errUnwrapping = errors.New("tlsbridge: the connection is being unwrapped")
)

// StartTLS begins TLS on a stream connection that was plaintext so far, as the
// context's side: STARTTLS. A server calls it after it has written its consent,
// a client when it has read that. Input that the handler leaves unused is taken
// for TLS, so that commands slipped in ahead of it do not reach the handler.
// Loop-only.
func (c *Context) StartTLS(conn *stream.Conn, config FilterConfig) error {
	if conn.Filter() != nil {
		return stream.ErrFiltered
	}
	err := conn.StartFilter(c.FilterWith(config)(conn))
	if err != nil {
		conn.EndHandshake() // there is none, and no time for it runs
	}
	return err
}

// StopTLS ends TLS on a stream connection and goes on in plaintext: it sends
// close_notify, waits for the peer's, and then calls done, after which Data gets
// what the peer has sent behind it. If the peer's has come before, in
// Handler.EOF for example, that is at once. What is written before done is
// called is an error that closes the connection, and so is output of SendFile or
// CopyFrom that is still to come then; if that closes first, done is not called.
// Loop-only.
func StopTLS(conn *stream.Conn, done func()) error {
	f, ok := conn.Filter().(*filter)
	switch {
	case !ok:
		return errNoFilter
	case !f.open:
		return errNotOpen
	case f.unwrapping != nil:
		return errUnwrapping
	}
	if err := f.engine.CloseNotify(); err != nil {
		return explain(opUnwrap.name, err, true)
	}
	f.unwrapping = done
	if f.engine.PeerClosed() {
		f.leave(conn)
	}
	return nil
}

// leave ends an unwrapping.
func (f *filter) leave(c *stream.Conn) {
	rest, done := f.engine.TakeUnread(), f.unwrapping
	f.unwrapping, f.open = nil, false
	f.engine.Abort()
	c.EndFilter(done, rest)
}

// FilterState returns what the TLS of a stream connection has agreed on: the
// protocol of ALPN, the peer's certificates, whether a session was resumed. It
// is false without TLS and before the handshake is complete. Loop-only.
func FilterState(conn *stream.Conn) (state tls.ConnectionState, ok bool) {
	f, ok := conn.Filter().(*filter)
	if !ok || !f.open {
		return state, false
	}
	return f.engine.ConnectionState(), true
}
