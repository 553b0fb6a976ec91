package sys_test

import (
	"errors"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
)

func tcpSocket(t *testing.T) int {
	t.Helper()
	fd, errno := sys.Socket(sys.AF_INET, sys.SOCK_STREAM, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	t.Cleanup(func() { sys.Close(fd) })
	return fd
}

func wantOption(t *testing.T, fd, level, name, want int) {
	t.Helper()
	if got, errno := sys.GetsockoptInt(fd, level, name); errno != 0 || got != want {
		t.Errorf("option %d of level %d is %d (%v), want %d", name, level, got, errno, want)
	}
}

func TestNoDelay(t *testing.T) {
	fd := tcpSocket(t)
	for want, on := range []bool{false, true} {
		if errno := sys.SetNoDelay(fd, on); errno != 0 {
			t.Fatal(errno)
		}
		wantOption(t, fd, sys.IPPROTO_TCP, sys.TCP_NODELAY, want)
	}
}

// TestReusePort has two listeners on one address, where they share the load.
func TestReusePort(t *testing.T) {
	sa := sys.Inet(netip.MustParseAddrPort("127.0.0.1:0"))
	for range 2 {
		fd := tcpSocket(t)
		if errno := sys.SetReusePort(fd); errors.Is(errno, sys.EOPNOTSUPP) {
			t.Skip("SO_REUSEPORT does not spread connections here")
		} else if errno != 0 {
			t.Fatal(errno)
		}
		if errno := sys.Bind(fd, &sa); errno != 0 {
			t.Fatal(errno)
		}
		if errno := sys.Listen(fd, 1); errno != 0 {
			t.Fatal(errno)
		}
		sa, _ = sys.Getsockname(fd)
	}
}

func TestIsListener(t *testing.T) {
	fd := tcpSocket(t)
	if is, errno := sys.IsListener(fd); is || errno != 0 {
		t.Error(is, errno)
	}
	if errno := sys.Listen(fd, 1); errno != 0 {
		t.Fatal(errno)
	}
	if is, errno := sys.IsListener(fd); !is || errno != 0 {
		t.Error(is, errno)
	}
	dgram, errno := sys.Socket(sys.AF_INET, sys.SOCK_DGRAM, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	defer sys.Close(dgram)
	if is, errno := sys.IsListener(dgram); is || errno != 0 {
		t.Error(is, errno)
	}
	var pipe [2]int
	if err := unix.Pipe(pipe[:]); err != nil {
		t.Fatal(err)
	}
	defer sys.Close(pipe[0])
	defer sys.Close(pipe[1])
	if is, errno := sys.IsListener(pipe[0]); is || errno != sys.ENOTSOCK {
		t.Error(is, errno)
	}
}
