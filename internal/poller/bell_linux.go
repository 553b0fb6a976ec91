//go:build linux

package poller

import "github.com/pollux-net/pollux/internal/sys"

func newBell() (wait, ring int, errno sys.Errno) {
	fd, errno := sys.Eventfd()
	return fd, fd, errno
}
