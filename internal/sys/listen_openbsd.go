//go:build openbsd

package sys

const (
	// The times of keepalive are the whole system's.
	tcpKeepIdle     = 0
	tcpKeepInterval = 0
	tcpKeepCount    = 0

	reusePort = 0 // SO_REUSEPORT does not spread
)

// AcceptInherits reports whether an accepted socket has the TCP options of its
// listener.
const AcceptInherits = false
