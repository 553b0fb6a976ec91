package stream

import (
	"net/netip"
	"sync/atomic"

	"github.com/pollux-net/pollux/internal/sys"
)

// admissions are the part of [Stats] about connections that came or were
// dialed.
type admissions struct{ accepted, shed, refused, rests, full, dialed, undialed atomic.Uint64 }

func (a *admissions) addTo(s *Stats) {
	s.Accepted, s.Shed, s.Refused = a.accepted.Load(), a.shed.Load(), a.refused.Load()
	s.Rests, s.Full = a.rests.Load(), a.full.Load()
	s.Dialed, s.Undialed = a.dialed.Load(), a.undialed.Load()
}

// limits count accepted connections against the configuration's limits.
// hub.mu guards them.
type limits struct {
	taken   int // of MaxConns
	perIP   map[netip.Addr]int
	tickets map[*Conn]ticket // of connections that count
	waiting []*acceptor      // for others to leave
}

// ticket is what an accepted connection has taken of the limits.
type ticket struct {
	place bool
	ip    netip.Addr // valid if it counts
}

// admit takes a place for the next connection. When there is none, the
// listener is called again once there is.
func (h *hub) admit(a *acceptor) (t ticket, ok bool) {
	if h.config.MaxConns <= 0 {
		return t, true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.taken < h.config.MaxConns {
		h.taken++
		return ticket{place: true}, true
	}
	if !a.waiting {
		a.waiting = true
		h.waiting = append(h.waiting, a)
		h.counts.full.Add(1)
	}
	return t, false
}

// identify counts a connection to its peer's address, and reports whether that
// may have one more.
func (h *hub) identify(t *ticket, peer *sys.Sockaddr) bool {
	if h.config.MaxPerIP <= 0 || !peer.Addr.IsValid() {
		return true
	}
	ip := subscriber(peer.Addr)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.perIP[ip] >= h.config.MaxPerIP {
		return false
	}
	if h.perIP == nil {
		h.perIP = make(map[netip.Addr]int)
	}
	h.perIP[ip]++
	t.ip = ip
	return true
}

// subscriber is what one peer can be expected to have: an IPv4 address, or the
// last 64 bits of IPv6 addresses, see RFC 6177.
func subscriber(ip netip.Addr) netip.Addr {
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip
	}
	prefix, _ := ip.Prefix(64) // fails for more bits than there are
	return prefix.Addr()
}

// giveBack returns a ticket.
func (h *hub) giveBack(t ticket) {
	if t == (ticket{}) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leave(t)
}

// leave returns a ticket, with mu held.
func (h *hub) leave(t ticket) {
	if t.ip.IsValid() {
		if h.perIP[t.ip]--; h.perIP[t.ip] == 0 {
			delete(h.perIP, t.ip)
		}
	}
	if !t.place {
		return
	}
	h.taken--
	for _, a := range h.waiting {
		a.waiting = false
		a.handle.Requeue()
	}
	h.waiting = h.waiting[:0]
}
