//go:build linux

package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// pollNow uses ppoll because some architectures have no poll. The kernel
// writes the time left into the timespec, hence a fresh one for each call.
func pollNow(fds []PollFD) (int, Errno) {
	var first unsafe.Pointer
	if len(fds) > 0 {
		first = unsafe.Pointer(&fds[0])
	}
	var zero unix.Timespec
	n, _, errno := unix.RawSyscall6(unix.SYS_PPOLL, uintptr(first), uintptr(len(fds)), uintptr(unsafe.Pointer(&zero)), 0, 0, 0)
	return int(n), errno
}

func pollFor(fds []PollFD, ns int64) (int, error) {
	if ns < 0 {
		return unix.Ppoll(fds, nil, nil)
	}
	limit := unix.NsecToTimespec(ns)
	return unix.Ppoll(fds, &limit, nil)
}

// Further poll(2) event bits; 0 where the system has none of the kind.
const (
	PollRdNorm = unix.EPOLLRDNORM
	PollRdBand = unix.EPOLLRDBAND
	PollWrNorm = unix.EPOLLWRNORM
	PollWrBand = unix.EPOLLWRBAND
	PollRdHup  = unix.EPOLLRDHUP
)
