//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package fdsock

import "github.com/pollux-net/pollux/internal/sys"

// connected asks how a connection attempt has ended, if it has: without a
// pending error and without a peer it is still going on. Another connect(2)
// would begin another attempt here.
func connected(fd int, _ *sys.Sockaddr, _ connectFunc) Errno {
	if errno := sys.SocketError(fd); errno != 0 {
		return errno
	}
	if _, errno := sys.Getpeername(fd); errno == sys.ENOTCONN {
		return sys.EINPROGRESS
	}
	return 0
}
