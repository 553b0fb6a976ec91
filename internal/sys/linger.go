package sys

import "golang.org/x/sys/unix"

// GetLinger reads SO_LINGER.
func GetLinger(fd int) (on bool, seconds int, errno Errno) {
	errno = retry(OpGetsockopt, fd, func() error {
		l, err := unix.GetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER)
		if err == nil {
			on, seconds = l.Onoff != 0, int(l.Linger)
		}
		return err
	})
	return on, seconds, errno
}

// SetLinger sets SO_LINGER: with it, closing waits up to seconds for the output
// to be taken, 0 resets the connection at once.
func SetLinger(fd, seconds int) Errno {
	l := unix.Linger{Onoff: 1, Linger: int32(seconds)}
	return retry(OpSetsockopt, fd, func() error { return unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &l) })
}

// GetTimeval reads an option that is a struct timeval, in nanoseconds.
func GetTimeval(fd, level, name int) (ns int64, errno Errno) {
	errno = retry(OpGetsockopt, fd, func() error {
		tv, err := unix.GetsockoptTimeval(fd, level, name)
		if err == nil {
			ns = tv.Nano()
		}
		return err
	})
	return ns, errno
}

// SetTimeval sets an option that is a struct timeval, from nanoseconds,
// which are rounded up to a microsecond.
func SetTimeval(fd, level, name int, ns int64) Errno {
	tv := unix.NsecToTimeval(ns) // rounds up
	return retry(OpSetsockopt, fd, func() error { return unix.SetsockoptTimeval(fd, level, name, &tv) })
}
