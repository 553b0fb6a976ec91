package sys

import "golang.org/x/sys/unix"

// SetKeepAlive turns SO_KEEPALIVE on: the kernel asks a silent peer after idle
// seconds, again after interval seconds each, and gives up after count times.
// What is not positive stays as the system has it, and so does what the system
// cannot set for one socket. See tcp(7).
func SetKeepAlive(fd, idle, interval, count int) Errno {
	if errno := SetsockoptInt(fd, SOL_SOCKET, SO_KEEPALIVE, 1); errno != 0 {
		return errno
	}
	for _, o := range [...]struct{ name, value int }{
		{tcpKeepIdle, idle}, {tcpKeepInterval, interval}, {tcpKeepCount, count},
	} {
		if o.name == 0 || o.value <= 0 {
			continue
		}
		if errno := SetsockoptInt(fd, unix.IPPROTO_TCP, o.name, o.value); errno != 0 {
			return errno
		}
	}
	return 0
}

// SetNoDelay says whether small segments go out at once: TCP_NODELAY.
func SetNoDelay(fd int, on bool) Errno {
	value := 0
	if on {
		value = 1
	}
	return SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, value)
}

// SetReusePort lets several listeners of one user share an address, and the
// kernel spread the connections over them. It returns EOPNOTSUPP where
// SO_REUSEPORT gives all of them to one listener.
func SetReusePort(fd int) Errno {
	if reusePort == 0 {
		return EOPNOTSUPP
	}
	return SetsockoptInt(fd, SOL_SOCKET, reusePort, 1)
}

// IsListener reports whether the descriptor is a stream socket that accepts
// connections; ENOTSOCK when it is no socket.
func IsListener(fd int) (bool, Errno) {
	typ, errno := GetsockoptInt(fd, SOL_SOCKET, SO_TYPE)
	if errno != 0 || typ != SOCK_STREAM {
		return false, errno
	}
	return Listening(fd)
}
