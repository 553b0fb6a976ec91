//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import "golang.org/x/sys/unix"

// Constants that these systems share with Linux by name.
const (
	AF_APPLETALK              = unix.AF_APPLETALK
	AF_IPX                    = unix.AF_IPX
	AF_ROUTE                  = unix.AF_ROUTE
	AF_SNA                    = unix.AF_SNA
	IPPROTO_AH                = unix.IPPROTO_AH
	IPPROTO_DSTOPTS           = unix.IPPROTO_DSTOPTS
	IPPROTO_EGP               = unix.IPPROTO_EGP
	IPPROTO_ESP               = unix.IPPROTO_ESP
	IPPROTO_FRAGMENT          = unix.IPPROTO_FRAGMENT
	IPPROTO_GRE               = unix.IPPROTO_GRE
	IPPROTO_HOPOPTS           = unix.IPPROTO_HOPOPTS
	IPPROTO_ICMP              = unix.IPPROTO_ICMP
	IPPROTO_ICMPV6            = unix.IPPROTO_ICMPV6
	IPPROTO_IDP               = unix.IPPROTO_IDP
	IPPROTO_IGMP              = unix.IPPROTO_IGMP
	IPPROTO_IP                = unix.IPPROTO_IP
	IPPROTO_IPIP              = unix.IPPROTO_IPIP
	IPPROTO_NONE              = unix.IPPROTO_NONE
	IPPROTO_PIM               = unix.IPPROTO_PIM
	IPPROTO_PUP               = unix.IPPROTO_PUP
	IPPROTO_RAW               = unix.IPPROTO_RAW
	IPPROTO_ROUTING           = unix.IPPROTO_ROUTING
	IPPROTO_RSVP              = unix.IPPROTO_RSVP
	IPPROTO_TP                = unix.IPPROTO_TP
	IPV6_CHECKSUM             = unix.IPV6_CHECKSUM
	IPV6_DONTFRAG             = unix.IPV6_DONTFRAG
	IPV6_DSTOPTS              = unix.IPV6_DSTOPTS
	IPV6_HOPLIMIT             = unix.IPV6_HOPLIMIT
	IPV6_HOPOPTS              = unix.IPV6_HOPOPTS
	IPV6_JOIN_GROUP           = unix.IPV6_JOIN_GROUP
	IPV6_LEAVE_GROUP          = unix.IPV6_LEAVE_GROUP
	IPV6_MULTICAST_HOPS       = unix.IPV6_MULTICAST_HOPS
	IPV6_MULTICAST_IF         = unix.IPV6_MULTICAST_IF
	IPV6_MULTICAST_LOOP       = unix.IPV6_MULTICAST_LOOP
	IPV6_NEXTHOP              = unix.IPV6_NEXTHOP
	IPV6_PATHMTU              = unix.IPV6_PATHMTU
	IPV6_PKTINFO              = unix.IPV6_PKTINFO
	IPV6_RECVDSTOPTS          = unix.IPV6_RECVDSTOPTS
	IPV6_RECVHOPLIMIT         = unix.IPV6_RECVHOPLIMIT
	IPV6_RECVHOPOPTS          = unix.IPV6_RECVHOPOPTS
	IPV6_RECVPATHMTU          = unix.IPV6_RECVPATHMTU
	IPV6_RECVPKTINFO          = unix.IPV6_RECVPKTINFO
	IPV6_RECVRTHDR            = unix.IPV6_RECVRTHDR
	IPV6_RECVTCLASS           = unix.IPV6_RECVTCLASS
	IPV6_RTHDR                = unix.IPV6_RTHDR
	IPV6_RTHDRDSTOPTS         = unix.IPV6_RTHDRDSTOPTS
	IPV6_RTHDR_TYPE_0         = unix.IPV6_RTHDR_TYPE_0
	IPV6_TCLASS               = unix.IPV6_TCLASS
	IPV6_UNICAST_HOPS         = unix.IPV6_UNICAST_HOPS
	IP_ADD_MEMBERSHIP         = unix.IP_ADD_MEMBERSHIP
	IP_DEFAULT_MULTICAST_LOOP = unix.IP_DEFAULT_MULTICAST_LOOP
	IP_DEFAULT_MULTICAST_TTL  = unix.IP_DEFAULT_MULTICAST_TTL
	IP_DROP_MEMBERSHIP        = unix.IP_DROP_MEMBERSHIP
	IP_HDRINCL                = unix.IP_HDRINCL
	IP_MAX_MEMBERSHIPS        = unix.IP_MAX_MEMBERSHIPS
	IP_MULTICAST_IF           = unix.IP_MULTICAST_IF
	IP_MULTICAST_LOOP         = unix.IP_MULTICAST_LOOP
	IP_MULTICAST_TTL          = unix.IP_MULTICAST_TTL
	IP_OPTIONS                = unix.IP_OPTIONS
	IP_RECVDSTADDR            = unix.IP_RECVDSTADDR
	IP_RECVIF                 = unix.IP_RECVIF
	IP_RECVOPTS               = unix.IP_RECVOPTS
	IP_RECVRETOPTS            = unix.IP_RECVRETOPTS
	IP_RECVTTL                = unix.IP_RECVTTL
	IP_RETOPTS                = unix.IP_RETOPTS
	IP_TOS                    = unix.IP_TOS
	IP_TTL                    = unix.IP_TTL
	MSG_CTRUNC                = unix.MSG_CTRUNC
	MSG_DONTROUTE             = unix.MSG_DONTROUTE
	MSG_EOR                   = unix.MSG_EOR
	MSG_NOSIGNAL              = unix.MSG_NOSIGNAL
	MSG_TRUNC                 = unix.MSG_TRUNC
	SCM_RIGHTS                = unix.SCM_RIGHTS
	SCM_TIMESTAMP             = unix.SCM_TIMESTAMP
	SOCK_RDM                  = unix.SOCK_RDM
	SO_ACCEPTCONN             = unix.SO_ACCEPTCONN
	SO_BROADCAST              = unix.SO_BROADCAST
	SO_DEBUG                  = unix.SO_DEBUG
	SO_DONTROUTE              = unix.SO_DONTROUTE
	SO_OOBINLINE              = unix.SO_OOBINLINE
	SO_RCVLOWAT               = unix.SO_RCVLOWAT
	SO_RCVTIMEO               = unix.SO_RCVTIMEO
	SO_SNDLOWAT               = unix.SO_SNDLOWAT
	SO_SNDTIMEO               = unix.SO_SNDTIMEO
	SO_TIMESTAMP              = unix.SO_TIMESTAMP
	SO_USELOOPBACK            = unix.SO_USELOOPBACK
	TCP_MAXSEG                = unix.TCP_MAXSEG
)
