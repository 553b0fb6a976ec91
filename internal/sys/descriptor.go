package sys

import "golang.org/x/sys/unix"

// Dup duplicates a descriptor, close-on-exec.
func Dup(fd int) (nfd int, errno Errno) {
	nfd = -1
	errno = retry(OpDup, fd, func() (err error) {
		nfd, err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		return err
	})
	return nfd, errno
}

// Inheritable reports whether a child process gets the descriptor.
func Inheritable(fd int) (yes bool, errno Errno) {
	errno = retry(OpFcntl, fd, func() error {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		yes = flags&unix.FD_CLOEXEC == 0
		return err
	})
	return yes, errno
}

// SetInheritable says whether a child process gets the descriptor.
func SetInheritable(fd int, yes bool) Errno {
	flags := unix.FD_CLOEXEC
	if yes {
		flags = 0
	}
	return retry(OpFcntl, fd, func() error {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, flags)
		return err
	})
}

// Nonblocking reports whether the descriptor has O_NONBLOCK.
func Nonblocking(fd int) (yes bool, errno Errno) {
	errno = retry(OpFcntl, fd, func() error {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		yes = flags&unix.O_NONBLOCK != 0
		return err
	})
	return yes, errno
}
