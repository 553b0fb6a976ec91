package reactor_test

import (
	"errors"
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// TestClosedHandle does nothing, without harm.
func TestClosedHandle(t *testing.T) {
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	l := g.Loops()[0]
	h := l.ClosedHandle("tcp")
	if _, ok := h.Acquire(); ok {
		t.Error("acquired")
	}
	if h.Fileno() != -1 || h.Kind() != "tcp" || h.Loop() != l || !h.Gone() || h.Readiness(reactor.Closed) == 0 {
		t.Error(h.Fileno(), h.Kind(), h.Gone(), h.Readiness(reactor.Closed))
	}
	h.Requeue()
	if err := h.Arm(); !errors.Is(err, reactor.ErrClosed) {
		t.Error(err)
	}
	if err := h.Close(); err != nil || h.Detach() != -1 {
		t.Error(err)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
}

// TestDone comes after what was posted before the end.
func TestDone(t *testing.T) {
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	l := g.Loops()[0]
	select {
	case <-l.Done():
		t.Error("a loop that runs is done")
	default:
	}
	called := false
	if err := l.Post(func() { called = true }); err != nil {
		t.Error(err)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	<-l.Done()
	if !called {
		t.Error("done before what was posted")
	}
}

// TestReplaceHandler gives a handle another handler from within the first.
func TestReplaceHandler(t *testing.T) {
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	fds, errno := sys.Socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	defer sys.Close(fds[1])
	h, err := g.Loops()[0].NewHandle(fds[0], "unix")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	first := 0 // of the loop
	second := make(chan reactor.Readiness, 1)
	err = h.SetHandler(handlerFunc(func(h *reactor.Handle, _ reactor.Readiness) {
		first++
		if err := h.SetHandler(handlerFunc(func(_ *reactor.Handle, r reactor.Readiness) {
			select {
			case second <- r:
			default:
			}
		})); err != nil {
			t.Error(err)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	if r := <-second; r&reactor.Writable == 0 || first != 1 {
		t.Errorf("the second handler is told %v, the first was called %d times", r, first)
	}
}
