//go:build !openbsd

package sys_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
)

func TestKeepAlive(t *testing.T) {
	fd := tcpSocket(t)
	count, _ := sys.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPCNT)
	if errno := sys.SetKeepAlive(fd, 0, 7, -1); errno != 0 {
		t.Fatal(errno)
	}
	wantOption(t, fd, sys.SOL_SOCKET, sys.SO_KEEPALIVE, 1)
	wantOption(t, fd, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 7)
	wantOption(t, fd, unix.IPPROTO_TCP, unix.TCP_KEEPCNT, count) // as it was
	if errno := sys.SetKeepAlive(-1, 1, 1, 1); errno != sys.EBADF {
		t.Error(errno)
	}
	calls := 0
	defer sys.SetHook(func(c sys.Call) sys.Fault {
		if calls++; calls == 2 {
			return sys.Fault{Errno: unix.EINVAL}
		}
		return sys.Fault{}
	})()
	if errno := sys.SetKeepAlive(fd, 1, 1, 1); errno != sys.EINVAL {
		t.Error(errno)
	}
}
