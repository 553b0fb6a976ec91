//go:build linux

package fdsock

import "github.com/pollux-net/pollux/internal/sys"

// connected asks how a connection attempt has ended by making it again, which
// is what a blocking connect(2) does inside the kernel: afterwards the socket
// is connected (the next attempt fails with EISCONN) or fit for another
// attempt. Taking the error by SO_ERROR would leave it neither.
func connected(fd int, sa *sys.Sockaddr, connect connectFunc) Errno {
	switch errno := connect(fd, sa); errno {
	case sys.EALREADY:
		return sys.EINPROGRESS
	case sys.EISCONN:
		return 0
	default:
		return errno
	}
}
