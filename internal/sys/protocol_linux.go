//go:build linux

package sys

import "golang.org/x/sys/unix"

// SocketProtocol returns the protocol a socket was made with.
func SocketProtocol(fd int) (int, Errno) { return GetsockoptInt(fd, SOL_SOCKET, unix.SO_PROTOCOL) }

// SplitType takes the flags out of a socket type. nonblocking reports whether
// SOCK_NONBLOCK was one of them.
func SplitType(typ int) (kind int, nonblocking bool) {
	return typ &^ (unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC), typ&unix.SOCK_NONBLOCK != 0
}
