//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

// SocketProtocol returns 0: these systems do not all tell.
func SocketProtocol(fd int) (int, Errno) {
	_, errno := GetsockoptInt(fd, SOL_SOCKET, SO_TYPE)
	return 0, errno
}

// SplitType returns the type: flags in it are Linux's.
func SplitType(typ int) (kind int, nonblocking bool) { return typ, false }
