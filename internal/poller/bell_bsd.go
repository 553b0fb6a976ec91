//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poller

import "github.com/pollux-net/pollux/internal/sys"

func newBell() (wait, ring int, errno sys.Errno) {
	fds, errno := sys.Pipe()
	return fds[0], fds[1], errno
}
