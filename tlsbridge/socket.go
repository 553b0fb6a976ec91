package tlsbridge

import (
	"crypto/tls"
	"net"
	"sync"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// Socket is Python's SSLSocket: TLS on a connected socket. Any goroutine may
// call its methods.
type Socket struct {
	sock *fdsock.Socket

	writing sync.Mutex // held by the one Send in progress, also while it waits

	mu         sync.Mutex // guards what follows; never held while waiting
	engine     *engine.Conn
	link       link // to the context
	frames     frames
	wrote      int   // bytes of the Send in progress that are encrypted
	negotiated bool  // the handshake is over, and all of it is sent
	plain      bool  // Unwrap has given the plain socket back
	ragged     bool  // report an end without close_notify
	broken     error // what receiving for Test came to, for the next call
	unsent     error // what sending came to, for the next call that sends
}

var _ reactor.Tester = (*Socket)(nil)

// Options are the arguments of Wrap.
type Options struct {
	// Side is whose end this is, if the context is for both.
	Side Side
	// Session is what a client asks to resume, or nil.
	Session *Session
	// ServerHostname is the name a client asks for and checks.
	ServerHostname string
	// KeepRaggedEOFs reports an end of the connection without close_notify as
	// SSLEOFError. Without it it reads like the end of the stream, which is
	// Python's default (suppress_ragged_eofs), and hides truncation.
	KeepRaggedEOFs bool
}

// Wrap puts TLS on a connected or accepted socket: ctx.wrap_socket with
// do_handshake_on_connect=False. The socket belongs to the result from then
// on, until Unwrap gives it back. Nothing is sent or received before
// DoHandshake, or the first transfer.
func (c *Context) Wrap(sock *fdsock.Socket, opts Options) (*Socket, error) {
	if sock.Type() != fdsock.SOCK_STREAM {
		return nil, &ValueError{"only stream sockets are supported"}
	}
	l, err := c.newLink(opts.Side, opts.ServerHostname)
	if err != nil {
		return nil, err
	}
	s := &Socket{sock: sock, link: *l, ragged: opts.KeepRaggedEOFs && !l.rules.ignoreEOF}
	if opts.Session != nil {
		if err := s.link.setSession(opts.Session); err != nil {
			return nil, err
		}
	}
	s.link.conn = s
	s.engine = s.link.engine()
	s.engine.SetSink(s.sink)
	sock.Handle().SetOwner(s)
	return s, nil
}

// Socket returns the socket underneath, for its addresses and options. What
// is received or sent on it directly breaks TLS.
func (s *Socket) Socket() *fdsock.Socket { return s.sock }

// SetTimeout sets how long calls wait, as on the socket underneath.
func (s *Socket) SetTimeout(d time.Duration) { s.sock.SetTimeout(d) }

// GetTimeout returns the timeout.
func (s *Socket) GetTimeout() time.Duration { return s.sock.GetTimeout() }

// SetBlocking is SetTimeout(fdsock.NoTimeout) or SetTimeout(0).
func (s *Socket) SetBlocking(blocking bool) { s.sock.SetBlocking(blocking) }

func (s *Socket) state() tls.ConnectionState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.engine.ConnectionState()
}

// Pending returns how many bytes Recv returns without waiting: what is left
// of the present record.
func (s *Socket) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.engine.Pending()
}

// Close closes the connection without a farewell; see Unwrap. Calls in
// progress end with EBADF. After Unwrap it does nothing: close the socket that
// Unwrap has returned.
func (s *Socket) Close() error {
	s.mu.Lock()
	plain := s.plain
	s.mu.Unlock()
	if plain {
		return nil
	}
	err := s.sock.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.engine.Abort()
	return err
}

// Shutdown ends one or both directions of the connection underneath, without
// a farewell.
func (s *Socket) Shutdown(how int) error { return s.sock.Shutdown(how) }

var (
	// errUnwrapped is a step of a socket whose TLS has been taken off.
	errUnwrapped = &ValueError{"No SSL wrapper around the socket"}
	// errClosed is what calls on a socket that was closed here end with.
	errClosed = net.ErrClosed
)
