//go:build linux

package sys_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
)

// queue is an epoll descriptor that watches a, which is writable.
func (f *fixture) queue() int {
	fd, errno := sys.EpollCreate()
	f.check(errno)
	f.closes(fd)
	f.check(sys.EpollAdd(fd, f.a, sys.EPOLLOUT, 1<<40+7))
	return fd
}

func init() { //nolint:gochecknoinits // adds to a table of tests
	attempts[sys.OpQueueCreate] = func(f *fixture) sys.Errno {
		fd, errno := sys.EpollCreate()
		f.made(errno, fd)
		return errno
	}
	attempts[sys.OpWakeCreate] = func(f *fixture) sys.Errno {
		fd, errno := sys.Eventfd()
		f.made(errno, fd)
		return errno
	}
	attempts[sys.OpQueueControl] = func(f *fixture) sys.Errno {
		fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
		if err != nil {
			f.t.Fatal(err)
		}
		f.closes(fd)
		return sys.EpollAdd(fd, f.a, sys.EPOLLIN, 0)
	}
	attempts[sys.OpQueueWait] = func(f *fixture) sys.Errno {
		var events [4]sys.EpollEvent
		q := f.queue()
		n, errno := sys.EpollWait(q, events[:])
		if errno == 0 && (n != 1 || sys.EpollData(&events[0]) != 1<<40+7 || events[0].Events != sys.EPOLLOUT) {
			f.t.Errorf("%d events, the first %+v", n, events[0])
		}
		return errno
	}
}

// TestBlockingWait fails, interrupts and ends the one call that may block.
func TestBlockingWait(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	var events [4]sys.EpollEvent
	for _, c := range []struct {
		inject, want sys.Errno
		n            int
	}{
		{sys.EBADF, sys.EBADF, 0},
		{sys.EINTR, 0, 0}, // an interrupted wait returns no events
		{0, 0, 1},
	} {
		restore := sys.SetHook(func(sys.Call) sys.Fault { return sys.Fault{Errno: c.inject} })
		n, errno := sys.EpollWaitBlocking(q, events[:], -1)
		restore()
		if n != c.n || errno != c.want {
			t.Errorf("with %v: %d events, %v", c.inject, n, errno)
		}
	}
	f.check(sys.EpollDel(q, f.a))
	if n, errno := sys.EpollWaitBlocking(q, events[:], 1); n != 0 || errno != 0 {
		t.Errorf("a wait for a nanosecond: %d events, %v", n, errno)
	}
	if errno := sys.EpollDel(q, f.a); errno != sys.ENOENT {
		t.Errorf("second removal: %v", errno)
	}
}
