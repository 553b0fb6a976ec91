//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import "golang.org/x/sys/unix"

func pollNow(fds []PollFD) (int, Errno) {
	n, err := unix.Poll(fds, 0)
	return n, errnoOf(err)
}

// pollFor rounds up to a millisecond.
func pollFor(fds []PollFD, ns int64) (int, error) {
	ms := -1
	if ns >= 0 {
		ms = int(min((ns+999_999)/1_000_000, 1<<30))
	}
	return unix.Poll(fds, ms)
}

// Further poll(2) event bits; 0 where the system has none of the kind.
const (
	PollRdNorm = unix.POLLRDNORM
	PollRdBand = unix.POLLRDBAND
	PollWrNorm = unix.POLLOUT
	PollWrBand = unix.POLLWRBAND
	PollRdHup  = 0
)
