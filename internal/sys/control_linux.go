//go:build linux

package sys

import "golang.org/x/sys/unix"

// Control is the level and the type of a control message.
type Control struct{ Level, Type int }

// The control messages that fdsock knows; see ip(7), ipv6(7), unix(7).
var (
	ControlPacketInfo4 = Control{unix.IPPROTO_IP, unix.IP_PKTINFO}
	ControlPacketInfo6 = Control{unix.IPPROTO_IPV6, unix.IPV6_PKTINFO}
	ControlTTL         = Control{unix.IPPROTO_IP, unix.IP_TTL}
	ControlHopLimit    = Control{unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT}
	ControlError4      = Control{unix.IPPROTO_IP, unix.IP_RECVERR}
	ControlError6      = Control{unix.IPPROTO_IPV6, unix.IPV6_RECVERR}
	ControlCredentials = Control{unix.SOL_SOCKET, unix.SCM_CREDENTIALS}
)
