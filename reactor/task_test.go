package reactor_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/reactor"
)

// TestPostOrder posts from several goroutines: each one's functions run in
// its order, every one runs once, and all on the same goroutine.
func TestPostOrder(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			const posters = 4
			n := rounds(20_000)
			l := newGroup(t, c, 1).Next()
			var next [posters]int // the loop's alone, which the race detector checks
			var wg sync.WaitGroup
			for p := range posters {
				wg.Go(func() {
					for i := range n {
						post(t, l, func() {
							if next[p] != i {
								t.Errorf("poster %d: function %d ran in place of %d", p, i, next[p])
							}
							next[p]++
						})
					}
				})
			}
			wg.Wait()
			settle(t, l)
			if next != [posters]int{n, n, n, n} {
				t.Errorf("ran %v functions, want %d of each", next, n)
			}
		})
	}
}

// TestPostToIdleLoop posts one function at a time, so that each must wake a
// loop that parks or is about to.
func TestPostToIdleLoop(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			loops := newGroup(t, c, 2).Loops()
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					done := make(chan struct{}, 1)
					fn := func() { done <- struct{}{} }
					for i := range rounds(50_000) {
						post(t, loops[i%2], fn)
						receive(t, done, "the posted function")
					}
				})
			}
			wg.Wait()
		})
	}
}

func TestQueueFull(t *testing.T) {
	l := newGroup(t, reactor.Config{}, 1).Next()
	release := block(t, l)
	var ran atomic.Int64
	fn := func() { ran.Add(1) }
	for range reactor.MaxTasks {
		post(t, l, fn)
	}
	wantErr(t, l.Post(fn), reactor.ErrQueueFull)
	release()
	until(t, "the queue runs empty", func() bool { return ran.Load() == reactor.MaxTasks })
	post(t, l, fn)
	settle(t, l)
	if ran.Load() != reactor.MaxTasks+1 {
		t.Errorf("%d functions ran", ran.Load())
	}
	if got := l.Stats().Tasks; got < reactor.MaxTasks+2 {
		t.Errorf("%d functions counted", got)
	}
}

// TestCloseWithFullQueue ends a loop that has no room for another function.
func TestCloseWithFullQueue(t *testing.T) {
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	l := g.Next()
	release := block(t, l)
	ran := 0
	for l.Post(func() { ran++ }) == nil {
	}
	closed := make(chan error)
	go func() { closed <- g.Close() }()
	release()
	if err := receive(t, closed, "the end of Close"); err != nil {
		t.Error(err)
	}
	if ran != reactor.MaxTasks {
		t.Errorf("%d functions ran, want all %d", ran, reactor.MaxTasks)
	}
	wantErr(t, l.Post(func() {}), reactor.ErrClosed)
}

// TestPostRacesClose posts while the loop ends: what Post accepted may be
// dropped, but nothing hangs and nothing runs after Close.
func TestPostRacesClose(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			c.Loops = 1
			for range rounds(300) {
				g, err := reactor.NewGroup(c)
				if err != nil {
					t.Fatal(err)
				}
				l := g.Next()
				var closed atomic.Bool
				var wg sync.WaitGroup
				for range 2 {
					wg.Go(func() {
						for l.Post(func() {
							if closed.Load() {
								t.Error("a function ran after Close")
							}
						}) == nil {
							l.After(0, func() {})
							l.Harvest()
						}
					})
				}
				if err := g.Close(); err != nil {
					t.Error(err)
				}
				closed.Store(true)
				wg.Wait()
			}
		})
	}
}

// TestWakesAreCoalesced keeps the loop busy: nobody needs to wake it.
func TestWakesAreCoalesced(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			l := newGroup(t, c, 1).Next()
			release := block(t, l)
			before := l.Stats().Wakes
			for range 1000 {
				post(t, l, func() {})
			}
			release()
			settle(t, l)
			if got := l.Stats().Wakes - before; got > 1 {
				t.Errorf("%d wake-ups for 1000 functions, want at most one", got)
			}
		})
	}
}

// TestParkedLoopIsWokenOnce lets the loop park and posts many functions
// before it can have run.
func TestParkedLoopIsWoken(t *testing.T) {
	l := newGroup(t, reactor.Config{}, 1).Next()
	settle(t, l)
	until(t, "the loop parks", l.Parked)
	before := l.Stats()
	settle(t, l)
	after := l.Stats()
	if after.Wakes != before.Wakes+1 {
		t.Errorf("%d wake-ups, want one", after.Wakes-before.Wakes)
	}
}

// TestForeverTask has a function post itself again and again: events, timers
// and other functions must still get their turn.
func TestForeverTask(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			l := newGroup(t, c, 1).Next()
			var stop atomic.Bool
			var again func()
			again = func() {
				if !stop.Load() {
					post(t, l, again)
				}
			}
			for range 500 { // more than one turn's worth
				post(t, l, again)
			}
			defer stop.Store(true)

			fired := make(chan struct{})
			l.After(time.Millisecond, func() { close(fired) })
			receive(t, fired, "a timer")

			h, peer := pair(t, l)
			readable := make(chan struct{})
			err := h.SetHandler(handlerFunc(func(h *reactor.Handle, _ reactor.Readiness) {
				if drain(h) > 0 {
					close(readable)
				}
			}))
			if err != nil {
				t.Fatal(err)
			}
			send(t, peer, "x")
			receive(t, readable, "an event")

			waited, other := pair(t, l)
			arm(t, waited)
			send(t, other, "x")
			await(t, waited, reactor.Readable)
			settle(t, l)
		})
	}
}

// TestForeverHandler is the same for a handler that requeues itself.
func TestForeverHandler(t *testing.T) {
	l := newGroup(t, reactor.Config{}, 1).Next()
	h, _ := pair(t, l)
	if err := h.SetHandler(handlerFunc(func(h *reactor.Handle, _ reactor.Readiness) { h.Requeue() })); err != nil {
		t.Fatal(err)
	}
	fired := make(chan struct{})
	l.After(time.Millisecond, func() { close(fired) })
	receive(t, fired, "a timer")
	settle(t, l)
	if s := l.Stats(); s.Polls < 2 {
		t.Errorf("%d looks into the queue", s.Polls)
	}
}
