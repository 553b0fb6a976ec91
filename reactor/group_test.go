package reactor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

func TestGroupLoops(t *testing.T) {
	g := newGroup(t, reactor.Config{}, 3)
	seen := make(map[int]int)
	for range 30 {
		seen[g.Next().Index()]++
	}
	if len(g.Loops()) != 3 || seen[0] != 10 || seen[1] != 10 || seen[2] != 10 {
		t.Errorf("%d loops, taken %v times", len(g.Loops()), seen)
	}
	for range 9 {
		pair(t, g.LeastLoaded())
	}
	for _, l := range g.Loops() {
		if n := l.Stats().Handles; n != 3 {
			t.Errorf("loop %d has %d handles of 9", l.Index(), n)
		}
	}
	all := newGroup(t, reactor.Config{}, 0)
	if got := len(all.Loops()); got != runtime.GOMAXPROCS(0) {
		t.Errorf("%d loops by default", got)
	}
}

// refused waits until the group takes no more handles.
func refused(t *testing.T, g *reactor.Group) {
	t.Helper()
	fds := socketpair(t)
	defer sys.Close(fds[0])
	defer sys.Close(fds[1])
	until(t, "the group refuses handles", func() bool {
		h, err := g.Next().NewHandle(fds[0], "late")
		if err != nil {
			wantErr(t, err, reactor.ErrClosed)
			return true
		}
		h.Detach()
		return false
	})
}

func TestShutdownWaits(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t, c, 2)
			a, _ := pair(t, g.Next())
			b, _ := pair(t, g.Next())
			arm(t, a)
			done := make(chan error, 1)
			go func() { done <- g.Shutdown(context.Background()) }()
			refused(t, g)
			settle(t, a.Loop()) // it still runs
			if err := a.Close(); err != nil {
				t.Error(err)
			}
			if len(done) != 0 {
				t.Fatal("ended with a handle open")
			}
			sys.Close(b.Detach())
			if err := receive(t, done, "the end of Shutdown"); err != nil {
				t.Error(err)
			}
			wantErr(t, a.Loop().Post(func() {}), reactor.ErrClosed)
		})
	}
}

// TestShutdownRacesClose closes the last handles of two loops at once.
func TestShutdownRacesClose(t *testing.T) {
	for range rounds(1000) {
		g, err := reactor.NewGroup(reactor.Config{Loops: 2})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for _, l := range g.Loops() {
			h, _ := pair(t, l)
			wg.Go(func() {
				if err := h.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		done := make(chan error, 1)
		go func() { done <- g.Shutdown(context.Background()) }()
		if err := receive(t, done, "the end of Shutdown"); err != nil {
			t.Error(err)
		}
		wg.Wait()
	}
}

func TestShutdownGivesUp(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			var trace bytes.Buffer
			c.Loops, c.Trace = 1, &trace
			g, err := reactor.NewGroup(c)
			if err != nil {
				t.Fatal(err)
			}
			fds := socketpair(t)
			defer sys.Close(fds[1])
			_, _, line, _ := runtime.Caller(0)
			h, err := g.Next().NewHandle(fds[0], "tcp")
			if err != nil {
				t.Fatal(err)
			}
			told := make(chan reactor.Readiness)
			go func() { told <- await(t, h, reactor.Priority) }()
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan error)
			go func() { done <- g.Shutdown(ctx) }()
			refused(t, g)
			cancel()
			if r := receive(t, told, "the waiter's end"); r != reactor.Closed {
				t.Errorf("the waiter saw %v", r)
			}
			err = receive(t, done, "the end of Shutdown")
			want := fmt.Sprintf("reactor: 1 handles open at shutdown: fd %d (tcp) made at group_test.go:%d", fds[0], line+1)
			if err == nil || err.Error() != want {
				t.Errorf("error is %q, want %q", err, want)
			}
			var open *reactor.OpenHandlesError
			if !errors.As(err, &open) || len(open.Handles) != 1 || open.Handles[0].FD != fds[0] {
				t.Errorf("error is %#v", err)
			}
			if isOpen(fds[0]) {
				t.Error("the descriptor is open")
			}
			if err := g.Shutdown(context.Background()); err != nil {
				t.Errorf("second Shutdown: %v", err)
			}
		})
	}
}

func TestCloseReportsManyHandles(t *testing.T) {
	g, err := reactor.NewGroup(reactor.Config{Loops: 2})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		fds := socketpair(t)
		for _, fd := range fds {
			if _, err := g.Next().NewHandle(fd, "unix"); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = g.Close()
	if err == nil || !strings.HasPrefix(err.Error(), "reactor: 10 handles open at shutdown: fd ") ||
		!strings.HasSuffix(err.Error(), " (unix); and 2 more") || strings.Contains(err.Error(), "made at") {
		t.Errorf("error is %q", err)
	}
}

// TestCloseFromMany has several goroutines close a group: each returns only
// when the loops have ended.
func TestCloseFromMany(t *testing.T) {
	for range rounds(200) {
		g, err := reactor.NewGroup(reactor.Config{Loops: 2})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := g.Close(); err != nil {
					t.Error(err)
				}
				wantErr(t, g.Next().Post(func() {}), reactor.ErrClosed)
			})
		}
		wg.Wait()
	}
}

// TestHandleOutlivesGroup ends the group while a handle is half closed. The
// other half must not reach a queue that has the number of the old one, and
// nobody has forgotten the handle.
func TestHandleOutlivesGroup(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			c.Loops = 1
			g, err := reactor.NewGroup(c)
			if err != nil {
				t.Fatal(err)
			}
			h, _ := pair(t, g.Next())
			arm(t, h)
			end := h.BeginClose()
			if err := g.Close(); err != nil {
				t.Error(err)
			}
			restore := sys.SetHook(func(call sys.Call) sys.Fault {
				if call.Op != sys.OpClose {
					t.Errorf("a handle of a group that has ended makes a call: %v", call.Op)
				}
				return sys.Fault{}
			})
			end()
			h.Requeue()
			h.Kick()
			h.Loop().Harvest()
			restore()
		})
	}
}

func TestDefault(t *testing.T) {
	first, err := reactor.Default()
	if err != nil {
		t.Fatal(err)
	}
	same, err := reactor.Default()
	if err != nil || same != first {
		t.Errorf("Default is %p and then %p, %v", first, same, err)
	}
	if err := reactor.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := reactor.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown of nothing: %v", err)
	}
	wantErr(t, first.Next().Post(func() {}), reactor.ErrClosed)
	again, err := reactor.Default()
	if err != nil || again == first {
		t.Errorf("Default after Shutdown is %p, was %p, %v", again, first, err)
	}
	settle(t, again.Next())
	if err := reactor.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}
