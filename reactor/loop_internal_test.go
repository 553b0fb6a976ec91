package reactor

import (
	"testing"

	"github.com/pollux-net/pollux/internal/clock"
	"github.com/pollux-net/pollux/internal/poller"
	"github.com/pollux-net/pollux/internal/sys"
)

func TestSignal(t *testing.T) {
	for _, c := range []struct {
		what     string
		from, to uint32
		do       func(*signalState) bool
		result   bool
	}{
		{"signal", running, notified, (*signalState).signal, false},
		{"signal", parked, notified, (*signalState).signal, true},
		{"signal", notified, notified, (*signalState).signal, false},
		{"park", running, parked, (*signalState).park, true},
		{"park", notified, notified, (*signalState).park, false},
		{"unpark", parked, running, func(s *signalState) bool { s.unpark(); return false }, false},
		{"unpark", notified, running, func(s *signalState) bool { s.unpark(); return false }, false},
		{"unpark", running, running, func(s *signalState) bool { s.unpark(); return false }, false},
	} {
		var s signalState
		s.v.Store(c.from)
		if got := c.do(&s); got != c.result || s.v.Load() != c.to {
			t.Errorf("%s from %d: %v and %d, want %v and %d", c.what, c.from, got, s.v.Load(), c.result, c.to)
		}
	}
}

// scripted is a queue without events and a parker that calls the test at
// every step, from the loop's own goroutine.
type scripted struct {
	arm   func(deadline int64)
	park  func()
	fetch func() (int, sys.Errno)
	wakes int
}

func (s *scripted) Add(int, poller.Token) sys.Errno       { return 0 }
func (s *scripted) Remove(int) sys.Errno                  { return 0 }
func (s *scripted) Fetch([]poller.Event) (int, sys.Errno) { return s.fetch() }
func (s *scripted) Close()                                {}
func (s *scripted) Arm(deadline int64)                    { s.arm(deadline) }
func (s *scripted) Wake()                                 { s.wakes++ }
func (s *scripted) Park(fetch func() bool) {
	if !fetch() {
		s.park()
	}
}

// loop makes a loop on the script, which no goroutine runs but the test, one
// turn at a time.
func (s *scripted) loop(t *testing.T) *Loop {
	t.Helper()
	s.arm = func(int64) {}
	s.park = func() {}
	s.fetch = func() (int, sys.Errno) { return 0, 0 }
	l, err := newLoop(&Group{}, 0, poller.Backend{Open: func() (poller.Queue, poller.Parker, error) { return s, s, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestWakeupAtEveryStep posts at each moment of a turn. A Wake counts only if
// no Arm follows it before Park, and the function must run in the next turn
// at the latest.
func TestWakeupAtEveryStep(t *testing.T) {
	for _, moment := range []string{"arm", "fetch", "park"} {
		var s scripted
		l := s.loop(t)
		posted, ran, parks := false, false, 0
		at := func(now string) {
			if now == moment && !posted {
				posted = true
				if err := l.Post(func() { ran = true }); err != nil {
					t.Fatal(err)
				}
			}
		}
		s.arm = func(int64) {
			if l.tell.v.Load() == parked {
				t.Error("armed after announcing to park: a Wake in between is lost")
			}
			at("arm")
		}
		s.fetch = func() (int, sys.Errno) { at("fetch"); return 0, 0 }
		s.park = func() {
			parks++
			if at("park"); posted && s.wakes != 1 {
				t.Errorf("posted at %s: %d wake-ups for a loop that parks", moment, s.wakes)
			}
		}
		l.turn()
		if !ran {
			t.Errorf("posted at %s: did not run in that turn", moment)
		}
		if moment == "arm" && parks != 0 {
			t.Error("parked although a function had been posted")
		}
	}
}

// TestLoopArmsEarliestDeadline looks at the deadlines that the parker gets.
func TestLoopArmsEarliestDeadline(t *testing.T) {
	var s scripted
	l := s.loop(t)
	var armed int64
	s.arm = func(deadline int64) { armed = deadline }
	l.turn()
	if armed != clock.Never {
		t.Errorf("without timers: %d", armed)
	}
	late := l.After(1<<50, func() {})
	early := l.After(1<<40, func() {})
	l.turn()
	if armed != early.when {
		t.Errorf("with two timers: %d, want %d", armed, early.when)
	}
	early.Stop()
	l.turn()
	if armed != late.when {
		t.Errorf("with the later one left: %d, want %d", armed, late.when)
	}
}

// TestLoopBacksOffAfterFaults has the queue fail: the loop looks again after
// a pause, until it works.
func TestLoopBacksOffAfterFaults(t *testing.T) {
	var s scripted
	l := s.loop(t)
	faults := 3
	s.fetch = func() (int, sys.Errno) {
		if faults > 0 {
			faults--
			return 0, sys.EBADF
		}
		return 0, 0
	}
	var armed []bool
	s.arm = func(deadline int64) { armed = append(armed, deadline != clock.Never) }
	parks := 0
	s.park = func() { parks++ }
	for range 5 {
		l.turn()
	}
	want := []bool{false, true, true, true, false}
	if len(armed) != len(want) || parks != 4 {
		t.Fatalf("armed %v, parked %d times", armed, parks)
	}
	for i := range want {
		if armed[i] != want[i] {
			t.Fatalf("armed with a deadline %v, want %v", armed, want)
		}
	}
}
