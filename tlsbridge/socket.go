package tlsbridge

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/fdsock/pyio"
	"github.com/pollux-net/pollux/reactor"
)

// Socket is Python's SSLSocket: TLS on a stream socket. Any goroutine may
// call its methods.
type Socket struct {
	sock    *fdsock.Socket
	writing sync.Mutex   // held by the one Send in progress, also while it waits
	queued  atomic.Int32 // Sends that wait for it

	// Guarded by machine.mu:
	unconnected bool
	pulled      bool          // something has been received that took has not judged
	lentRecord  *recordBuffer // what the engine reads from, until giveBack
	lentAhead   *aheadBuffer
	broken      error // what receiving for Test came to, for the next call
	unsent      error // what sending came to, for the next call that sends

	machine
	opts     Options
	files    pyio.Users
	leftover []byte // see Leftover; guarded by machine.mu too
}

var _ reactor.Tester = (*Socket)(nil)

// Socket returns the socket underneath, for its addresses and options. What
// is received or sent on it directly breaks TLS.
func (s *Socket) Socket() *fdsock.Socket { return s.sock }

// SetTimeout sets how long calls wait, as on the socket underneath.
func (s *Socket) SetTimeout(d time.Duration) { s.sock.SetTimeout(d) }

// GetTimeout returns the timeout.
func (s *Socket) GetTimeout() time.Duration { return s.sock.GetTimeout() }

// SetBlocking is SetTimeout(fdsock.NoTimeout) or SetTimeout(0).
func (s *Socket) SetBlocking(blocking bool) { s.sock.SetBlocking(blocking) }

// GetSockName returns the local address.
func (s *Socket) GetSockName() (fdsock.Addr, error) { return s.sock.GetSockName() }

// LocalPort returns the local port, see [fdsock.Socket.LocalPort].
func (s *Socket) LocalPort() (int, error) { return s.sock.LocalPort() }

// GetPeerName returns the peer's address; ENOTCONN when there is none.
func (s *Socket) GetPeerName() (fdsock.Addr, error) { return s.sock.GetPeerName() }

// Detach takes TLS and the descriptor apart without a word to the peer: the
// caller owns the descriptor then, and this socket is closed. -1 when it was
// closed already.
func (s *Socket) Detach() int {
	fd := s.sock.Detach()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.engine.Abort()
	return fd
}

// Close closes the connection without a farewell; see Unwrap. Calls in
// progress end with EBADF. After Unwrap it does nothing: close the socket that
// Unwrap has returned. While files of Makefile are open the connection stays so
// too: the last of them closes it.
func (s *Socket) Close() error { return s.files.Close(s.realClose) }

func (s *Socket) realClose() error {
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
