//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package fdsock

import (
	"encoding/binary"
	"net"
	"net/netip"

	"github.com/pollux-net/pollux/internal/sys"
)

// setMembership joins and leaves for any source: the options for sources have
// other forms on each of these systems, and are EOPNOTSUPP.
func (s *Socket) setMembership(what membership, m Multicast) error {
	if m.Source.IsValid() {
		return &Error{Op: opSetSockOpt.String(), Errno: sys.EOPNOTSUPP, Text: "sources of multicast are known on Linux only"}
	}
	if m.Group.Is6() {
		name := IPV6_JOIN_GROUP
		if what == leaveGroup {
			name = IPV6_LEAVE_GROUP
		}
		return s.SetSockOptBytes(IPPROTO_IPV6, name, indexed(m.Group, m.Interface))
	}
	name := IP_ADD_MEMBERSHIP
	if what == leaveGroup {
		name = IP_DROP_MEMBERSHIP
	}
	local, err := interfaceAddr(m.Interface)
	if err != nil {
		return err
	}
	group := m.Group.As4()
	return s.SetSockOptBytes(IPPROTO_IP, name, append(group[:], local[:]...))
}

// setMulticastInterface4 gives the interface's address.
func (s *Socket) setMulticastInterface4(index int) error {
	local, err := interfaceAddr(index)
	if err != nil {
		return err
	}
	return s.SetSockOptBytes(IPPROTO_IP, IP_MULTICAST_IF, local[:])
}

// interfaceAddr returns the first IPv4 address of an interface, zeros for the
// interface 0.
func interfaceAddr(index int) (addr [4]byte, err error) {
	if index == 0 {
		return addr, nil
	}
	i, err := net.InterfaceByIndex(index)
	if err != nil {
		return addr, fail(opSetSockOpt, sys.ENXIO)
	}
	list, err := i.Addrs()
	if err != nil {
		return addr, err
	}
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
			return p.Addr().As4(), nil
		}
	}
	return addr, fail(opSetSockOpt, sys.EADDRNOTAVAIL)
}

// indexed is struct ipv6_mreq: an address and an interface's number.
func indexed(addr netip.Addr, index int) []byte {
	a := addr.As16()
	return binary.NativeEndian.AppendUint32(a[:], uint32(index))
}
