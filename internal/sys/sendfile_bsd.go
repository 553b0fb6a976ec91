//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import "golang.org/x/sys/unix"

// sendfile returns ENOSYS on NetBSD and OpenBSD. The others may fail after
// a part, which counts; the next call meets the error again.
func sendfile(socket, file int, offset int64, n int) (int, Errno) {
	sent, err := unix.Sendfile(socket, file, &offset, n)
	if errno := errnoOf(err); errno != 0 && sent <= 0 {
		return 0, errno
	}
	return sent, 0
}
