//go:build linux

package sys_test

import (
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
)

// TestShortWaitIsNotNone waits for less than the millisecond that epoll_wait(2)
// counts in: it is rounded up, or who waits so would spin.
func TestShortWaitIsNotNone(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	f.check(sys.EpollDel(q, f.a))
	var events [1]sys.EpollEvent
	began := time.Now()
	for range 10 {
		if n, errno := sys.EpollWaitBlocking(q, events[:], 1); n != 0 || errno != 0 {
			t.Fatalf("%d events, %v", n, errno)
		}
	}
	if took := time.Since(began); took < 5*time.Millisecond {
		t.Errorf("ten waits took %v", took)
	}
}
