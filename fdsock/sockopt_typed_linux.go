//go:build linux

package fdsock

// Options that Linux has besides. See socket(7), ip(7), ipv6(7), tcp(7) and
// udp(7).
const (
	SndBufForce  Number       = SOL_SOCKET<<32 | SO_SNDBUFFORCE // needs CAP_NET_ADMIN; set only
	RcvBufForce  Number       = SOL_SOCKET<<32 | SO_RCVBUFFORCE
	RcvLowat     Number       = SOL_SOCKET<<32 | SO_RCVLOWAT // bytes
	Mark         Number       = SOL_SOCKET<<32 | SO_MARK     // needs CAP_NET_ADMIN to set
	Priority     Number       = SOL_SOCKET<<32 | SO_PRIORITY
	BindToDevice Text         = SOL_SOCKET<<32 | SO_BINDTODEVICE // an interface's name; "" for none
	IncomingCPU  Number       = SOL_SOCKET<<32 | SO_INCOMING_CPU
	BusyPoll     Microseconds = SOL_SOCKET<<32 | SO_BUSY_POLL
	Domain       Number       = SOL_SOCKET<<32 | SO_DOMAIN   // get only
	Protocol     Number       = SOL_SOCKET<<32 | SO_PROTOCOL // get only
	PassCred     Flag         = SOL_SOCKET<<32 | SO_PASSCRED
	PassSec      Flag         = SOL_SOCKET<<32 | SO_PASSSEC
	PeerSecurity Text         = SOL_SOCKET<<32 | SO_PEERSEC // a label; get only, ENOPROTOOPT without a security module
	RxqOverflow  Flag         = SOL_SOCKET<<32 | SO_RXQ_OVFL

	// TimestampNS is [TimestampOn] in nanoseconds; Timestamping takes
	// SOF_TIMESTAMPING_ bits.
	TimestampNS  Flag   = SOL_SOCKET<<32 | SO_TIMESTAMPNS
	Timestamping Number = SOL_SOCKET<<32 | SO_TIMESTAMPING

	KeepIdle     Seconds      = IPPROTO_TCP<<32 | TCP_KEEPIDLE
	KeepInterval Seconds      = IPPROTO_TCP<<32 | TCP_KEEPINTVL
	KeepCount    Number       = IPPROTO_TCP<<32 | TCP_KEEPCNT // probes
	Cork         Flag         = IPPROTO_TCP<<32 | TCP_CORK
	QuickAck     Flag         = IPPROTO_TCP<<32 | TCP_QUICKACK // not permanent
	UserTimeout  Milliseconds = IPPROTO_TCP<<32 | TCP_USER_TIMEOUT
	DeferAccept  Seconds      = IPPROTO_TCP<<32 | TCP_DEFER_ACCEPT // the kernel rounds to retransmissions
	FastOpen     Number       = IPPROTO_TCP<<32 | TCP_FASTOPEN     // the length of a listener's queue
	FastOpenTo   Flag         = IPPROTO_TCP<<32 | TCP_FASTOPEN_CONNECT
	Congestion   Text         = IPPROTO_TCP<<32 | TCP_CONGESTION // "cubic" for example
	Linger2      Seconds      = IPPROTO_TCP<<32 | TCP_LINGER2
	SynCount     Number       = IPPROTO_TCP<<32 | TCP_SYNCNT
	NotSentLowat Number       = IPPROTO_TCP<<32 | TCP_NOTSENT_LOWAT // bytes

	MTUDiscover  Number = IPPROTO_IP<<32 | IP_MTU_DISCOVER // IP_PMTUDISC_
	MTU          Number = IPPROTO_IP<<32 | IP_MTU          // bytes, of a connected socket; get only
	RecvPktInfo  Flag   = IPPROTO_IP<<32 | IP_PKTINFO
	RecvErr      Flag   = IPPROTO_IP<<32 | IP_RECVERR
	RecvTOS      Flag   = IPPROTO_IP<<32 | IP_RECVTOS
	FreeBind     Flag   = IPPROTO_IP<<32 | IP_FREEBIND
	Transparent  Flag   = IPPROTO_IP<<32 | IP_TRANSPARENT // needs CAP_NET_ADMIN
	BindNoPort   Flag   = IPPROTO_IP<<32 | IP_BIND_ADDRESS_NO_PORT
	MTUDiscover6 Number = IPPROTO_IPV6<<32 | IPV6_MTU_DISCOVER
	MTU6         Number = IPPROTO_IPV6<<32 | IPV6_MTU
	RecvErr6     Flag   = IPPROTO_IPV6<<32 | IPV6_RECVERR
	UDPSegment   Number = IPPROTO_UDP<<32 | UDP_SEGMENT // bytes of each datagram
	UDPReceive   Flag   = IPPROTO_UDP<<32 | UDP_GRO
)
