package poller_test

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
)

func dup(fd int) (int, sys.Errno) {
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	var errno sys.Errno
	errors.As(err, &errno)
	return n, errno
}

// dupTo makes the number to another name of from's file.
func dupTo(t *testing.T, from, to int) {
	t.Helper()
	if err := unix.Dup2(from, to); err != nil {
		t.Fatal(err)
	}
}
