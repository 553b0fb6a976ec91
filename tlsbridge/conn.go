package tlsbridge

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"

	"github.com/pollux-net/pollux/fdsock"
)

// Conn is a TLS socket as a net.Conn. It shares the socket: both may be used,
// and closing either closes both. Its calls wait as package net's do, until
// its own deadlines; the timeout and the deadlines of the socket count for the
// calls of the socket alone, so that a nonblocking socket has blocking views.
//
// The first transfer makes the handshake, unless it has been made. Unlike
// crypto/tls's, a handshake or a Write that a deadline has ended leaves TLS
// whole. The end of the connection without close_notify is an error that
// wraps io.ErrUnexpectedEOF, whatever Options.KeepRaggedEOFs says.
//
// Errors are *net.OpError: with net.ErrClosed after a close, otherwise with an
// [Error] or an [fdsock.Error]. Any goroutine may call any method.
type Conn struct {
	s     *Socket
	plain *fdsock.Conn
}

var _ net.Conn = (*Conn)(nil)

// Conn returns the socket, which must be connected, as a net.Conn. Package
// net/http and others take it as one of theirs. What was unwrapped goes on in
// plaintext.
func (s *Socket) Conn() (*Conn, error) {
	plain, err := s.sock.Conn()
	if err != nil {
		return nil, err
	}
	return &Conn{s, plain}, nil
}

// Socket returns the socket of the view.
func (c *Conn) Socket() *Socket { return c.s }

// ConnectionState returns what crypto/tls says of the connection.
func (c *Conn) ConnectionState() tls.ConnectionState { return c.s.ConnectionState() }

// LocalAddr returns the local address the socket had when the view was made.
func (c *Conn) LocalAddr() net.Addr { return c.plain.LocalAddr() }

// RemoteAddr returns the peer's address at that time.
func (c *Conn) RemoteAddr() net.Addr { return c.plain.RemoteAddr() }

// SetDeadline sets the time at which calls on the view end with a timeout,
// those included that are in progress; the zero time is none. A call that
// comes later than its deadline does nothing else.
func (c *Conn) SetDeadline(t time.Time) error { return c.plain.SetDeadline(t) }

// SetReadDeadline is SetDeadline for reading, the handshake of a Read
// included.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.plain.SetReadDeadline(t) }

// SetWriteDeadline is SetDeadline for writing, the handshake of a Write
// included.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.plain.SetWriteDeadline(t) }

// Handshake makes the handshake, unless it has been made.
func (c *Conn) Handshake() error { return c.HandshakeContext(context.Background()) }

// HandshakeContext is Handshake that ends with the context, too.
func (c *Conn) HandshakeContext(ctx context.Context) error {
	k := c.call(opHandshake, nil)
	k.wait.Within(ctx)
	err := k.begin()
	if err == nil {
		err = c.s.pump(&k)
	}
	return c.fail("handshake", err)
}

// Read implements io.Reader. The peer's close_notify is io.EOF.
func (c *Conn) Read(p []byte) (int, error) {
	k := c.call(opRead, p)
	k.rule = strict
	if err := k.begin(); err != nil || len(p) == 0 {
		return 0, c.fail("read", err)
	}
	n, err := c.s.recvInto(&k)
	if n == 0 && err == nil || SSLZeroReturnError(err) {
		return 0, io.EOF
	}
	return n, c.fail("read", err)
}

// Write implements io.Writer: it writes all of p, or says how much it has
// taken. Of that the end may still wait to be sent: the next call sends it.
// Writes of several goroutines come one after the other. It gives up a Send
// that a nonblocking caller has not made to its end.
func (c *Conn) Write(p []byte) (int, error) {
	k := c.call(opWrite, p)
	k.rule = partial
	if err := k.begin(); err != nil {
		return 0, c.fail("write", err)
	}
	n, err := c.s.send(&k)
	return n, c.fail("write", err)
}

// CloseWrite ends sending: it sends close_notify, after which the peer reads
// the end. Reading goes on. The connection underneath stays as it is.
func (c *Conn) CloseWrite() error {
	k := c.call(opCloseWrite, nil)
	err := k.begin()
	if err == nil {
		err = c.s.closeWrite(&k)
	}
	if errors.Is(err, errUnwrapped) {
		return c.plain.CloseWrite()
	}
	return c.fail("close", err)
}

// Close sends close_notify, if that can be done at once, and closes the
// socket. Calls in progress end with net.ErrClosed; closing again does nothing.
func (c *Conn) Close() error {
	if c.s.unwrapped() { // whose Close would leave the socket to Unwrap's caller
		return c.plain.Close()
	}
	c.s.farewell()
	return c.fail("close", c.s.Close())
}

// call begins a call by the view's rules.
func (c *Conn) call(op *operation, p []byte) call {
	return call{op: op, p: p, wait: *c.plain.Resume(0)}
}

// fail makes package net's error of a call's; nil stays nil.
func (c *Conn) fail(call string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, net.ErrClosed) {
		err = net.ErrClosed
	}
	return &net.OpError{Op: call, Net: c.LocalAddr().Network(), Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// closeWrite sends close_notify behind what others send.
func (s *Socket) closeWrite(c *call) error {
	if err := s.beginSend(c); err != nil {
		return err
	}
	defer s.endSend()
	return s.pump(c)
}

// farewell sends close_notify if there is a connection to end, nobody is in
// the middle of sending, for then the end would come too soon, and there is
// room. What has come and is no data, such as a session ticket, is taken in:
// left in the kernel it would make the close a reset, which loses what the
// peer has not received yet.
func (s *Socket) farewell() {
	if !s.writing.TryLock() {
		return
	}
	defer s.endSend()
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.giveBack()
	if s.plain || !s.negotiated || s.wrote > 0 || s.engine.CloseNotify() != nil {
		return
	}
	_, _ = s.flush() // nobody is left to hear of an error
	s.fill()
}
