package aio

import (
	"errors"
	"sync"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect/selectors"
)

// ServeOptions change how a [Server] accepts.
type ServeOptions struct {
	// Backlog is how many connections are accepted at once at most; 0 is 100.
	Backlog int
	// RetryDelay is how long accepting pauses when the system has no descriptor
	// or no memory left; 0 is a second.
	RetryDelay time.Duration
}

// Server accepts connections on a loop.
type Server struct {
	loop     *Loop
	listener *fdsock.Socket
	accepted func(*fdsock.Socket, fdsock.Addr) error
	options  ServeOptions

	mu     sync.Mutex
	closed bool
	pause  *Handle // while accepting pauses
}

// Serve has the loop accept connections of a listening socket, which becomes
// nonblocking, and belongs to the server from then on, unless Serve fails. The
// loop calls accepted, which owns the connection, nonblocking; its error goes to
// the exception handler. It fails as AddReader does.
// When the system has no descriptor or no memory left, accepting pauses, and the
// handler, if there is one, is told.
func (l *Loop) Serve(listener *fdsock.Socket, accepted func(*fdsock.Socket, fdsock.Addr) error, o ServeOptions) (*Server, error) {
	if accepted == nil {
		return nil, noCallback("Serve")
	}
	listener.SetBlocking(false)
	if o.Backlog <= 0 {
		o.Backlog = 100
	}
	if o.RetryDelay <= 0 {
		o.RetryDelay = time.Second
	}
	s := &Server{loop: l, listener: listener, accepted: accepted, options: o}
	if err := s.watch(); err != nil {
		return nil, err
	}
	return s, nil
}

// watch begins to accept.
func (s *Server) watch() error {
	return s.loop.add(s.listener, selectors.EVENT_READ, &Handle{loop: s.loop, call: s.accept, from: s.accepted}, false)
}

// Close ends accepting and closes the listening socket. Connections stay.
// Closing again does nothing. Any goroutine.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if s.pause != nil {
		s.pause.Cancel()
	}
	s.loop.RemoveReader(s.listener)
	return s.listener.Close()
}

// accept accepts what waits. Part of it may be gone already.
func (s *Server) accept() error {
	for range s.options.Backlog {
		conn, addr, err := s.listener.Accept()
		switch {
		case err == nil:
		case again(err) || errors.Is(err, sys.ECONNABORTED):
			return nil
		case exhausted(err):
			return s.suspend(err)
		case errors.Is(err, sys.EBADF): // closed meanwhile
			return nil
		default:
			return err
		}
		conn.SetBlocking(false)
		if err := s.accepted(conn, addr); err != nil {
			return err
		}
	}
	return nil
}

func exhausted(err error) bool {
	for _, errno := range []sys.Errno{sys.EMFILE, sys.ENFILE, sys.ENOBUFS, sys.ENOMEM} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// suspend pauses accepting: the socket stays readable, and would keep the loop
// busy.
func (s *Server) suspend(cause error) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.loop.RemoveReader(s.listener)
	pause, err := s.loop.CallLater(s.options.RetryDelay, s.resume)
	s.pause = pause
	s.mu.Unlock()
	s.loop.mu.Lock()
	handler := s.loop.handler
	s.loop.mu.Unlock()
	if handler != nil {
		handler(s.loop, Failure{Message: "accept: out of a system resource, accepting pauses", Err: cause})
	}
	return err
}

func (s *Server) resume() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pause = nil
	if s.closed {
		return nil
	}
	return s.watch()
}
