package reactor_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/reactor"
)

// TestTimersFire sets timers from several goroutines. None fires early, all
// fire once.
func TestTimersFire(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			n := rounds(3000)
			g := newGroup(t, c, 2)
			var fired atomic.Int64
			var wg sync.WaitGroup
			for _, l := range g.Loops() {
				rnd := seeded(t)
				wg.Go(func() {
					for range n {
						d := time.Duration(rnd.Int64N(int64(30 * time.Millisecond)))
						earliest := reactor.Now() + int64(d)
						l.After(d, func() {
							if l.Now() < earliest {
								t.Errorf("fired %d ns early", earliest-l.Now())
							}
							fired.Add(1)
						})
					}
				})
			}
			wg.Wait()
			for _, l := range g.Loops() {
				until(t, "the timers fire", func() bool { return l.Stats().Timers == uint64(n) })
				if s := l.Stats(); s.Pending != 0 {
					t.Errorf("%d timers pending", s.Pending)
				}
			}
			if fired.Load() != int64(2*n) {
				t.Errorf("%d timers fired, want %d", fired.Load(), 2*n)
			}
		})
	}
}

// TestStopRacesExpiry stops timers from another goroutine just as they come
// up: a timer fires, or Stop says that it was stopped, never both or neither.
func TestStopRacesExpiry(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			l := newGroup(t, c, 1).Next()
			rnd := seeded(t)
			stopped, fired := 0, 0
			for range rounds(5000) {
				done := make(chan struct{}, 1)
				tm := l.After(time.Duration(rnd.Int64N(50_000)), func() { done <- struct{}{} })
				spin(rnd.IntN(2000))
				if tm.Stop() {
					stopped++
					settle(t, l)
					if len(done) != 0 {
						t.Fatal("a stopped timer fired")
					}
				} else {
					fired++
					receive(t, done, "the timer that Stop did not catch")
				}
				if tm.Stop() {
					t.Fatal("the second Stop stopped something")
				}
			}
			t.Logf("%d stopped, %d fired", stopped, fired)
		})
	}
}

func spin(n int) {
	var x atomic.Int32
	for range n {
		x.Add(1)
	}
}

// TestTimerReset resets a timer from its own function and from elsewhere.
func TestTimerReset(t *testing.T) {
	l := newGroup(t, reactor.Config{}, 1).Next()
	done := make(chan struct{})
	var tm *reactor.Timer
	fires := 0
	post(t, l, func() {
		tm = l.After(0, func() {
			if fires++; fires == 100 {
				close(done)
				return
			}
			tm.Reset(time.Duration(fires%3) * 100 * time.Microsecond)
		})
	})
	receive(t, done, "the hundredth call")

	late := make(chan int64, 1)
	other := l.After(time.Millisecond, func() { late <- l.Now() })
	earliest := reactor.Now() + int64(20*time.Millisecond)
	other.Reset(20 * time.Millisecond)
	if at := receive(t, late, "the reset timer"); at < earliest {
		t.Errorf("fired %d ns before the deadline it was reset to", earliest-at)
	}

	far := l.After(time.Hour, func() { late <- 0 })
	far.Reset(-time.Hour) // the past is now
	receive(t, late, "the timer of the past")
}

// TestTimerNever sets a timer so far away that its deadline saturates.
func TestTimerNever(t *testing.T) {
	l := newGroup(t, reactor.Config{}, 1).Next()
	tm := l.After(1<<63-1, func() { t.Error("fired") })
	settle(t, l)
	if l.Earliest() != reactor.NoDeadline {
		t.Errorf("the earliest deadline is %d", l.Earliest())
	}
	if !tm.Stop() {
		t.Error("it was not set")
	}
}

// TestLaterResetWakesNobody is what makes idle timeouts cheap.
func TestLaterResetWakesNobody(t *testing.T) {
	l := newGroup(t, reactor.Config{}, 1).Next()
	tm := l.After(time.Hour, func() {})
	settle(t, l)
	until(t, "the loop parks", l.Parked)
	before := l.Stats().Wakes
	for i := range 1000 {
		tm.Reset(time.Hour + time.Duration(i)*time.Second)
	}
	if got := l.Stats().Wakes - before; got != 0 {
		t.Errorf("%d wake-ups for 1000 resets", got)
	}
	tm.Reset(time.Minute)
	if got := l.Stats().Wakes - before; got != 1 {
		t.Errorf("%d wake-ups for an earlier deadline, want one", got)
	}
	tm.Stop()
}

// TestManyTimersInOneTurn has more timers due than one turn takes, and posted
// functions between them.
func TestManyTimersInOneTurn(t *testing.T) {
	l := newGroup(t, reactor.Config{}, 1).Next()
	release := block(t, l)
	fired, posted := 0, 0
	const n = 5000
	for range n {
		l.After(0, func() {
			if fired++; fired == 1 {
				post(t, l, func() { posted = fired })
			}
		})
	}
	release()
	until(t, "all timers fire", func() bool { return l.Stats().Timers == n })
	settle(t, l)
	if posted == 0 || posted >= n {
		t.Errorf("a function posted by the first timer ran after %d of %d", posted, n)
	}
}
