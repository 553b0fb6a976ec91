package reactor

import "github.com/pollux-net/pollux/internal/clock"

// MaxTasks is the bound on posted functions.
const MaxTasks = maxTasks

// Parked reports whether the loop has found nothing to do and parks.
func (l *Loop) Parked() bool { return l.tell.v.Load() == parked && l.stats.idleSince.Load() != 0 }

// Slot returns the handle's slot and its loop's generation of that slot.
func (h *Handle) Slot() (slot, generation uint32) {
	h.loop.mu.Lock()
	defer h.loop.mu.Unlock()
	return h.slot, h.loop.slots[h.slot].generation
}

// BeginClose does the first half of Close and returns the second.
func (h *Handle) BeginClose() (end func()) {
	h.state.close()
	return func() {
		h.loop.detach(h)
		h.subs.notify(Closed)
		if h.state.leave() {
			_ = h.finish()
		}
	}
}

// Earliest returns when the loop next looks at its timers.
func (l *Loop) Earliest() int64 { return l.timers.first.Load() }

const NoDeadline = clock.Never
