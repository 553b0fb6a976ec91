//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import "golang.org/x/sys/unix"

// Control is the level and the type of a control message.
type Control struct{ Level, Type int }

// none is no control message.
var none = Control{-1, -1}

// The control messages that fdsock knows. Those of IPv4 and of credentials
// differ from one BSD to the next and are not decoded there.
var (
	ControlPacketInfo4 = none
	ControlPacketInfo6 = Control{unix.IPPROTO_IPV6, unix.IPV6_PKTINFO}
	ControlTTL         = none
	ControlHopLimit    = Control{unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT}
	ControlError4      = none
	ControlError6      = none
	ControlCredentials = none
)
