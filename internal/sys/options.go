package sys

// GetsockoptBytes reads an option of at most len(p) bytes and returns how many
// the kernel filled in.
func GetsockoptBytes(fd, level, name int, p []byte) (int, Errno) {
	for {
		errno := inject(OpGetsockopt, fd)
		if errno == 0 {
			var n int
			if n, errno = getsockopt(fd, level, name, p); errno == 0 {
				return n, 0
			}
		}
		if errno != EINTR {
			return 0, errno
		}
	}
}

// SetsockoptBytes sets an option from p. A nil p with a length is Python's
// setsockopt(level, option, None, optlen): the kernel is given no address.
func SetsockoptBytes(fd, level, name int, p []byte, nilLen int) Errno {
	for {
		errno := inject(OpSetsockopt, fd)
		if errno == 0 {
			errno = setsockopt(fd, level, name, p, nilLen)
		}
		if errno != EINTR {
			return errno
		}
	}
}
