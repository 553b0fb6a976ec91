//go:build linux

package sys

import "golang.org/x/sys/unix"

const (
	tcpKeepIdle     = unix.TCP_KEEPIDLE
	tcpKeepInterval = unix.TCP_KEEPINTVL
	tcpKeepCount    = unix.TCP_KEEPCNT

	reusePort = unix.SO_REUSEPORT
)

// AcceptInherits reports whether an accepted socket has the TCP options of its
// listener.
const AcceptInherits = true
