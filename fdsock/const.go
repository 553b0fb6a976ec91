package fdsock

import (
	"time"

	"github.com/pollux-net/pollux/internal/sys"
)

// NoTimeout makes calls wait without limit, as Python's None does.
const NoTimeout time.Duration = -1

// Constants under the names and with the values of the platform.
const (
	AF_UNSPEC = sys.AF_UNSPEC
	AF_INET   = sys.AF_INET
	AF_INET6  = sys.AF_INET6
	AF_UNIX   = sys.AF_UNIX

	SOCK_STREAM    = sys.SOCK_STREAM
	SOCK_DGRAM     = sys.SOCK_DGRAM
	SOCK_RAW       = sys.SOCK_RAW
	SOCK_SEQPACKET = sys.SOCK_SEQPACKET

	SHUT_RD   = sys.SHUT_RD
	SHUT_WR   = sys.SHUT_WR
	SHUT_RDWR = sys.SHUT_RDWR

	SOL_SOCKET   = sys.SOL_SOCKET
	SO_ERROR     = sys.SO_ERROR
	SO_KEEPALIVE = sys.SO_KEEPALIVE
	SO_LINGER    = sys.SO_LINGER
	SO_RCVBUF    = sys.SO_RCVBUF
	SO_REUSEADDR = sys.SO_REUSEADDR
	SO_REUSEPORT = sys.SO_REUSEPORT
	SO_SNDBUF    = sys.SO_SNDBUF
	SO_TYPE      = sys.SO_TYPE

	IPPROTO_TCP  = sys.IPPROTO_TCP
	IPPROTO_UDP  = sys.IPPROTO_UDP
	IPPROTO_IPV6 = sys.IPPROTO_IPV6
	IPV6_V6ONLY  = sys.IPV6_V6ONLY
	TCP_NODELAY  = sys.TCP_NODELAY

	MSG_DONTWAIT = sys.MSG_DONTWAIT
	MSG_OOB      = sys.MSG_OOB
	MSG_PEEK     = sys.MSG_PEEK
	MSG_WAITALL  = sys.MSG_WAITALL

	SOMAXCONN = sys.SOMAXCONN
)
