package dispatch

import (
	"errors"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/tlsbridge"
)

// transport is what a dispatcher asks of its socket, TLS socket or file.
type transport interface {
	pyselect.Object
	Recv(n int) ([]byte, error)
	Send(p []byte) (int, error)
	// socketError takes the pending error, SO_ERROR.
	socketError() (sys.Errno, error)
	Close() error
}

// plain is a socket as a transport.
type plain struct{ *fdsock.Socket }

func (s plain) Recv(n int) ([]byte, error) { return s.Socket.Recv(n) }

func (s plain) Send(p []byte) (int, error) { return s.Socket.Send(p) }

func (s plain) socketError() (sys.Errno, error) { return errorOf(s.Socket) }

// secure is a TLS socket as a transport.
type secure struct{ *tlsbridge.Socket }

func (s secure) Recv(n int) ([]byte, error) { return s.Socket.Recv(n) }

func (s secure) Send(p []byte) (int, error) { return s.Socket.Send(p) }

func (s secure) socketError() (sys.Errno, error) { return errorOf(s.Socket.Socket()) }

func errorOf(s *fdsock.Socket) (sys.Errno, error) {
	v, err := s.GetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_ERROR)
	return sys.Errno(v), err
}

// none is the transport of a dispatcher that has none yet.
type none struct{}

var errNoSocket = errors.New("dispatch: the channel has no socket")

func (none) Fileno() int { return -1 }

func (none) Recv(int) ([]byte, error) { return nil, errNoSocket }

func (none) Send([]byte) (int, error) { return 0, errNoSocket }

func (none) socketError() (sys.Errno, error) { return 0, errNoSocket }

func (none) Close() error { return nil }

// wouldBlock reports whether the call is to be made again when the socket is
// ready. TLS may want the other direction; a channel that is readable and
// writable gets to it by itself.
func wouldBlock(err error) bool {
	return errors.Is(err, sys.EAGAIN) || tlsbridge.SSLWantReadError(err) || tlsbridge.SSLWantWriteError(err)
}
