package tlsbridge

import (
	"errors"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// Options are the arguments of Wrap.
type Options struct {
	// Side is whose end this is, if the context is for both.
	Side Side
	// Session is what a client asks to resume, or nil.
	Session *Session
	// ServerHostname is the name a client asks for and checks.
	ServerHostname string
	// DoHandshakeOnConnect makes Wrap of a connected socket, and Connect, make
	// the handshake too; Wrap closes the socket if that fails. Accept never
	// makes it: a silent peer would hold it up.
	DoHandshakeOnConnect bool
	// KeepRaggedEOFs reports an end of the connection without close_notify as
	// SSLEOFError. Without it it reads like the end of the stream, which is
	// Python's default (suppress_ragged_eofs), and hides truncation.
	KeepRaggedEOFs bool
	// ReadAhead receives as much as there is instead of record by record,
	// which saves half of the system calls. It is for descriptors that nobody
	// else watches, and connections that do not go on in plaintext: what came
	// behind the peer's farewell is then with [Socket.Leftover].
	ReadAhead bool
}

// Wrap puts TLS on a stream socket: ctx.wrap_socket. The socket belongs to the
// result from then on, until Unwrap gives it back. Without
// DoHandshakeOnConnect nothing is sent or received before DoHandshake, or the
// first transfer.
//
// A socket that is not connected yet gets its TLS with [Socket.Connect]; the
// children of one that listens are wrapped when [Socket.Accept] returns them.
func (c *Context) Wrap(sock *fdsock.Socket, opts Options) (*Socket, error) {
	if sock.Type() != fdsock.SOCK_STREAM {
		return nil, &ValueError{"only stream sockets are supported"}
	}
	if _, wrapped := reactor.Lookup(sock.Fileno()).(*Socket); wrapped {
		return nil, &ValueError{"the socket is wrapped already"}
	}
	s := &Socket{sock: sock, opts: opts}
	if err := s.start(c, opts, s); err != nil {
		return nil, err
	}
	s.opts.KeepRaggedEOFs = opts.KeepRaggedEOFs && !s.link.rules.ignoreEOF
	s.opts.Session = nil // not for the children of a listener
	if err := s.look(); err != nil {
		return nil, err
	}
	if opts.DoHandshakeOnConnect && !s.unconnected && s.GetTimeout() == 0 {
		return nil, &ValueError{"do_handshake_on_connect should not be specified for non-blocking sockets"}
	}
	s.engine.SetSink(s.sink)
	sock.Handle().SetOwner(s)
	if opts.DoHandshakeOnConnect && !s.unconnected {
		if err := s.DoHandshake(); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// look finds out whether the socket is connected. One that was, and whose
// peer has sent something before it left, must not pass as one that is not
// connected yet: the bytes were never TLS.
func (s *Socket) look() error {
	_, err := s.sock.GetPeerName()
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, sys.ENOTCONN) && !errors.Is(err, sys.EINVAL):
		return err
	}
	var first [1]byte
	if n, _ := s.sock.TryRecv(first[:]); n > 0 {
		return &Error{Kind: KindSSL, Op: "wrap_socket", Reason: reasonGone}
	}
	s.unconnected = true
	return nil
}

// reasonGone is CPython's for a connection that has ended before it was
// wrapped.
const reasonGone = "Closed before TLS handshake with data in recv buffer."

// Bind gives the socket a local address.
func (s *Socket) Bind(addr fdsock.Addr) error { return s.sock.Bind(addr) }

// Listen makes the socket accept connections, see [fdsock.Socket.Listen].
func (s *Socket) Listen(backlog ...int) error { return s.sock.Listen(backlog...) }

// Accept waits for a connection and returns its socket, wrapped with the
// listener's context and options, and the peer's address. It never makes the
// handshake, which is for DoHandshake or the first transfer.
func (s *Socket) Accept() (*Socket, fdsock.Addr, error) {
	child, from, err := s.sock.Accept()
	if err != nil {
		return nil, nil, err
	}
	wrapped, err := s.adopt(child)
	if err != nil {
		return nil, nil, err
	}
	return wrapped, from, nil
}

// adopt wraps a connection of a listener, or closes it.
func (s *Socket) adopt(child *fdsock.Socket) (*Socket, error) {
	opts := s.opts
	opts.DoHandshakeOnConnect = false
	wrapped, err := s.Context().Wrap(child, opts)
	if err != nil {
		return nil, errors.Join(err, child.Close())
	}
	return wrapped, nil
}

// Connect connects the socket, see [fdsock.Socket.Connect], and makes the
// handshake if the options say so.
func (s *Socket) Connect(addr fdsock.Addr) error {
	if err := s.mayConnect(); err != nil {
		return err
	}
	if err := s.sock.Connect(addr); err != nil {
		return err
	}
	s.connected()
	if s.opts.DoHandshakeOnConnect {
		return s.DoHandshake()
	}
	return nil
}

// ConnectEx is Connect with the error number as a result, see
// [fdsock.Socket.ConnectEx].
func (s *Socket) ConnectEx(addr fdsock.Addr) (fdsock.Errno, error) {
	if err := s.mayConnect(); err != nil {
		return 0, err
	}
	errno, err := s.sock.ConnectEx(addr)
	if errno != 0 || err != nil {
		return errno, err
	}
	s.connected()
	if s.opts.DoHandshakeOnConnect {
		return 0, s.DoHandshake()
	}
	return 0, nil
}

func (s *Socket) mayConnect() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.link.server:
		return &ValueError{"can't connect in server-side mode"}
	case !s.unconnected:
		return &ValueError{"attempt to connect already-connected SSLSocket!"}
	}
	return nil
}

func (s *Socket) connected() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unconnected = false
}

// settled reports whether the connection has been made meanwhile, for a
// nonblocking Connect ends elsewhere. Call with mu held.
func (s *Socket) settled() error {
	if !s.unconnected {
		return nil
	}
	if _, err := s.sock.GetPeerName(); err != nil {
		return err
	}
	s.unconnected = false
	return nil
}
