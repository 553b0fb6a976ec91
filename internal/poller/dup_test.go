package poller_test

import (
	"errors"
	"syscall"
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
	if err := syscall.Close(to); err != nil { // the lowest free number from here on is this one
		t.Fatal(err)
	}
	got, err := unix.FcntlInt(uintptr(from), unix.F_DUPFD_CLOEXEC, to)
	if err != nil || got != to {
		t.Fatalf("fd %d became %d: %v", from, got, err)
	}
}
