package fdsock

import "github.com/pollux-net/pollux/internal/sys"

// Detect makes FromFD ask the kernel for a socket's family, type or protocol.
const Detect = -1

// FromFD makes a Socket of an open descriptor, which belongs to it from then
// on and is made nonblocking: socket.socket(fileno=fd). What is [Detect]ed is
// asked of the kernel. A descriptor that is not a socket is ENOTSOCK, one that
// is not open EBADF; a number beyond C's int is an OverflowError. After an error
// the descriptor is the caller's, as it was.
func FromFD(fd, family, typ, proto int) (*Socket, error) {
	if fd < 0 {
		return nil, &ValueError{"negative file descriptor"}
	}
	if err := cInts(fd); err != nil {
		return nil, err
	}
	g, err := defaultGroup(opSocket)
	if err != nil {
		return nil, err
	}
	name, errno := sys.Getsockname(fd)
	if errno != 0 {
		return nil, fail(opSocket, errno)
	}
	if family == Detect {
		family = name.Family
	}
	if typ == Detect {
		if typ, errno = sys.GetsockoptInt(fd, SOL_SOCKET, SO_TYPE); errno != 0 {
			return nil, fail(opSocket, errno)
		}
	}
	if proto == Detect {
		if proto, errno = sys.SocketProtocol(fd); errno != 0 {
			return nil, fail(opSocket, errno)
		}
	}
	already, errno := sys.Nonblocking(fd)
	if errno == 0 && !already {
		errno = sys.SetNonblock(fd, true)
	}
	if errno != 0 {
		return nil, fail(opSocket, errno)
	}
	s, err := attach(g, fd, opSocket, family, typ, proto)
	if err != nil {
		if !already {
			sys.SetNonblock(fd, false)
		}
		return nil, err
	}
	s.foreign.Store(already)
	return s, nil
}

// Dup returns a second socket for the same connection, on a descriptor of its
// own, with the same timeout.
func (s *Socket) Dup() (*Socket, error) {
	fd := -1
	if err := s.do(opDup, func(old int) (errno Errno) { fd, errno = sys.Dup(old); return errno }); err != nil {
		return nil, err
	}
	d, err := adopt(s.group, fd, opDup, s.family, s.kind, s.proto)
	if err == nil {
		d.timeout.Store(s.timeout.Load())
	}
	return d, err
}

// GetInheritable reports whether a child process gets the descriptor; it does
// not unless SetInheritable says so.
func (s *Socket) GetInheritable() (yes bool, err error) {
	err = s.do(opGetInheritable, func(fd int) (errno Errno) { yes, errno = sys.Inheritable(fd); return errno })
	return yes, err
}

// SetInheritable says whether a child process gets the descriptor.
func (s *Socket) SetInheritable(yes bool) error {
	return s.do(opInheritable, func(fd int) Errno { return sys.SetInheritable(fd, yes) })
}

// Dup duplicates a bare descriptor; a child process does not get it.
func Dup(fd int) (int, error) {
	if err := cInts(fd); err != nil {
		return -1, err
	}
	nfd, errno := sys.Dup(fd)
	return nfd, fail(opDup, errno)
}

// CloseFD closes a bare descriptor; ECONNRESET is not an error.
func CloseFD(fd int) error {
	if err := cInts(fd); err != nil {
		return err
	}
	errno := sys.Close(fd)
	if errno == sys.ECONNRESET {
		errno = 0
	}
	return fail(opClose, errno)
}
