package sys

import "golang.org/x/sys/unix"

// Socket makes a nonblocking, close-on-exec socket.
func Socket(family, typ, proto int) (fd int, errno Errno) {
	fd = -1
	errno = retry(OpSocket, -1, func() (err error) { fd, err = socket(family, typ, proto); return err })
	return fd, errno
}

// Socketpair makes two connected sockets, nonblocking and close-on-exec.
func Socketpair(family, typ, proto int) (fds [2]int, errno Errno) {
	errno = retry(OpSocketpair, -1, func() (err error) { fds, err = socketpair(family, typ, proto); return err })
	if errno != 0 {
		return [2]int{-1, -1}, errno
	}
	return fds, 0
}

// Bind gives the socket a local address.
func Bind(fd int, sa *Sockaddr) Errno {
	for {
		errno := inject(OpBind, fd)
		if errno == 0 {
			errno = bind(fd, sa)
		}
		if errno != EINTR {
			return errno
		}
	}
}

// Listen makes the socket accept connections.
func Listen(fd, backlog int) Errno {
	return retry(OpListen, fd, func() error { return unix.Listen(fd, backlog) })
}

// Accept takes a connection from a nonblocking listener. The new descriptor is
// nonblocking and close-on-exec.
func Accept(fd int) (int, Sockaddr, Errno) { return acceptBy(fd, false) }

// AcceptShared is Accept for a listener that somebody else may make block at
// any moment: should the call block, it holds a thread, but no processor.
func AcceptShared(fd int) (int, Sockaddr, Errno) { return acceptBy(fd, true) }

func acceptBy(fd int, shared bool) (int, Sockaddr, Errno) {
	for {
		errno := inject(OpAccept, fd)
		if errno == 0 {
			var nfd int
			var sa Sockaddr
			if nfd, sa, errno = accept(fd, shared); errno == 0 {
				return nfd, sa, 0
			}
		}
		if errno != EINTR {
			return -1, Sockaddr{}, errno
		}
	}
}

// Connect starts a connection. An interrupted attempt is not made again, as
// the kernel goes on with it: it is reported as EINPROGRESS.
func Connect(fd int, sa *Sockaddr) Errno { return connectBy(fd, sa, false) }

// ConnectShared is to Connect what AcceptShared is to Accept.
func ConnectShared(fd int, sa *Sockaddr) Errno { return connectBy(fd, sa, true) }

func connectBy(fd int, sa *Sockaddr, shared bool) Errno {
	errno := inject(OpConnect, fd)
	if errno == 0 {
		errno = connect(fd, sa, shared)
	}
	if errno == EINTR {
		return EINPROGRESS
	}
	return errno
}

// Shutdown ends one or both directions of a connection; how is SHUT_RD,
// SHUT_WR or SHUT_RDWR.
func Shutdown(fd, how int) Errno {
	return retry(OpShutdown, fd, func() error { return unix.Shutdown(fd, how) })
}

// Close closes a descriptor. The descriptor is gone whatever the result, so
// an injected fault closes it too, and EINTR is not an error.
func Close(fd int) Errno {
	fault := inject(OpClose, fd)
	errno := errnoOf(unix.Close(fd))
	if errno == 0 {
		errno = fault
	}
	if errno == EINTR {
		return 0
	}
	return errno
}

// SetNonblock sets or clears O_NONBLOCK.
func SetNonblock(fd int, nonblocking bool) Errno {
	return retry(OpSetNonblock, fd, func() error { return unix.SetNonblock(fd, nonblocking) })
}

// Getsockname returns the local address.
func Getsockname(fd int) (Sockaddr, Errno) {
	if errno := inject(OpGetsockname, fd); errno != 0 && errno != EINTR {
		return Sockaddr{}, errno
	}
	return getsockname(fd)
}

// Getpeername returns the address of the other end.
func Getpeername(fd int) (Sockaddr, Errno) {
	if errno := inject(OpGetpeername, fd); errno != 0 && errno != EINTR {
		return Sockaddr{}, errno
	}
	return getpeername(fd)
}

// GetsockoptInt reads an integer option.
func GetsockoptInt(fd, level, name int) (value int, errno Errno) {
	errno = retry(OpGetsockopt, fd, func() (err error) {
		value, err = unix.GetsockoptInt(fd, level, name)
		return err
	})
	return value, errno
}

// SetsockoptInt sets an integer option.
func SetsockoptInt(fd, level, name, value int) Errno {
	return retry(OpSetsockopt, fd, func() error { return unix.SetsockoptInt(fd, level, name, value) })
}

// SocketError takes the pending error of a socket (SO_ERROR), which clears it.
func SocketError(fd int) Errno {
	value, errno := GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if errno != 0 {
		return errno
	}
	return Errno(value)
}
