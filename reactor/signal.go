package reactor

import "sync/atomic"

// signalState makes a loop park only when nobody has asked for its attention,
// and makes many requests cost one wake-up.
//
//	          park                 (queue readable, deadline)
//	running ---------> parked -----------------------> running
//	   |                 | signal: wake the parker         ^
//	   | signal          v                                 |
//	   +-----------> notified -----------------------------+
//	                              unpark
type signalState struct{ v atomic.Uint32 }

const (
	running uint32 = iota
	parked
	notified
)

// park announces that the loop is about to park. It returns false when it
// must not, as somebody has signalled.
func (s *signalState) park() bool { return s.v.CompareAndSwap(running, parked) }

// unpark notes that the loop runs; it will see what was signalled so far.
func (s *signalState) unpark() { s.v.Store(running) }

// signal asks for attention and reports whether the parker must be woken.
func (s *signalState) signal() (wake bool) {
	return s.v.Load() != notified && s.v.Swap(notified) == parked
}

// signal makes the loop look for work, now or in its next turn.
func (l *Loop) signal() {
	if l.tell.signal() {
		l.stats.wakes.Add(1)
		l.parker.Wake()
	}
}
