//go:build linux

package pyselect_test

import (
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
)

// TestPollBareSleeps has a Poll wait for what a bare descriptor is not ready
// for, while it is ready for other things: it must not look again and again.
func TestPollBareSleeps(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	a, b := pyselect.FD(fds[0]), pyselect.FD(fds[1])
	defer closeBare(t, b)
	write(t, a, "x")
	p := newPoll(t, pyselect.POLLRDHUP, b)
	var looks atomic.Int64
	restore := sys.SetHook(func(c sys.Call) sys.Fault {
		if c.Op == sys.OpPoll {
			looks.Add(1)
		}
		return sys.Fault{}
	})
	poll(p, 50*time.Millisecond).wants(t)
	restore()
	if n := looks.Load(); n < 1 || n > 10 {
		t.Errorf("Poll looked %d times", n)
	}
	waiting := beginPoll(t, forever(p))
	closeBare(t, a)
	receive(t, waiting, "the end").wants(t, at(b, pyselect.POLLRDHUP|pyselect.POLLHUP))
}
