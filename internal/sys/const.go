package sys

import "golang.org/x/sys/unix"

// Constants of the socket interface that the packages above re-export.
const (
	AF_UNSPEC = unix.AF_UNSPEC
	AF_INET   = unix.AF_INET
	AF_INET6  = unix.AF_INET6
	AF_UNIX   = unix.AF_UNIX

	SOCK_STREAM    = unix.SOCK_STREAM
	SOCK_DGRAM     = unix.SOCK_DGRAM
	SOCK_RAW       = unix.SOCK_RAW
	SOCK_SEQPACKET = unix.SOCK_SEQPACKET

	SHUT_RD   = unix.SHUT_RD
	SHUT_WR   = unix.SHUT_WR
	SHUT_RDWR = unix.SHUT_RDWR

	SOL_SOCKET   = unix.SOL_SOCKET
	SO_ERROR     = unix.SO_ERROR
	SO_KEEPALIVE = unix.SO_KEEPALIVE
	SO_RCVBUF    = unix.SO_RCVBUF
	SO_REUSEADDR = unix.SO_REUSEADDR
	SO_REUSEPORT = unix.SO_REUSEPORT
	SO_SNDBUF    = unix.SO_SNDBUF
	SO_TYPE      = unix.SO_TYPE
	SO_LINGER    = unix.SO_LINGER

	IPPROTO_TCP  = unix.IPPROTO_TCP
	IPPROTO_UDP  = unix.IPPROTO_UDP
	IPPROTO_IPV6 = unix.IPPROTO_IPV6
	IPV6_V6ONLY  = unix.IPV6_V6ONLY
	TCP_NODELAY  = unix.TCP_NODELAY

	MSG_PEEK     = unix.MSG_PEEK
	MSG_OOB      = unix.MSG_OOB
	MSG_WAITALL  = unix.MSG_WAITALL
	MSG_DONTWAIT = unix.MSG_DONTWAIT

	SOMAXCONN = unix.SOMAXCONN
)

// O_NONBLOCK has an open not wait for the other end of a FIFO.
const O_NONBLOCK = unix.O_NONBLOCK

// SIGTERM asks a process to end, and SIGHUP, if it is a server, to read its
// files again.
const (
	SIGTERM = unix.SIGTERM
	SIGHUP  = unix.SIGHUP
)
