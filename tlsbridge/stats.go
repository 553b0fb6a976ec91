package tlsbridge

import "sync/atomic"

// SessionStats is what has become of a context's handshakes, Python's
// session_stats. There is no cache of sessions, so what tells of one is 0.
type SessionStats struct {
	Number, Connect, ConnectGood, ConnectRenegotiate int
	Accept, AcceptGood, AcceptRenegotiate            int
	Hits, Misses, Timeouts, CacheFull                int
}

// counts are the counters behind SessionStats.
type counts struct {
	connect, connectGood, accept, acceptGood, hits, misses atomic.Int64
}

// SessionStats returns the counters. Any goroutine.
func (c *Context) SessionStats() SessionStats {
	n := &c.counts
	return SessionStats{
		Connect: int(n.connect.Load()), ConnectGood: int(n.connectGood.Load()),
		Accept: int(n.accept.Load()), AcceptGood: int(n.acceptGood.Load()),
		Hits: int(n.hits.Load()), Misses: int(n.misses.Load()),
	}
}

// begin counts a handshake, once.
func (l *link) begin() {
	if l.begun {
		return
	}
	l.begun = true
	if l.server {
		l.rules.ctx.counts.accept.Add(1)
	} else {
		l.rules.ctx.counts.connect.Add(1)
	}
}

// finish counts its success, once.
func (l *link) finish(resumed bool) {
	if l.done {
		return
	}
	l.done = true
	n := &l.rules.ctx.counts
	if l.server {
		n.acceptGood.Add(1)
	} else {
		n.connectGood.Add(1)
	}
	switch {
	case resumed:
		n.hits.Add(1)
	case l.preset != nil && l.preset.HasTicket():
		n.misses.Add(1)
	}
}
