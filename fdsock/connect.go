package fdsock

import (
	"errors"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// Connect connects the socket to addr. On a nonblocking socket it fails with
// EINPROGRESS; the outcome comes when the socket is writable, from Connect
// again (nil, then EISCONN; EALREADY before) or as SO_ERROR.
func (s *Socket) Connect(addr Addr) error {
	w := wait{op: opConnect}
	errno, err := s.connect(&w, addr, false)
	if err != nil {
		return err
	}
	return failAt(opConnect, addr, errno)
}

// ConnectEx is Connect with the error number as a result: 0 when connected,
// EAGAIN when the timeout came first. Only what is no error number, such as a
// name that is not known, is an error.
func (s *Socket) ConnectEx(addr Addr) (Errno, error) {
	w := wait{op: opConnectEx}
	errno, err := s.connect(&w, addr, false)
	var e *Error
	switch {
	case err == nil:
		return errno, nil
	case errors.Is(err, ErrTimeout):
		return sys.EAGAIN, nil
	case errors.As(err, &e) && e.Errno != 0:
		return e.Errno, nil
	}
	return 0, err
}

// connect starts a connection, unless the call has begun one before, and, as
// far as the timeout allows, waits for it. The error number is the kernel's,
// the error anything else.
func (s *Socket) connect(w *wait, addr Addr, begun bool) (Errno, error) {
	sa, err := kernelAddr(w.context(), addr, s.family)
	if err != nil {
		return 0, w.orCanceled(s.addrError(w.op, addr, err))
	}
	errno := sys.EINPROGRESS
	if !begun {
		errno = s.attempt(&sa)
	}
	if errno == sys.EALREADY && s.timeout.Load() < 0 {
		errno = sys.EINPROGRESS // it ends as if this call had begun it
	}
	pause := firstNap
	for {
		timeout := s.timeout.Load()
		switch {
		case errno == errClosed:
			return 0, connectWait(addr, onClosed[opConnect])
		case errno == sys.EINPROGRESS && timeout != 0:
			if err := w.ready(s, reactor.Output); err != nil {
				return 0, connectWait(addr, err)
			}
			errno = s.outcome(&sa)
		case errno == sys.EAGAIN && timeout < 0 && s.family == AF_UNIX:
			if err := w.nap(s, pause, timeout); err != nil {
				return 0, connectWait(addr, err)
			}
			pause = min(2*pause, lastNap)
			errno = s.attempt(&sa)
		default:
			return errno, nil
		}
	}
}

// connectWait gives an error of waiting the address; a socket made
// nonblocking meanwhile is still connecting.
func connectWait(addr Addr, err error) error {
	var ended *ContextError
	if errors.As(err, &ended) {
		ended.Addr = addr
		return ended
	}
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
	var errno Errno
	_, connect := s.kernelCalls()
	s.nonblocking(func() { errno = connect(s.fd, sa) })
	if errno == sys.EINPROGRESS {
		// What was known is about the socket before it connected.
		s.handle.Clear(before, reactor.Output)
	}
	return errno
}

// outcome asks how a connection attempt has ended: EINPROGRESS when it has
// not.
func (s *Socket) outcome(sa *sys.Sockaddr) Errno {
	before, ok := s.handle.Acquire()
	if !ok {
		return errClosed
	}
	defer s.handle.Release()
	var errno Errno
	_, connect := s.kernelCalls()
	s.nonblocking(func() { errno = connected(s.fd, sa, connect) })
	if errno == sys.EINPROGRESS {
		s.handle.Clear(before, reactor.Output)
	}
	return errno
}
