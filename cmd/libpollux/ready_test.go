//go:build libpollux

package main

import (
	"context"
	"errors"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

func TestMain(m *testing.M) { leak.Main(m) }

// failSecond makes the second change of O_NONBLOCK fail.
func failSecond(t *testing.T) {
	t.Helper()
	n := 0
	t.Cleanup(sys.SetHook(func(c sys.Call) (f sys.Fault) {
		if c.Op == sys.OpSetNonblock {
			if n++; n == 2 {
				f.Errno = sys.EINVAL
			}
		}
		return f
	}))
}

// noSockets fails the test if the default group still has any.
func noSockets(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := reactor.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

// TestReadyFails leaves no socket behind when one cannot be made ready.
func TestReadyFails(t *testing.T) {
	a, b, err := fdsock.SocketPair()
	if err != nil {
		t.Fatal(err)
	}
	failSecond(t)
	if err := ready(a, b); !errors.Is(err, sys.EINVAL) {
		t.Errorf("error is %v, want %v", err, sys.EINVAL)
	}
	if a.Fileno() != -1 || b.Fileno() != -1 {
		t.Error("the sockets are open")
	}
	noSockets(t)
}

// TestAdoptFails leaves the caller's descriptor open.
func TestAdoptFails(t *testing.T) {
	fds, errno := sys.Socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	for _, fd := range fds {
		sys.SetNonblock(fd, false)
	}
	failSecond(t)
	if _, err := adopt(fds[0], fdsock.Detect, fdsock.Detect, fdsock.Detect); !errors.Is(err, sys.EINVAL) {
		t.Errorf("error is %v, want %v", err, sys.EINVAL)
	}
	for _, fd := range fds {
		if errno := sys.Close(fd); errno != 0 {
			t.Errorf("descriptor %d: %v", fd, errno)
		}
	}
	noSockets(t)
}
