package reactor_test

import (
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

type owner struct{ reactor.Pollable }

func TestLookup(t *testing.T) {
	g := newGroup(t, reactor.Config{}, 2)
	for _, fd := range []int{-1, 1 << 30} {
		if p := reactor.Lookup(fd); p != nil {
			t.Errorf("fd %d belongs to %v", fd, p)
		}
	}
	h, peer := pair(t, g.Next())
	fd := h.Fileno()
	if reactor.Lookup(fd) != reactor.Pollable(h) || reactor.Lookup(peer) != nil {
		t.Errorf("Lookup gives %v and %v", reactor.Lookup(fd), reactor.Lookup(peer))
	}
	mine := owner{h}
	h.SetOwner(mine)
	if reactor.Lookup(fd) != reactor.Pollable(mine) {
		t.Errorf("Lookup gives %v, want the owner", reactor.Lookup(fd))
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if reactor.Lookup(fd) != nil {
		t.Error("Lookup finds a closed handle")
	}
}

// TestLookupHighNumbers makes the table grow while others read it.
func TestLookupHighNumbers(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < 6000 {
		t.Skipf("needs descriptor numbers up to 6000, the limit is %d", limit.Cur)
	}
	g := newGroup(t, reactor.Config{}, 1)
	var wg sync.WaitGroup
	for i := range 5 {
		wg.Go(func() {
			fds := socketpair(t)
			defer sys.Close(fds[0])
			defer sys.Close(fds[1])
			high, err := unix.FcntlInt(uintptr(fds[0]), unix.F_DUPFD_CLOEXEC, 1000*(i+1))
			if err != nil {
				t.Error(err)
				return
			}
			h := handle(t, g.Next(), high)
			if reactor.Lookup(high) != reactor.Pollable(h) {
				t.Errorf("fd %d is not found", high)
			}
		})
	}
	wg.Wait()
}
