package tlsbridge

import (
	"errors"
	"net"
	"time"

	"github.com/pollux-net/pollux/fdsock"
)

// Listener is a listening TLS socket as a net.Listener. It shares the socket:
// closing either closes both. Accept waits until its own deadline, whatever
// the timeout of the socket. Any goroutine may call any method.
type Listener struct {
	s     *Socket
	plain *fdsock.Listener
}

var _ net.Listener = (*Listener)(nil)

// Listener returns the socket, which must listen, as a net.Listener.
func (s *Socket) Listener() (*Listener, error) {
	plain, err := s.sock.Listener()
	if err != nil {
		return nil, err
	}
	return &Listener{s, plain}, nil
}

// Socket returns the socket of the view.
func (l *Listener) Socket() *Socket { return l.s }

// Addr returns the address the socket is bound to.
func (l *Listener) Addr() net.Addr { return l.plain.Addr() }

// SetDeadline sets the time at which Accept ends with a timeout; the zero time
// is none.
func (l *Listener) SetDeadline(t time.Time) error { return l.plain.SetDeadline(t) }

// SetReadDeadline is SetDeadline.
func (l *Listener) SetReadDeadline(t time.Time) error { return l.plain.SetReadDeadline(t) }

// SetWriteDeadline does nothing for Accept; it is here because
// [fdsock.Listener] has it.
func (l *Listener) SetWriteDeadline(t time.Time) error { return l.plain.SetWriteDeadline(t) }

// Close closes the socket. An Accept in progress ends with net.ErrClosed.
func (l *Listener) Close() error { return l.plain.Close() }

// Accept returns the next connection, a *[Conn], wrapped with the context and
// the options of the listener. It never makes the handshake, which is for the
// first Read or Write: a silent peer would hold it up.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.plain.Accept()
		if err != nil {
			return nil, err
		}
		plain := accepted.(*fdsock.Conn) // of which it has no others
		wrapped, err := l.s.adopt(plain.Socket())
		if gone := (*Error)(nil); errors.As(err, &gone) && gone.Reason == reasonGone {
			continue // that connection has gone before it was accepted
		}
		if err != nil {
			return nil, &net.OpError{Op: "accept", Net: l.Addr().Network(), Addr: l.Addr(), Err: err}
		}
		return &Conn{wrapped, plain}, nil
	}
}
