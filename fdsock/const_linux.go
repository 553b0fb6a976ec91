//go:build linux

package fdsock

import "github.com/pollux-net/pollux/internal/sys"

// The constants of Python 3.11 on Linux, and those that the typed options need.
// What differs between architectures comes from internal/sys.

// Address families.
const (
	AF_ALG       = 38
	AF_APPLETALK = 5
	AF_ASH       = 18
	AF_ATMPVC    = 8
	AF_ATMSVC    = 20
	AF_AX25      = 3
	AF_BRIDGE    = 7
	AF_CAN       = 29
	AF_ECONET    = 19
	AF_IPX       = 4
	AF_IRDA      = 23
	AF_KEY       = 15
	AF_LLC       = 26
	AF_NETBEUI   = 13
	AF_NETROM    = 6
	AF_PPPOX     = 24
	AF_QIPCRTR   = 42
	AF_RDS       = 21
	AF_ROSE      = 11
	AF_ROUTE     = 16
	AF_SECURITY  = 14
	AF_SNA       = 22
	AF_TIPC      = 30
	AF_WANPIPE   = 25
	AF_X25       = 9
)

// Protocol families.
const (
	PF_CAN    = 29
	PF_PACKET = 17
	PF_RDS    = 21
)

// Socket types and flags.
const (
	SOCK_CLOEXEC  = sys.SOCK_CLOEXEC
	SOCK_NONBLOCK = sys.SOCK_NONBLOCK
	SOCK_RDM      = sys.SOCK_RDM
)

// Levels of options.
const (
	SOL_ALG      = 279
	SOL_CAN_BASE = 100
	SOL_CAN_RAW  = 101
	SOL_IP       = 0
	SOL_IPV6     = 41
	SOL_NETLINK  = 270
	SOL_PACKET   = 263
	SOL_RDS      = 276
	SOL_TCP      = 6
	SOL_TIPC     = 271
	SOL_UDP      = 17
	SOL_VSOCK    = 287
)

// Options at SOL_SOCKET, or at the level of their family.
const (
	SO_ACCEPTCONN                 = sys.SO_ACCEPTCONN
	SO_ATTACH_FILTER              = sys.SO_ATTACH_FILTER
	SO_BINDTODEVICE               = sys.SO_BINDTODEVICE
	SO_BINDTOIFINDEX              = sys.SO_BINDTOIFINDEX
	SO_BROADCAST                  = sys.SO_BROADCAST
	SO_BUSY_POLL                  = sys.SO_BUSY_POLL
	SO_COOKIE                     = sys.SO_COOKIE
	SO_DEBUG                      = sys.SO_DEBUG
	SO_DETACH_FILTER              = sys.SO_DETACH_FILTER
	SO_DOMAIN                     = sys.SO_DOMAIN
	SO_DONTROUTE                  = sys.SO_DONTROUTE
	SO_INCOMING_CPU               = sys.SO_INCOMING_CPU
	SO_J1939_ERRQUEUE             = 4
	SO_J1939_FILTER               = 1
	SO_J1939_PROMISC              = 2
	SO_J1939_SEND_PRIO            = 3
	SO_MARK                       = sys.SO_MARK
	SO_NO_CHECK                   = sys.SO_NO_CHECK
	SO_OOBINLINE                  = sys.SO_OOBINLINE
	SO_PASSCRED                   = sys.SO_PASSCRED
	SO_PASSPIDFD                  = sys.SO_PASSPIDFD
	SO_PASSSEC                    = sys.SO_PASSSEC
	SO_PEEK_OFF                   = sys.SO_PEEK_OFF
	SO_PEERCRED                   = sys.SO_PEERCRED
	SO_PEERGROUPS                 = sys.SO_PEERGROUPS
	SO_PEERPIDFD                  = sys.SO_PEERPIDFD
	SO_PEERSEC                    = sys.SO_PEERSEC
	SO_PRIORITY                   = sys.SO_PRIORITY
	SO_PROTOCOL                   = sys.SO_PROTOCOL
	SO_RCVBUFFORCE                = sys.SO_RCVBUFFORCE
	SO_RCVLOWAT                   = sys.SO_RCVLOWAT
	SO_RCVTIMEO                   = sys.SO_RCVTIMEO
	SO_RXQ_OVFL                   = sys.SO_RXQ_OVFL
	SO_SELECT_ERR_QUEUE           = sys.SO_SELECT_ERR_QUEUE
	SO_SNDBUFFORCE                = sys.SO_SNDBUFFORCE
	SO_SNDLOWAT                   = sys.SO_SNDLOWAT
	SO_SNDTIMEO                   = sys.SO_SNDTIMEO
	SO_TIMESTAMP                  = sys.SO_TIMESTAMP
	SO_TIMESTAMPING               = sys.SO_TIMESTAMPING
	SO_TIMESTAMPING_NEW           = sys.SO_TIMESTAMPING_NEW
	SO_TIMESTAMPNS                = sys.SO_TIMESTAMPNS
	SO_TIMESTAMPNS_NEW            = sys.SO_TIMESTAMPNS_NEW
	SO_TIMESTAMP_NEW              = sys.SO_TIMESTAMP_NEW
	SO_TXTIME                     = sys.SO_TXTIME
	SO_VM_SOCKETS_BUFFER_MAX_SIZE = 2
	SO_VM_SOCKETS_BUFFER_MIN_SIZE = 1
	SO_VM_SOCKETS_BUFFER_SIZE     = 0
	SO_ZEROCOPY                   = sys.SO_ZEROCOPY
)

// Protocols, which are levels of options too.
const (
	IPPROTO_AH       = 51
	IPPROTO_DSTOPTS  = 60
	IPPROTO_EGP      = 8
	IPPROTO_ESP      = 50
	IPPROTO_FRAGMENT = 44
	IPPROTO_GRE      = 47
	IPPROTO_HOPOPTS  = 0
	IPPROTO_ICMP     = 1
	IPPROTO_ICMPV6   = 58
	IPPROTO_IDP      = 22
	IPPROTO_IGMP     = 2
	IPPROTO_IP       = 0
	IPPROTO_IPIP     = 4
	IPPROTO_MPTCP    = 262
	IPPROTO_NONE     = 59
	IPPROTO_PIM      = 103
	IPPROTO_PUP      = 12
	IPPROTO_RAW      = 255
	IPPROTO_ROUTING  = 43
	IPPROTO_RSVP     = 46
	IPPROTO_SCTP     = 132
	IPPROTO_TP       = 29
	IPPROTO_UDPLITE  = 136
)

// Bounds of port numbers.
const (
	IPPORT_RESERVED     = 1024
	IPPORT_USERRESERVED = 5000
)

// Options at IPPROTO_IP, see ip(7).
const (
	IP_ADD_MEMBERSHIP         = 35
	IP_BIND_ADDRESS_NO_PORT   = 24
	IP_DEFAULT_MULTICAST_LOOP = 1
	IP_DEFAULT_MULTICAST_TTL  = 1
	IP_DROP_MEMBERSHIP        = 36
	IP_FREEBIND               = 15
	IP_HDRINCL                = 3
	IP_MAX_MEMBERSHIPS        = 20
	IP_MINTTL                 = 21
	IP_MTU                    = 14
	IP_MTU_DISCOVER           = 10
	IP_MULTICAST_ALL          = 49
	IP_MULTICAST_IF           = 32
	IP_MULTICAST_LOOP         = 34
	IP_MULTICAST_TTL          = 33
	IP_OPTIONS                = 4
	IP_PKTINFO                = 8
	IP_PMTUDISC_DO            = 2
	IP_PMTUDISC_DONT          = 0
	IP_PMTUDISC_PROBE         = 3
	IP_PMTUDISC_WANT          = 1
	IP_RECVERR                = 11
	IP_RECVOPTS               = 6
	IP_RECVORIGDSTADDR        = 20
	IP_RECVRETOPTS            = 7
	IP_RECVTOS                = 13
	IP_RECVTTL                = 12
	IP_RETOPTS                = 7
	IP_TOS                    = 1
	IP_TRANSPARENT            = 19
	IP_TTL                    = 2
)

// Options at IPPROTO_IPV6, see ipv6(7).
const (
	IPV6_AUTOFLOWLABEL  = 70
	IPV6_CHECKSUM       = 7
	IPV6_DONTFRAG       = 62
	IPV6_DSTOPTS        = 59
	IPV6_FREEBIND       = 78
	IPV6_HOPLIMIT       = 52
	IPV6_HOPOPTS        = 54
	IPV6_JOIN_GROUP     = 20
	IPV6_LEAVE_GROUP    = 21
	IPV6_MINHOPCOUNT    = 73
	IPV6_MTU            = 24
	IPV6_MTU_DISCOVER   = 23
	IPV6_MULTICAST_ALL  = 29
	IPV6_MULTICAST_HOPS = 18
	IPV6_MULTICAST_IF   = 17
	IPV6_MULTICAST_LOOP = 19
	IPV6_NEXTHOP        = 9
	IPV6_PATHMTU        = 61
	IPV6_PKTINFO        = 50
	IPV6_RECVDSTOPTS    = 58
	IPV6_RECVERR        = 25
	IPV6_RECVHOPLIMIT   = 51
	IPV6_RECVHOPOPTS    = 53
	IPV6_RECVPATHMTU    = 60
	IPV6_RECVPKTINFO    = 49
	IPV6_RECVRTHDR      = 56
	IPV6_RECVTCLASS     = 66
	IPV6_RTHDR          = 57
	IPV6_RTHDRDSTOPTS   = 55
	IPV6_RTHDR_TYPE_0   = 0
	IPV6_TCLASS         = 67
	IPV6_TRANSPARENT    = 75
	IPV6_UNICAST_HOPS   = 16
)

// Options at IPPROTO_TCP, see tcp(7).
const (
	TCP_CONGESTION       = 13
	TCP_CORK             = 3
	TCP_DEFER_ACCEPT     = 9
	TCP_FASTOPEN         = 23
	TCP_FASTOPEN_CONNECT = 30
	TCP_INFO             = 11
	TCP_INQ              = 36
	TCP_KEEPCNT          = 6
	TCP_KEEPIDLE         = 4
	TCP_KEEPINTVL        = 5
	TCP_LINGER2          = 8
	TCP_MAXSEG           = 2
	TCP_MD5SIG           = 14
	TCP_NOTSENT_LOWAT    = 25
	TCP_QUICKACK         = 12
	TCP_REPAIR           = 19
	TCP_SAVE_SYN         = 27
	TCP_SYNCNT           = 7
	TCP_TX_DELAY         = 37
	TCP_ULP              = 31
	TCP_USER_TIMEOUT     = 18
	TCP_WINDOW_CLAMP     = 10
)

// Options at IPPROTO_UDP, see udp(7).
const (
	UDP_CORK    = 1
	UDP_GRO     = 104
	UDP_SEGMENT = 103
)

// Options at IPPROTO_UDPLITE, see udplite(7).
const (
	UDPLITE_RECV_CSCOV = 11
	UDPLITE_SEND_CSCOV = 10
)

// Options for multicast groups of either protocol, see ip(7).
const (
	MCAST_BLOCK_SOURCE       = 43
	MCAST_JOIN_GROUP         = 42
	MCAST_JOIN_SOURCE_GROUP  = 46
	MCAST_LEAVE_GROUP        = 45
	MCAST_LEAVE_SOURCE_GROUP = 47
	MCAST_UNBLOCK_SOURCE     = 44
)

// Flags of transfers, see recv(2) and send(2).
const (
	MSG_CMSG_CLOEXEC = 0x40000000
	MSG_CONFIRM      = 0x800
	MSG_CTRUNC       = 8
	MSG_DONTROUTE    = 4
	MSG_EOR          = 128
	MSG_ERRQUEUE     = 0x2000
	MSG_FASTOPEN     = 0x20000000
	MSG_MORE         = 0x8000
	MSG_NOSIGNAL     = 0x4000
	MSG_TRUNC        = 32
)

// Types of ancillary data, see unix(7).
const (
	SCM_CREDENTIALS     = 2
	SCM_J1939_DEST_ADDR = 1
	SCM_J1939_DEST_NAME = 2
	SCM_J1939_ERRQUEUE  = 4
	SCM_J1939_PRIO      = 3
	SCM_PIDFD           = 4
	SCM_RIGHTS          = 1
	SCM_SECURITY        = 3
	SCM_TIMESTAMP       = sys.SO_TIMESTAMP
	SCM_TIMESTAMPING    = sys.SO_TIMESTAMPING
	SCM_TIMESTAMPNS     = sys.SO_TIMESTAMPNS
)

// Bits of SO_TIMESTAMPING.
const (
	SOF_TIMESTAMPING_OPT_CMSG     = 1024
	SOF_TIMESTAMPING_OPT_ID       = 128
	SOF_TIMESTAMPING_OPT_TSONLY   = 0x800
	SOF_TIMESTAMPING_RAW_HARDWARE = 64
	SOF_TIMESTAMPING_RX_HARDWARE  = 4
	SOF_TIMESTAMPING_RX_SOFTWARE  = 8
	SOF_TIMESTAMPING_SOFTWARE     = 16
	SOF_TIMESTAMPING_TX_ACK       = 512
	SOF_TIMESTAMPING_TX_HARDWARE  = 1
	SOF_TIMESTAMPING_TX_SCHED     = 256
	SOF_TIMESTAMPING_TX_SOFTWARE  = 2
)
