//go:build linux

package fdsock

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// setMembership uses the options that know both protocols, see
// MCAST_JOIN_GROUP in ip(7) and RFC 3678.
func (s *Socket) setMembership(what membership, m Multicast) error {
	names := [...][2]int{ // for any source, for one
		joinGroup:     {MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP},
		leaveGroup:    {MCAST_LEAVE_GROUP, MCAST_LEAVE_SOURCE_GROUP},
		blockSource:   {0, MCAST_BLOCK_SOURCE},
		unblockSource: {0, MCAST_UNBLOCK_SOURCE},
	}[what]
	level := IPPROTO_IP
	if m.Group.Is6() {
		level = IPPROTO_IPV6
	}
	// struct group_req and group_source_req: the addresses are aligned as C's
	// long is.
	p := binary.NativeEndian.AppendUint32(nil, uint32(m.Interface))
	p = append(p, make([]byte, bits.UintSize/8-len(p))...)
	p = appendStorage(p, m.Group)
	if !m.Source.IsValid() {
		return s.SetSockOptBytes(level, names[0], p)
	}
	return s.SetSockOptBytes(level, names[1], appendStorage(p, m.Source))
}

// appendStorage appends a struct sockaddr_storage with an address.
func appendStorage(p []byte, addr netip.Addr) []byte {
	var storage [128]byte
	if addr.Is4() {
		binary.NativeEndian.PutUint16(storage[:], AF_INET)
		a := addr.As4()
		copy(storage[4:], a[:])
	} else {
		binary.NativeEndian.PutUint16(storage[:], AF_INET6)
		a := addr.As16()
		copy(storage[8:], a[:])
	}
	return append(p, storage[:]...)
}

// setMulticastInterface4 gives a struct ip_mreqn.
func (s *Socket) setMulticastInterface4(index int) error {
	p := binary.NativeEndian.AppendUint32(make([]byte, 8), uint32(index))
	return s.SetSockOptBytes(IPPROTO_IP, IP_MULTICAST_IF, p)
}
