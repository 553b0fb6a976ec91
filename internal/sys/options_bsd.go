//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import "golang.org/x/sys/unix"

// getsockopt can read options of the size of an int only: package unix offers
// no other way that every system has.
func getsockopt(fd, level, name int, p []byte) (int, Errno) {
	value, err := unix.GetsockoptInt(fd, level, name)
	if err != nil {
		return 0, errnoOf(err)
	}
	n := 0
	for ; n < len(p) && n < 4; n++ {
		p[n] = byte(value >> (8 * n))
	}
	return n, 0
}

func setsockopt(fd, level, name int, p []byte, nilLen int) Errno {
	if p == nil && nilLen > 0 {
		return EINVAL
	}
	return errnoOf(unix.SetsockoptString(fd, level, name, string(p)))
}
