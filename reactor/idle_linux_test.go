//go:build linux

package reactor_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestIdleLoopsBlockNoThread looks at what the process's threads are blocked
// in while every loop is idle: the Go runtime's own poller may be the one
// thread in epoll_wait. With thread parking there must be one for each loop,
// which shows that the test can see them.
func TestIdleLoopsBlockNoThread(t *testing.T) {
	const loops = 4
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t, c, loops)
			for _, l := range g.Loops() {
				settle(t, l)
			}
			for _, l := range g.Loops() {
				until(t, "the loop parks", l.Parked)
			}
			if c.ThreadParking {
				until(t, "a thread blocks for each loop", func() bool { return threadsInEpoll(t) >= loops })
				return
			}
			for range 100 { // another thread looks into the runtime's queue in passing
				until(t, "one thread at most blocks", func() bool { return threadsInEpoll(t) <= 1 })
			}
			for _, l := range g.Loops() {
				if !l.Parked() {
					t.Errorf("loop %d has not stayed idle", l.Index())
				}
			}
		})
	}
}

// threadsInEpoll counts this process's threads that are blocked in a call on
// an epoll descriptor: epoll_wait, or one of its variants.
func threadsInEpoll(t *testing.T) (n int) {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/syscall")
	if err != nil || len(files) == 0 {
		t.Skip("this kernel does not show what threads are blocked in")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if os.IsPermission(err) {
			t.Skip("not allowed to see what threads are blocked in")
		}
		// The text is "running" or the numbers of the call and its arguments.
		call := strings.Fields(string(text))
		if len(call) < 2 {
			continue
		}
		fd, err := strconv.ParseUint(strings.TrimPrefix(call[1], "0x"), 16, 64)
		if err != nil {
			continue
		}
		if what, err := os.Readlink("/proc/self/fd/" + strconv.FormatUint(fd, 10)); err == nil && what == "anon_inode:[eventpoll]" {
			n++
		}
	}
	return n
}

// TestIdleLoopMakesNoCalls leaves idle loops alone: they must not look into
// their queues again and again.
func TestIdleLoopMakesNoCalls(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			l := newGroup(t, c, 1).Next()
			other := newGroup(t, c, 1).Next()
			settle(t, l)
			until(t, "the loop parks", l.Parked)
			before := l.Stats().Polls
			for range 1000 { // meanwhile the other is busy
				settle(t, other)
			}
			if got := l.Stats().Polls - before; got > 2 {
				t.Errorf("the idle loop looked %d times", got)
			}
		})
	}
}
