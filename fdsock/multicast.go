package fdsock

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/pollux-net/pollux/internal/sys"
)

// Multicast is a group that a socket receives from, see ip(7) and ipv6(7).
type Multicast struct {
	Group     netip.Addr
	Source    netip.Addr // the one sender to receive from; not valid for any
	Interface int        // number of the interface, see IfNameToIndex; 0 lets the kernel choose
}

// JoinGroup makes the socket receive what is sent to a group, on one interface
// and, with a source, from it alone; it may be called for several sources.
// The socket must be bound to the group's port.
func (s *Socket) JoinGroup(m Multicast) error { return s.multicast(joinGroup, m) }

// LeaveGroup ends what JoinGroup has begun; closing the socket does as well.
func (s *Socket) LeaveGroup(m Multicast) error { return s.multicast(leaveGroup, m) }

// BlockSource makes the socket not receive from one source of a group that it
// has joined for any.
func (s *Socket) BlockSource(m Multicast) error { return s.multicast(blockSource, m) }

// UnblockSource ends what BlockSource has begun.
func (s *Socket) UnblockSource(m Multicast) error { return s.multicast(unblockSource, m) }

// membership is what to do about a group.
type membership uint8

const (
	joinGroup membership = iota
	leaveGroup
	blockSource
	unblockSource
)

func (s *Socket) multicast(what membership, m Multicast) error {
	call := [...]string{"JoinGroup", "LeaveGroup", "BlockSource", "UnblockSource"}[what]
	switch {
	case !m.Group.IsMulticast():
		return &ValueError{call + ": not a multicast address: " + m.Group.String()}
	case m.Source.IsValid() && m.Source.Is4() != m.Group.Is4():
		return &ValueError{call + ": group and source of different families"}
	case !m.Source.IsValid() && what >= blockSource:
		return &ValueError{call + ": no source to block"}
	}
	err := s.setMembership(what, m)
	var e *Error
	if !errors.As(err, &e) || e.closed {
		return err
	}
	named := *e
	named.Option = strings.TrimSpace(e.Option + " " + m.String())
	return &named
}

// String returns "239.1.2.3 from 10.0.0.1, interface 2".
func (m Multicast) String() string {
	text := m.Group.String()
	if m.Source.IsValid() {
		text += " from " + m.Source.String()
	}
	return text + ", interface " + strconv.Itoa(m.Interface)
}

// SetMulticastInterface chooses the interface that multicasts leave by, by its
// number; 0 is the kernel's choice.
func (s *Socket) SetMulticastInterface(index int) error {
	if s.family == AF_INET6 {
		return s.SetSockOpt(IPPROTO_IPV6, IPV6_MULTICAST_IF, index)
	}
	return s.setMulticastInterface4(index)
}

// SetMulticastTTL sets how far multicasts go: 1, the default, stays on the
// local network.
func (s *Socket) SetMulticastTTL(hops int) error {
	if s.family == AF_INET6 {
		return s.SetSockOpt(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops)
	}
	return s.setByte(IPPROTO_IP, IP_MULTICAST_TTL, hops)
}

// SetMulticastLoop says whether the machine itself gets the multicasts that
// leave it; it does by default.
func (s *Socket) SetMulticastLoop(on bool) error {
	v := 0
	if on {
		v = 1
	}
	if s.family == AF_INET6 {
		return s.SetSockOpt(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, v)
	}
	return s.setByte(IPPROTO_IP, IP_MULTICAST_LOOP, v)
}

// setByte sets an option that is a byte on some systems and may be one on all.
func (s *Socket) setByte(level, name, v int) error {
	if v < 0 || v > 255 {
		return fail(opSetSockOpt, sys.EINVAL)
	}
	return s.SetSockOptBytes(level, name, []byte{byte(v)})
}
