package reactor_test

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

func TestHandleBeforeArm(t *testing.T) {
	g := newGroup(t, reactor.Config{}, 1)
	h, _ := pair(t, g.Next())
	if h.Armed() {
		t.Error("armed from the start")
	}
	const unknown = reactor.Readable | reactor.Writable
	if r := h.Readiness(unknown); r != unknown {
		t.Errorf("readiness is %v, want %v: it is not known", r, unknown)
	}
	h.Clear(h.Snapshot(), unknown)
	if r := h.Readiness(unknown); r != unknown {
		t.Errorf("readiness is %v after Clear, want %v: nobody would be told", r, unknown)
	}
	arm(t, h)
	h.Loop().Harvest()
	if r := h.Readiness(unknown); r != reactor.Writable {
		t.Errorf("readiness is %v once armed, want %v", r, reactor.Writable)
	}
	if h.Kind() != "test" || h.Loop().Index() != 0 || h.Fileno() < 0 {
		t.Errorf("kind %q, loop %d, fd %d", h.Kind(), h.Loop().Index(), h.Fileno())
	}
}

func TestNewHandleRefusesNegative(t *testing.T) {
	g := newGroup(t, reactor.Config{}, 1)
	_, err := g.Next().NewHandle(-1, "test")
	wantErr(t, err, sys.EBADF)
	if n := g.Next().Stats().Handles; n != 0 {
		t.Errorf("%d handles", n)
	}
}

func TestRegularFileIsAlwaysReady(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t, c, 1)
			h := handle(t, g.Next(), openFile(t))
			const both = reactor.Readable | reactor.Writable
			for range 2 {
				arm(t, h)
				h.Clear(h.Snapshot(), both)
				if r := h.Readiness(both); r != both {
					t.Errorf("readiness is %v, want %v", r, both)
				}
			}
			if runtime.GOOS == "linux" && h.Armed() {
				t.Error("armed, which epoll refuses")
			}
			if r := await(t, h, reactor.Input); r != reactor.Readable {
				t.Errorf("waited for %v", r)
			}
			calls := make(chan reactor.Readiness, 1)
			left := 3
			err := h.SetHandler(handlerFunc(func(h *reactor.Handle, r reactor.Readiness) {
				if left--; left == 0 {
					calls <- r
					return
				}
				h.Requeue()
			}))
			if err != nil {
				t.Fatal(err)
			}
			if r := receive(t, calls, "the handler's third call"); r != both {
				t.Errorf("handler was told %v", r)
			}
		})
	}
}

// TestHandlerOfRegularFile sets a handler before anything has armed the file.
func TestHandlerOfRegularFile(t *testing.T) {
	l := newGroup(t, reactor.Config{}, 1).Next()
	h := handle(t, l, openFile(t))
	told := make(chan reactor.Readiness, 1)
	if err := h.SetHandler(handlerFunc(func(_ *reactor.Handle, r reactor.Readiness) { told <- r })); err != nil {
		t.Fatal(err)
	}
	if r := receive(t, told, "the first call"); r != reactor.Readable|reactor.Writable {
		t.Errorf("handler was told %v", r)
	}
}

// TestRegularFileNeverLooksUnready waits for a file while others subscribe:
// nobody would tell a waiter who found it not ready for a moment.
func TestRegularFileNeverLooksUnready(t *testing.T) {
	g := newGroup(t, reactor.Config{}, 1)
	for range rounds(500) {
		fd := openFile(t)
		h, err := g.Next().NewHandle(fd, "file")
		if err != nil {
			t.Fatal(err)
		}
		var stop atomic.Bool
		var wg sync.WaitGroup
		wg.Go(func() {
			for !stop.Load() {
				if r := h.Readiness(reactor.Input); r != reactor.Readable {
					t.Errorf("readiness is %v", r)
					return
				}
			}
		})
		for range 3 {
			await(t, h, reactor.Input)
		}
		stop.Store(true)
		wg.Wait()
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// openFile returns a descriptor of a regular file that the caller owns.
func openFile(t *testing.T) int {
	t.Helper()
	name := t.TempDir() + "/file"
	if err := os.WriteFile(name, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(name, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fd
}
