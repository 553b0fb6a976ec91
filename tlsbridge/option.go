package tlsbridge

import (
	"fmt"
	"time"

	"github.com/pollux-net/pollux/fdsock"
)

// What a TLS socket has in common with the one underneath.

// SetDeadline sets the time at which calls stop waiting, in both directions,
// besides the timeout: see [fdsock.Socket.SetDeadline]. A call that a deadline
// has ended may be made again once there is another.
func (s *Socket) SetDeadline(t time.Time) error { return s.sock.SetDeadline(t) }

// SetReadDeadline is SetDeadline for the calls that receive, accept, shake
// hands or unwrap.
func (s *Socket) SetReadDeadline(t time.Time) error { return s.sock.SetReadDeadline(t) }

// SetWriteDeadline is SetDeadline for the calls that send, connect, shake
// hands or unwrap.
func (s *Socket) SetWriteDeadline(t time.Time) error { return s.sock.SetWriteDeadline(t) }

// GetBlocking reports whether calls may wait at all.
func (s *Socket) GetBlocking() bool { return s.sock.GetBlocking() }

// Dup fails, as in Python: the state of TLS cannot be in two places.
func (s *Socket) Dup() (*Socket, error) {
	return nil, &NotImplementedError{"Can't dup() SSLSocket instances"}
}

// Family returns the address family.
func (s *Socket) Family() int { return s.sock.Family() }

// Type returns SOCK_STREAM.
func (s *Socket) Type() int { return s.sock.Type() }

// Proto returns the protocol the socket was made with.
func (s *Socket) Proto() int { return s.sock.Proto() }

// Options returns the options of the socket underneath.
func (s *Socket) Options() fdsock.Option { return s.sock.Options() }

// SetOptions is [fdsock.Socket.SetOptions].
func (s *Socket) SetOptions(o fdsock.Option) error { return s.sock.SetOptions(o) }

// GetSockOpt reads an integer option.
func (s *Socket) GetSockOpt(level, name int) (value int, err error) {
	return s.sock.GetSockOpt(level, name)
}

// GetSockOptBytes is [fdsock.Socket.GetSockOptBytes].
func (s *Socket) GetSockOptBytes(level, name, n int) ([]byte, error) {
	return s.sock.GetSockOptBytes(level, name, n)
}

// GetSockOptInto is [fdsock.Socket.GetSockOptInto].
func (s *Socket) GetSockOptInto(level, name int, p []byte) (n int, err error) {
	return s.sock.GetSockOptInto(level, name, p)
}

// SetSockOpt sets an integer option.
func (s *Socket) SetSockOpt(level, name, value int) error {
	return s.sock.SetSockOpt(level, name, value)
}

// SetSockOptBytes is [fdsock.Socket.SetSockOptBytes].
func (s *Socket) SetSockOptBytes(level, name int, p []byte) error {
	return s.sock.SetSockOptBytes(level, name, p)
}

// SetSockOptNil is [fdsock.Socket.SetSockOptNil].
func (s *Socket) SetSockOptNil(level, name, optlen int) error {
	return s.sock.SetSockOptNil(level, name, optlen)
}

// GetInheritable is [fdsock.Socket.GetInheritable].
func (s *Socket) GetInheritable() (bool, error) { return s.sock.GetInheritable() }

// SetInheritable is [fdsock.Socket.SetInheritable].
func (s *Socket) SetInheritable(yes bool) error { return s.sock.SetInheritable(yes) }

// GetLinger is [fdsock.Socket.GetLinger].
func (s *Socket) GetLinger() (time.Duration, error) { return s.sock.GetLinger() }

// SetLinger is [fdsock.Socket.SetLinger].
func (s *Socket) SetLinger(d time.Duration) error { return s.sock.SetLinger(d) }

// TakeError is [fdsock.Socket.TakeError].
func (s *Socket) TakeError() (pending fdsock.Errno, failed error) { return s.sock.TakeError() }

// GetPeerCred is [fdsock.Socket.GetPeerCred].
func (s *Socket) GetPeerCred() (fdsock.PeerCred, error) { return s.sock.GetPeerCred() }

// TCPInfo is [fdsock.Socket.TCPInfo].
func (s *Socket) TCPInfo() (fdsock.TCPInfo, error) { return s.sock.TCPInfo() }

// String describes the socket for a log: no secrets.
func (s *Socket) String() string {
	version := s.Version()
	if version == "" {
		version = "no TLS yet"
	}
	return fmt.Sprintf("<tlsbridge.Socket %s on %v>", version, s.sock)
}
