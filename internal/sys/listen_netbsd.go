//go:build netbsd

package sys

import "golang.org/x/sys/unix"

const (
	tcpKeepIdle     = unix.TCP_KEEPIDLE
	tcpKeepInterval = unix.TCP_KEEPINTVL
	tcpKeepCount    = unix.TCP_KEEPCNT

	reusePort = 0 // SO_REUSEPORT does not spread
)

// AcceptInherits reports whether an accepted socket has the TCP options of its
// listener.
const AcceptInherits = false
