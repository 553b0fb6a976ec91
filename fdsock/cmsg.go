package fdsock

import (
	"encoding/binary"
	"net/netip"

	"github.com/pollux-net/pollux/internal/sys"
)

// PacketInfo is where a datagram came in: IP_PKTINFO and IPV6_PKTINFO (struct
// in_pktinfo of ip(7), in6_pktinfo of ipv6(7)).
type PacketInfo struct {
	Interface int        // its index
	Dst       netip.Addr // the destination in the datagram's header
	Local     netip.Addr // IPv4: the local address it came to; IPv6: Dst
}

// SenderCredentials is who has sent a message over a Unix socket: Linux's
// SCM_CREDENTIALS (struct ucred of unix(7)). The receiver asks for it by
// SO_PASSCRED.
type SenderCredentials struct{ PID, UID, GID int }

// ExtendedError is an error from the socket's queue of errors: Linux's
// IP_RECVERR and IPV6_RECVERR (struct sock_extended_err of ip(7)), received
// with MSG_ERRQUEUE.
type ExtendedError struct {
	Errno      Errno
	Origin     int // SO_EE_ORIGIN_ICMP for example
	Type, Code int // of the ICMP message
	Info, Data uint32
	Offender   netip.Addr // who has reported it; not valid if nobody has
}

// is reports whether c is of a kind and has at least size bytes of data: one
// that was cut off is not decoded.
func (c ControlMessage) is(kind sys.Control, size int) bool {
	return c.Level == kind.Level && c.Type == kind.Type && len(c.Data) >= size
}

// PacketInfo decodes a control message; ok is false if it is another one, or
// cut off.
func (c ControlMessage) PacketInfo() (info PacketInfo, ok bool) {
	switch {
	case c.is(sys.ControlPacketInfo4, 12):
		info.Interface = int(int32(binary.NativeEndian.Uint32(c.Data)))
		info.Local = netip.AddrFrom4([4]byte(c.Data[4:8]))
		info.Dst = netip.AddrFrom4([4]byte(c.Data[8:12]))
	case c.is(sys.ControlPacketInfo6, 20):
		info.Dst = netip.AddrFrom16([16]byte(c.Data[:16]))
		info.Local = info.Dst
		info.Interface = int(binary.NativeEndian.Uint32(c.Data[16:]))
	default:
		return info, false
	}
	return info, true
}

// HopLimit decodes IP_TTL and IPV6_HOPLIMIT: how many more hops the datagram
// had. ok is false if it is another message, or cut off.
func (c ControlMessage) HopLimit() (hops int, ok bool) {
	if !c.is(sys.ControlTTL, 4) && !c.is(sys.ControlHopLimit, 4) {
		return 0, false
	}
	return int(int32(binary.NativeEndian.Uint32(c.Data))), true
}

// Credentials decodes SCM_CREDENTIALS; ok is false if it is another message,
// or cut off.
func (c ControlMessage) Credentials() (from SenderCredentials, ok bool) {
	if !c.is(sys.ControlCredentials, 12) {
		return from, false
	}
	field := func(i int) int { return int(int32(binary.NativeEndian.Uint32(c.Data[i:]))) }
	return SenderCredentials{PID: field(0), UID: field(4), GID: field(8)}, true
}

// Message returns the control message that sends the credentials, which the
// kernel checks: EPERM if they are not the sender's own. Where there is none
// of the kind, sending it is EINVAL.
func (c SenderCredentials) Message() ControlMessage {
	data := binary.NativeEndian.AppendUint32(nil, uint32(c.PID))
	data = binary.NativeEndian.AppendUint32(data, uint32(c.UID))
	data = binary.NativeEndian.AppendUint32(data, uint32(c.GID))
	return ControlMessage{sys.ControlCredentials.Level, sys.ControlCredentials.Type, data}
}

// ExtendedError decodes IP_RECVERR and IPV6_RECVERR; ok is false if it is
// another message, or cut off.
func (c ControlMessage) ExtendedError() (e ExtendedError, ok bool) {
	const size = 16
	if !c.is(sys.ControlError4, size) && !c.is(sys.ControlError6, size) {
		return e, false
	}
	e.Errno = Errno(binary.NativeEndian.Uint32(c.Data))
	e.Origin, e.Type, e.Code = int(c.Data[4]), int(c.Data[5]), int(c.Data[6])
	e.Info, e.Data = binary.NativeEndian.Uint32(c.Data[8:]), binary.NativeEndian.Uint32(c.Data[12:])
	e.Offender = offender(c.Data[size:])
	return e, true
}

// offender reads the socket address that follows a sock_extended_err.
func offender(p []byte) netip.Addr {
	switch {
	case len(p) >= 8 && binary.NativeEndian.Uint16(p) == AF_INET:
		return netip.AddrFrom4([4]byte(p[4:8]))
	case len(p) >= 24 && binary.NativeEndian.Uint16(p) == AF_INET6:
		return netip.AddrFrom16([16]byte(p[8:24]))
	}
	return netip.Addr{}
}
