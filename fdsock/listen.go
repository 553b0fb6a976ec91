package fdsock

import (
	"context"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// defaultBacklog is what Listen uses without an argument.
const defaultBacklog = min(SOMAXCONN, 128)

// Bind gives the socket a local address, at once.
func (s *Socket) Bind(addr Addr) error { return s.bind(context.Background(), addr) }

func (s *Socket) bind(ctx context.Context, addr Addr) error {
	sa, err := kernelAddr(ctx, addr, s.family)
	if err != nil {
		return s.addrError(opBind, addr, err)
	}
	if _, ok := s.handle.Acquire(); !ok {
		return onClosed[opBind]
	}
	defer s.handle.Release()
	return failAt(opBind, addr, sys.Bind(s.fd, &sa))
}

// addrError names the call in an error that an address's conversion gave.
func (s *Socket) addrError(o op, addr Addr, err error) error {
	switch e := err.(type) { //nolint:errorlint // sockaddr returns them bare
	case Errno:
		return failAt(o, addr, e)
	case *OverflowError:
		return &OverflowError{o.String() + "(): " + e.Text}
	case *Error:
		return &Error{Op: o.String(), Addr: addr, Errno: e.Errno, Text: e.Text}
	}
	return err
}

// Listen makes the socket accept connections. Without a backlog it is
// Python's default, 128 or less; a negative one counts as 0.
func (s *Socket) Listen(backlog ...int) error {
	n := defaultBacklog
	if len(backlog) > 0 {
		n = backlog[0]
	}
	if err := cInts(n); err != nil {
		return err
	}
	return s.do(opListen, func(fd int) Errno { return sys.Listen(fd, max(n, 0)) })
}

// Accept waits for a connection and returns its socket and the peer's
// address. The new socket has the default timeout, whatever the listener's.
func (s *Socket) Accept() (*Socket, Addr, error) {
	w := wait{op: opAccept}
	return s.acceptOne(&w)
}

func (s *Socket) acceptOne(w *wait) (*Socket, Addr, error) {
	for {
		fd, from, errno := s.accept()
		if errno == 0 {
			return s.accepted(fd, &from)
		}
		if errno != sys.EAGAIN {
			return nil, nil, s.failed(opAccept, errno)
		}
		if err := w.again(s, reactor.Input); err != nil {
			return nil, nil, err
		}
	}
}

func (s *Socket) accept() (int, sys.Sockaddr, Errno) {
	before, ok := s.handle.Acquire()
	if !ok {
		return -1, sys.Sockaddr{}, errClosed
	}
	defer s.handle.Release()
	var (
		fd    int
		from  sys.Sockaddr
		errno Errno
	)
	take, _ := s.kernelCalls()
	s.nonblocking(func() { fd, from, errno = take(s.fd) })
	if errno == sys.EAGAIN {
		s.accepts.Store(true)
		s.handle.Clear(before, reactor.Input)
	}
	return fd, from, errno
}

func (s *Socket) accepted(fd int, from *sys.Sockaddr) (*Socket, Addr, error) {
	child, err := adopt(s.group, fd, opAccept, s.family, s.kind, s.proto)
	if err != nil {
		return nil, nil, err
	}
	if from.Family == AF_UNSPEC {
		from.Family = s.family
	}
	return child, fromSockaddr(from), nil
}
