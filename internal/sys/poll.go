package sys

import "golang.org/x/sys/unix"

// PollFD is one entry of poll(2).
type PollFD = unix.PollFd

// The poll(2) event bits.
const (
	PollIn   = unix.POLLIN
	PollPri  = unix.POLLPRI
	PollOut  = unix.POLLOUT
	PollErr  = unix.POLLERR
	PollHup  = unix.POLLHUP
	PollNval = unix.POLLNVAL
)

// PollNow reports the present readiness of fds, without waiting. It returns
// how many entries have a nonzero Revents.
func PollNow(fds []PollFD) (int, Errno) {
	for {
		errno := inject(OpPoll, -1)
		if errno == 0 {
			var n int
			if n, errno = pollNow(fds); errno == 0 {
				return n, 0
			}
		}
		if errno != EINTR {
			return 0, errno
		}
	}
}

// PollInterruptible waits on the calling thread until one of fds is ready, for
// at most ns nanoseconds, or without limit when ns is negative. It is the one
// call that reports EINTR.
func PollInterruptible(fds []PollFD, ns int64) (int, Errno) {
	if errno := inject(OpPoll, -1); errno != 0 {
		return 0, errno
	}
	n, err := pollFor(fds, ns)
	return max(n, 0), errnoOf(err)
}
