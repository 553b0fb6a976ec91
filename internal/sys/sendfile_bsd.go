//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import "golang.org/x/sys/unix"

// sendfile returns ENOSYS on NetBSD and OpenBSD. The others may say EAGAIN or
// EINTR after a part, which then counts.
func sendfile(socket, file int, offset int64, n int) (int, Errno) {
	sent, err := unix.Sendfile(socket, file, &offset, n)
	if errno := errnoOf(err); errno != 0 && (sent <= 0 || errno != EAGAIN && errno != EINTR) {
		return 0, errno
	}
	return sent, 0
}
