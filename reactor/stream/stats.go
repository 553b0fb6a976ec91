package stream

import (
	"errors"
	"sync/atomic"
)

// Stats is a snapshot of a server's or client's counters since it started.
type Stats struct {
	Conns    int    // open now
	Opened   uint64 // connections that Open was called for
	Closed   uint64 // those that Close was called for
	BytesIn  uint64 // received
	BytesOut uint64 // taken by the kernel
	Buffered int64  // bytes of memory that kept input and owed output take now
	Timeouts uint64 // that have come up
	Resets   uint64 // connections closed by an error of the system, or aborted here
	Pauses   uint64 // times a connection's output passed the high watermark
	Paused   int    // connections that wait for their peers now

	Accepted uint64 // connections that came and were taken
	Shed     uint64 // reset because the process had no descriptor left
	Refused  uint64 // reset because of Config.MaxPerIP
	Rests    uint64 // how often a listener rested because accepting had failed
	Full     uint64 // how often a listener waited because of Config.MaxConns
	Dialed   uint64 // dials that have connected
	Undialed uint64 // dials that have failed
}

// counters are those of a hub's connections on one loop, which alone writes
// them.
type counters struct {
	opened, closed, in, out  atomic.Uint64
	timeouts, resets, pauses atomic.Uint64
	buffered, paused         atomic.Int64
}

// addTo adds what was counted.
func (c *counters) addTo(s *Stats) {
	s.Opened += c.opened.Load()
	s.Closed += c.closed.Load()
	s.BytesIn += c.in.Load()
	s.BytesOut += c.out.Load()
	s.Buffered += c.buffered.Load()
	s.Timeouts += c.timeouts.Load()
	s.Resets += c.resets.Load()
	s.Pauses += c.pauses.Load()
	s.Paused += int(c.paused.Load())
}

// count notes that a connection has closed.
func (c *Conn) count(err error) {
	k := &c.loop.counts
	k.closed.Add(1)
	if c.paused {
		c.pause(false) // once: what is in progress looks at it again
	}
	var failed *Error
	if errors.Is(err, ErrAborted) || errors.As(err, &failed) {
		k.resets.Add(1)
	}
}

// pause notes that the peer is not read because of what it is owed, or is.
func (c *Conn) pause(paused bool) {
	c.paused = paused
	if paused {
		c.loop.counts.pauses.Add(1)
		c.loop.counts.paused.Add(1)
	} else {
		c.loop.counts.paused.Add(-1)
	}
}

// Stats returns the counters. Any goroutine.
func (h *hub) Stats() Stats {
	var s Stats
	h.counts.addTo(&s)
	for _, l := range h.loops {
		l.counts.addTo(&s)
	}
	h.mu.Lock()
	s.Conns = h.conns.n
	h.mu.Unlock()
	return s
}
