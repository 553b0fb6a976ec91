package sys_test

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
)

// fixture holds descriptors in the states that calls want.
type fixture struct {
	t        testing.TB
	fresh    int // a new TCP socket
	datagram int // a new UDP socket
	listener int // with a connection to accept
	addr     sys.Sockaddr
	any      sys.Sockaddr
	a, full  int // the ends of a stream; full has data
	spare    int // to be closed
	data     []byte
	n        int // what the last transfer moved
}

var localhost = netip.MustParseAddrPort("127.0.0.1:0")

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	f := &fixture{t: tb, any: sys.Inet(localhost), data: []byte("0123456789")}
	f.fresh = f.socket(sys.SOCK_STREAM)
	f.datagram = f.socket(sys.SOCK_DGRAM)
	f.listener = f.socket(sys.SOCK_STREAM)
	f.spare, _ = sys.Socket(sys.AF_INET, sys.SOCK_STREAM, 0)
	f.check(sys.Bind(f.listener, &f.any))
	f.check(sys.Listen(f.listener, 4))
	var errno sys.Errno
	f.addr, errno = sys.Getsockname(f.listener)
	f.check(errno)
	for range 3 {
		if errno := sys.Connect(f.socket(sys.SOCK_STREAM), &f.addr); errno != sys.EINPROGRESS {
			f.check(errno)
		}
	}
	fds, errno := sys.Socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0)
	f.check(errno)
	f.a, f.full = fds[0], fds[1]
	f.closes(f.a, f.full)
	for range 3 {
		_, errno = sys.Send(f.a, f.data, 0)
		f.check(errno)
	}
	tb.Cleanup(func() { _ = unix.Close(f.spare) }) // unless the test has
	return f
}

func (f *fixture) socket(typ int) int {
	f.t.Helper()
	fd, errno := sys.Socket(sys.AF_INET, typ, 0)
	f.check(errno)
	f.closes(fd)
	return fd
}

func (f *fixture) check(errno sys.Errno) {
	f.t.Helper()
	if errno != 0 {
		f.t.Fatal(errno)
	}
}

func (f *fixture) closes(fds ...int) {
	f.t.Cleanup(func() {
		for _, fd := range fds {
			sys.Close(fd)
		}
	})
}

// made checks the descriptors that a call says it has made: nonblocking and
// close-on-exec, or -1 when it has failed.
func (f *fixture) made(errno sys.Errno, fds ...int) {
	f.t.Helper()
	for _, fd := range fds {
		if errno != 0 {
			if fd != -1 {
				f.t.Errorf("failed with %v and descriptor %d", errno, fd)
			}
			continue
		}
		f.closes(fd)
		status, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if err != nil || status&unix.O_NONBLOCK == 0 {
			f.t.Errorf("the descriptor blocks: %#x, %v", status, err)
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC == 0 {
			f.t.Errorf("children inherit the descriptor: %#x, %v", flags, err)
		}
	}
}

func (f *fixture) moved(n int, errno sys.Errno) sys.Errno {
	f.n = n
	return errno
}

func (f *fixture) spareIsClosed() {
	f.t.Helper()
	if _, err := unix.FcntlInt(uintptr(f.spare), unix.F_GETFD, 0); err != unix.EBADF {
		f.t.Errorf("the descriptor is open: %v", err)
	}
}
