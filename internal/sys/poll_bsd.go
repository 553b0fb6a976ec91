//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import "golang.org/x/sys/unix"

func pollNow(fds []PollFD) (int, Errno) {
	n, err := unix.Poll(fds, 0)
	return n, errnoOf(err)
}

// Further poll(2) event bits; 0 where the system has none of the kind.
const (
	PollRdNorm = unix.POLLRDNORM
	PollRdBand = unix.POLLRDBAND
	PollWrNorm = unix.POLLOUT
	PollWrBand = unix.POLLWRBAND
	PollRdHup  = 0
)
