//go:build linux

package sys

import "golang.org/x/sys/unix"

func sendfile(socket, file int, offset int64, n int) (int, Errno) {
	sent, err := unix.Sendfile(socket, file, &offset, n)
	return sent, errnoOf(err)
}

// Pipe makes a blocking, close-on-exec pipe, for Splice.
func Pipe() (r, w int, errno Errno) {
	var p [2]int
	errno = retry(OpPipe, -1, func() error { return unix.Pipe2(p[:], unix.O_CLOEXEC) })
	if errno != 0 {
		return -1, -1, errno
	}
	return p[0], p[1], 0
}

// Splice moves at most n bytes from one descriptor to another, one of which is
// a pipe; 0 is the end. It may wait if neither the descriptor that has to is
// nonblocking. See splice(2).
func Splice(from, to, n int) (int, Errno) {
	for {
		limit, errno := injectCount(OpSplice, from, n)
		if errno == 0 {
			var moved int64
			if moved, errno = splice(from, to, limit); errno == 0 {
				return int(moved), 0
			}
		}
		if errno != EINTR {
			return 0, errno
		}
	}
}

func splice(from, to, n int) (int64, Errno) {
	moved, err := unix.Splice(from, nil, to, nil, n, unix.SPLICE_F_MOVE)
	return int64(moved), errnoOf(err) //nolint:unconvert // an int on 32-bit systems
}
