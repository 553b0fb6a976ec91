//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import "golang.org/x/sys/unix"

func pollNow(fds []PollFD) (int, Errno) {
	n, err := unix.Poll(fds, 0)
	return n, errnoOf(err)
}
