//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Kqueue makes a close-on-exec kqueue.
func Kqueue() (fd int, errno Errno) {
	fd = -1
	errno = retry(OpQueueCreate, -1, func() (err error) {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		if fd, err = unix.Kqueue(); err == nil {
			unix.CloseOnExec(fd)
		}
		return err
	})
	return fd, errno
}

// KqueueChange applies changes to a kqueue.
func KqueueChange(kq int, changes []unix.Kevent_t) Errno {
	return retry(OpQueueControl, kq, func() error {
		_, err := unix.Kevent(kq, changes, nil, nil)
		return err
	})
}

// KqueueWait takes events, waiting for at most ns nanoseconds, or without
// limit when ns is negative. An interrupted wait returns no events, and so does
// one of more than 11 days, of which systems may refuse much longer ones.
func KqueueWait(kq int, events []unix.Kevent_t, ns int64) (int, Errno) {
	if errno := inject(OpQueueWait, kq); errno != 0 && errno != EINTR {
		return 0, errno
	}
	var limit *unix.Timespec
	if ns >= 0 {
		ts := unix.NsecToTimespec(min(ns, 1e15))
		limit = &ts
	}
	n, err := unix.Kevent(kq, nil, events, limit)
	if errno := errnoOf(err); errno != 0 && errno != EINTR {
		return 0, errno
	}
	return max(n, 0), 0
}

// KqueueControl applies changes and takes the events there are, without
// waiting. A change that fails is an event with EV_ERROR if there is room for
// it, and ends the call otherwise.
func KqueueControl(kq int, changes, events []unix.Kevent_t) (n int, errno Errno) {
	var zero unix.Timespec
	errno = retry(OpQueueControl, kq, func() (err error) {
		n, err = unix.Kevent(kq, changes, events, &zero)
		return err
	})
	return max(n, 0), errno
}

// Pipe makes a pipe, nonblocking and close-on-exec; the first descriptor is
// for reading.
func Pipe() (fds [2]int, errno Errno) {
	errno = retry(OpWakeCreate, -1, func() error {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		p := make([]int, 2)
		if err := unix.Pipe(p); err != nil {
			return err
		}
		fds = [2]int{p[0], p[1]}
		return adoptPair(fds)
	})
	if errno != 0 {
		return [2]int{-1, -1}, errno
	}
	return fds, 0
}
