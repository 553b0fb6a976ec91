package reactor_test

import (
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// allocs checks that fn allocates nothing, on whichever goroutine.
func allocs(t *testing.T, what string, fn func()) {
	t.Helper()
	if reactor.Race {
		t.Skip("the race detector allocates")
	}
	if n := testing.AllocsPerRun(2000, fn); n != 0 {
		t.Errorf("%s: %v allocations, want none", what, n)
	}
}

func TestWaitAllocatesNothing(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			h, peer := pair(t, newGroup(t, c, 1).Next())
			arm(t, h)
			h.Loop().Harvest()
			var p [8]byte
			round := func(deadline int64) func() {
				return func() {
					sys.Send(peer, p[:1], 0)
					w := reactor.NewWaiter()
					w.Watch(h, reactor.Readable)
					for h.Readiness(reactor.Readable) == 0 {
						w.Wait(deadline)
					}
					w.Release()
					since, _ := h.Acquire()
					n, _ := sys.Recv(h.Fileno(), p[:], 0)
					h.Clear(since, reactor.Readable)
					h.Release()
					if n != 1 {
						t.Errorf("received %d bytes", n)
					}
				}
			}
			allocs(t, "wait for ever", round(reactor.Never))
			allocs(t, "wait with a deadline", round(reactor.Now()+int64(time.Hour)))
		})
	}
}

func TestPostAllocatesNothing(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			l := newGroup(t, c, 1).Next()
			done := make(chan struct{}, 1)
			fn := func() { done <- struct{}{} }
			allocs(t, "post", func() {
				if l.Post(fn) == nil {
					<-done
				}
			})
		})
	}
}

func TestTimerAllocatesNothing(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			l := newGroup(t, c, 1).Next()
			done := make(chan struct{}, 1)
			tm := l.After(time.Hour, func() { done <- struct{}{} })
			d := time.Hour
			allocs(t, "reset to later", func() { d += time.Second; tm.Reset(d) })
			allocs(t, "reset to earlier", func() { d -= time.Second; tm.Reset(d) })
			allocs(t, "stop and set", func() { tm.Stop(); tm.Reset(time.Hour) })
			allocs(t, "expiry", func() { tm.Reset(time.Microsecond); <-done })
		})
	}
}

func TestHarvestAllocatesNothing(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			h, peer := pair(t, newGroup(t, c, 1).Next())
			arm(t, h)
			var p [8]byte
			allocs(t, "harvest", func() {
				sys.Send(peer, p[:1], 0)
				h.Loop().Harvest()
				since := h.Snapshot()
				sys.Recv(h.Fileno(), p[:], 0)
				h.Clear(since, reactor.Readable)
				h.Loop().Harvest()
			})
		})
	}
}

type echo struct{ done chan struct{} }

func (e *echo) Ready(h *reactor.Handle, _ reactor.Readiness) {
	var p [8]byte
	if n, _ := sys.Recv(h.Fileno(), p[:], 0); n > 0 {
		e.done <- struct{}{}
	}
}

func TestHandlerAllocatesNothing(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			h, peer := pair(t, newGroup(t, c, 1).Next())
			e := &echo{make(chan struct{}, 1)}
			if err := h.SetHandler(e); err != nil {
				t.Fatal(err)
			}
			p := []byte("x")
			allocs(t, "edge to handler", func() { sys.Send(peer, p, 0); <-e.done })
		})
	}
}
