package reactor

import (
	"sync/atomic"
	"time"

	"github.com/pollux-net/pollux/internal/clock"
)

// Stats is a snapshot of a loop's counters since it started. A turn counts its
// tasks and timers when it has run them all.
type Stats struct {
	Polls    uint64 // looks into the kernel's queue, by anybody
	Harvests uint64 // those that filled a whole batch for another goroutine
	Events   uint64 // events taken
	Stale    uint64 // events of handles already closed, dropped
	Faults   uint64 // looks that failed
	Wakes    uint64 // wake-ups from other goroutines that reached the parker
	Tasks    uint64 // posted functions run
	Timers   uint64 // timers fired
	Parks    uint64 // times the loop parked
	Handles  int    // handles open now
	Pending  int    // timers set now

	Busy   time.Duration // time not parked
	Lag    time.Duration // how late the latest timer or posted task ran
	LagMax time.Duration // the latest it ever was
}

// counters are the loop's own; any goroutine may read them.
type counters struct {
	polls, harvests, events, stale, faults atomic.Uint64
	wakes, tasks, timers, parks            atomic.Uint64
	handles                                atomic.Int64
	idle, idleSince, lagNow, lagMax        atomic.Int64 // idleSince is 0 unless parked
	started                                int64
}

// asleep notes that the loop parks.
func (c *counters) asleep() {
	if c.idleSince.Load() == 0 {
		c.idleSince.Store(clock.Now())
		c.parks.Add(1)
	}
}

// awake notes that the loop runs again, and reports whether it had parked.
func (c *counters) awake(now int64) bool {
	since := c.idleSince.Load()
	if since == 0 {
		return false
	}
	c.idleSince.Store(0)
	c.idle.Add(now - since)
	return true
}

// parked returns the time spent parked until now.
func (c *counters) parked(now int64) int64 {
	total := c.idle.Load()
	if since := c.idleSince.Load(); since != 0 {
		total += max(now-since, 0)
	}
	return total
}

// lag notes that something ran ns late; negative means not at all.
func (c *counters) lag(ns int64) {
	ns = max(ns, 0)
	c.lagNow.Store(ns)
	if ns > c.lagMax.Load() {
		c.lagMax.Store(ns)
	}
}

// Stats returns a snapshot. Any goroutine.
func (l *Loop) Stats() Stats {
	c, now := &l.stats, clock.Now()
	return Stats{
		Polls: c.polls.Load(), Harvests: c.harvests.Load(), Events: c.events.Load(),
		Stale: c.stale.Load(), Faults: c.faults.Load(), Wakes: c.wakes.Load(),
		Tasks: c.tasks.Load(), Timers: c.timers.Load(), Parks: c.parks.Load(),
		Handles: int(c.handles.Load()), Pending: l.timers.len(),
		Busy:   time.Duration(now - c.started - c.parked(now)),
		Lag:    time.Duration(c.lagNow.Load()),
		LagMax: time.Duration(c.lagMax.Load()),
	}
}
