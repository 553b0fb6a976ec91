package reactor_test

import (
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

func TestStats(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			l := newGroup(t, c, 1).Next()
			settle(t, l)
			until(t, "the loop parks", l.Parked)
			h, peer := pair(t, l)
			before := l.Stats()
			arm(t, h)
			l.Harvest()
			send(t, peer, "x")
			l.Harvest()
			tm := l.After(time.Hour, func() {})
			fired := make(chan struct{})
			l.After(0, func() { close(fired) })
			receive(t, fired, "the timer")
			settle(t, l)
			until(t, "the turn ends, which counts what it ran", l.Parked)
			s := l.Stats()
			if s.Events-before.Events != 2 || s.Tasks-before.Tasks != 1 || s.Timers-before.Timers != 1 || s.Stale != 0 {
				t.Errorf("before %+v, after %+v", before, s)
			}
			if s.Handles != 1 || s.Pending != 1 {
				t.Errorf("%d handles and %d timers, want one of each", s.Handles, s.Pending)
			}
			if s.Polls < before.Polls+2 || s.Lag < 0 || s.LagMax < s.Lag || s.Busy < 0 {
				t.Errorf("before %+v, after %+v", before, s)
			}
			tm.Stop()
		})
	}
}

// TestBusyStopsWhileParked looks at a loop that parks: the time goes on, its
// busy time does not.
func TestBusyStopsWhileParked(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			l := newGroup(t, c, 1).Next()
			settle(t, l)
			until(t, "the loop parks", l.Parked)
			busy := l.Stats().Busy
			w := reactor.NewWaiter()
			for deadline := reactor.Now() + int64(5*time.Millisecond); w.Wait(deadline); {
			}
			w.Release()
			if got := l.Stats().Busy; got != busy {
				t.Errorf("busy for %v more while parked", got-busy)
			}
		})
	}
}

// TestLag keeps the loop from a function for a while.
func TestLag(t *testing.T) {
	l := newGroup(t, reactor.Config{}, 1).Next()
	release := block(t, l)
	since := reactor.Now()
	late := make(chan reactor.Stats, 1)
	post(t, l, func() { late <- l.Stats() })
	w := reactor.NewWaiter()
	for w.Wait(since + int64(2*time.Millisecond)) {
	}
	w.Release()
	release()
	if s := receive(t, late, "the function"); s.LagMax < time.Millisecond {
		t.Errorf("the function ran late, lag is %v", s.LagMax)
	}
}

// TestFaultsAreCounted fails every look into the queue: the loop neither
// spins nor dies.
func TestFaultsAreCounted(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			l := newGroup(t, c, 1).Next()
			restore := sys.SetHook(func(call sys.Call) sys.Fault {
				if call.Op == sys.OpQueueWait {
					return sys.Fault{Errno: sys.EBADF}
				}
				return sys.Fault{}
			})
			defer restore()
			for range 5 {
				settle(t, l)
				fired := make(chan struct{})
				l.After(time.Millisecond, func() { close(fired) })
				receive(t, fired, "the timer")
			}
			if l.Stats().Faults == 0 {
				t.Error("no fault was counted")
			}
		})
	}
}
