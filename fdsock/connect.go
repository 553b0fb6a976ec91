package fdsock

import (
	"context"
	"errors"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// Connect connects the socket to addr. On a nonblocking socket it fails with
// EINPROGRESS; the outcome comes when the socket is writable, from Connect
// again (nil, then EISCONN; EALREADY before) or as SO_ERROR.
func (s *Socket) Connect(addr Addr) error {
	errno, err := s.connect(addr)
	if err != nil {
		return err
	}
	return failAt(opConnect, addr, errno)
}

// ConnectEx is Connect with the error number as a result: 0 when connected,
// EAGAIN when the timeout came first. Only what is no error number, such as a
// name that is not known, is an error.
func (s *Socket) ConnectEx(addr Addr) (Errno, error) {
	errno, err := s.connect(addr)
	switch {
	case err == nil:
		return errno, nil
	case errors.Is(err, ErrTimeout):
		return sys.EAGAIN, nil
	case errors.As(err, &errno):
		return errno, nil
	}
	return 0, err
}

// connect starts a connection and, as far as the timeout allows, waits for
// it. The error number is the kernel's, the error anything else.
func (s *Socket) connect(addr Addr) (Errno, error) {
	sa, err := addr.sockaddr(context.Background(), s.family)
	if err != nil {
		return 0, s.addrError(opConnect, addr, err)
	}
	errno := s.attempt(&sa)
	if errno == errClosed {
		return 0, onClosed[opConnect]
	}
	timeout := s.timeout.Load()
	inProgress := errno == sys.EINPROGRESS || errno == sys.EALREADY && timeout < 0
	if !inProgress || timeout == 0 {
		return errno, nil
	}
	w := wait{op: opConnect}
	for {
		if err := w.ready(s, reactor.Output); err != nil {
			return 0, connectWait(addr, err)
		}
		if errno, done := s.outcome(); done {
			return errno, nil
		}
	}
}

// connectWait gives an error of waiting the address; a socket made
// nonblocking meanwhile is still connecting.
func connectWait(addr Addr, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	named.Addr = addr
	if named.Errno == sys.EAGAIN {
		named.Errno = sys.EINPROGRESS
	}
	return &named
}

func (s *Socket) attempt(sa *sys.Sockaddr) Errno {
	before, ok := s.handle.Acquire()
	if !ok {
		return errClosed
	}
	defer s.handle.Release()
	errno := sys.Connect(s.fd, sa)
	if errno == sys.EINPROGRESS {
		// What was known is about the socket before it connected.
		s.handle.Clear(before, reactor.Output)
	}
	return errno
}

// outcome asks how a connection attempt has ended, if it has: without a
// pending error and without a peer it is still going on.
func (s *Socket) outcome() (errno Errno, done bool) {
	before, ok := s.handle.Acquire()
	if !ok {
		return sys.EBADF, true
	}
	defer s.handle.Release()
	if errno := sys.SocketError(s.fd); errno != 0 {
		return errno, true
	}
	if _, errno := sys.Getpeername(s.fd); errno == sys.ENOTCONN {
		s.handle.Clear(before, reactor.Output)
		return 0, false
	}
	return 0, true
}
