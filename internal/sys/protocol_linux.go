//go:build linux

package sys

import "golang.org/x/sys/unix"

// SocketProtocol returns the protocol a socket was made with.
func SocketProtocol(fd int) (int, Errno) { return GetsockoptInt(fd, SOL_SOCKET, unix.SO_PROTOCOL) }
