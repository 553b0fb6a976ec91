package reactor_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// TestHarvestIsExact sends a byte and harvests: the readiness must be there,
// although the loop itself and the other goroutines harvest all the time.
func TestHarvestIsExact(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			const goroutines, loops = 6, 3
			g := newGroup(t, c, loops)
			var wg sync.WaitGroup
			for i := range goroutines {
				l := g.Loops()[i%loops]
				h, peer := pair(t, l)
				arm(t, h)
				wg.Go(func() {
					for round := range rounds(60_000) / goroutines {
						if !harvestRound(t, l, h, peer) {
							t.Errorf("round %d: not readable after a send and Harvest", round)
							return
						}
					}
				})
			}
			wg.Wait()
			for _, l := range g.Loops() {
				if s := l.Stats(); s.Stale != 0 || s.Faults != 0 {
					t.Errorf("loop %d: %+v", l.Index(), s)
				}
			}
		})
	}
}

func harvestRound(t *testing.T, l *reactor.Loop, h *reactor.Handle, peer int) bool {
	t.Helper()
	for h.Readiness(reactor.Readable)&reactor.Readable != 0 { // an edge may come late, and be stale
		drain(h)
	}
	if _, errno := sys.Send(peer, []byte{1}, 0); errno != 0 {
		t.Error(errno)
		return false
	}
	l.Harvest()
	return h.Readiness(reactor.Readable) == reactor.Readable
}

// TestHarvestManyBatches makes more handles ready than fit in one batch.
func TestHarvestManyBatches(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			const n = 700
			g := newGroup(t, c, 1)
			l := g.Loops()[0]
			release := block(t, l) // so that the loop takes none
			defer release()
			var handles []*reactor.Handle
			for range n {
				h, peer := pair(t, l)
				arm(t, h)
				send(t, peer, "x")
				handles = append(handles, h)
			}
			before := l.Stats()
			l.Harvest()
			for i, h := range handles {
				if h.Readiness(reactor.Readable) == 0 {
					t.Fatalf("handle %d of %d is not readable", i, n)
				}
			}
			after := l.Stats()
			if got := after.Events - before.Events; got != n {
				t.Errorf("took %d events, want %d", got, n)
			}
			if got := after.Harvests - before.Harvests; got != n/256 {
				t.Errorf("counted %d full batches, want %d", got, n/256)
			}
		})
	}
}

// block keeps the loop in a posted function until release is called.
func block(tb testing.TB, l *reactor.Loop) (release func()) {
	tb.Helper()
	entered, leave := make(chan struct{}), make(chan struct{})
	post(tb, l, func() { close(entered); <-leave })
	receive(tb, entered, "the posted function")
	return sync.OnceFunc(func() { close(leave) })
}

// TestHarvestLeavesHandlersToTheLoop harvests what a handler waits for.
func TestHarvestLeavesHandlersToTheLoop(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t, c, 1)
			l := g.Loops()[0]
			h, peer := pair(t, l)
			var onLoop atomic.Bool
			got := make(chan int)
			handler := handlerFunc(func(h *reactor.Handle, _ reactor.Readiness) {
				if !onLoop.Load() {
					t.Error("the handler was called outside the loop")
				}
				if n := drain(h); n > 0 {
					got <- n
				}
			})
			onLoop.Store(true)
			if err := h.SetHandler(handler); err != nil {
				t.Fatal(err)
			}
			settle(t, l)
			for range rounds(2000) {
				onLoop.Store(false)
				release := block(t, l)
				send(t, peer, "x")
				l.Harvest()
				onLoop.Store(true)
				release()
				if n := receive(t, got, "the handler's call"); n != 1 {
					t.Fatalf("the handler read %d bytes", n)
				}
			}
		})
	}
}

// TestHarvestWakesLoopForHandlers harvests under a loop that parks: the event
// that would have woken it is gone, so Harvest must.
func TestHarvestWakesLoopForHandlers(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			l := newGroup(t, c, 1).Next()
			h, peer := pair(t, l)
			got := make(chan int, 1)
			err := h.SetHandler(handlerFunc(func(h *reactor.Handle, _ reactor.Readiness) {
				if n := drain(h); n > 0 {
					got <- n
				}
			}))
			if err != nil {
				t.Fatal(err)
			}
			for range rounds(5000) {
				until(t, "the loop parks", l.Parked)
				send(t, peer, "x")
				l.Harvest()
				if n := receive(t, got, "the handler's call"); n != 1 {
					t.Fatalf("the handler read %d bytes", n)
				}
			}
		})
	}
}

// TestNoWakeupLost plays ping-pong between goroutines that wait on handles of
// different loops, while others harvest those loops under them.
func TestNoWakeupLost(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			const players, loops = 3, 2
			g := newGroup(t, c, loops)
			var stop atomic.Bool
			var harvesters, wg sync.WaitGroup
			for _, l := range g.Loops() {
				harvesters.Go(func() {
					for !stop.Load() {
						l.Harvest()
						settle(t, l)
					}
				})
			}
			for i := range players {
				fds := socketpair(t)
				a := handle(t, g.Loops()[i%loops], fds[0])
				b := handle(t, g.Loops()[(i+1)%loops], fds[1])
				n := rounds(60_000) / players
				wg.Go(func() { pong(t, b, n) })
				wg.Go(func() { ping(t, a, n) })
			}
			wg.Wait()
			stop.Store(true)
			harvesters.Wait()
		})
	}
}

func ping(t *testing.T, h *reactor.Handle, n int) {
	t.Helper()
	for range n {
		send(t, h.Fileno(), "x")
		takeByte(t, h)
	}
}

func pong(t *testing.T, h *reactor.Handle, n int) {
	t.Helper()
	for range n {
		takeByte(t, h)
		send(t, h.Fileno(), "x")
	}
}

// takeByte reads one byte as a blocking call does: try, then wait.
func takeByte(t *testing.T, h *reactor.Handle) {
	t.Helper()
	for {
		var buf [16]byte
		since, _ := h.Acquire()
		n, errno := sys.Recv(h.Fileno(), buf[:], 0)
		if errno == sys.EAGAIN {
			h.Clear(since, reactor.Readable)
		}
		h.Release()
		if errno == 0 {
			if n != 1 {
				t.Errorf("received %d bytes", n)
			}
			return
		}
		await(t, h, reactor.Input)
	}
}

// TestWakeupAfterFault fails the very fetch that should have taken an edge.
// The edge that woke the loop is spent then; the loop must look again.
func TestWakeupAfterFault(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t, c, 1)
			l := g.Loops()[0]
			h, peer := pair(t, l)
			arm(t, h)
			l.Harvest()
			var faults atomic.Int32
			defer sys.SetHook(func(call sys.Call) sys.Fault {
				if call.Op == sys.OpQueueWait && faults.Load() > 0 && faults.Add(-1) >= 0 {
					return sys.Fault{Errno: sys.EBADF}
				}
				return sys.Fault{}
			})()
			for range 5 {
				drain(h)
				faults.Store(3)
				send(t, peer, "x")
				await(t, h, reactor.Readable)
			}
			if l.Stats().Faults == 0 {
				t.Error("no fault was counted")
			}
		})
	}
}
