package sys

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// Sockaddr is a socket address in a portable form. Family says which of the
// other fields count: Addr, Port (and for IPv6 Flow and Scope) for AF_INET
// and AF_INET6, Path for AF_UNIX. A Path that begins with a zero byte is an
// abstract name; an empty one is unnamed. For every other family Path is what
// follows the family in the kernel's structure, on Linux; elsewhere such
// addresses are not supported.
type Sockaddr struct {
	Family int
	Port   uint16
	Flow   uint32
	Scope  uint32
	Addr   netip.Addr
	Path   string
}

// Inet returns the IPv4 or IPv6 address of ap, in the family of its address.
func Inet(ap netip.AddrPort) Sockaddr {
	sa := Sockaddr{Family: unix.AF_INET6, Port: ap.Port(), Addr: ap.Addr()}
	if sa.Addr.Is4() {
		sa.Family = unix.AF_INET
	}
	return sa
}

// maxUnixPath is the room for a path in struct sockaddr_un.
const maxUnixPath = len(unix.RawSockaddrUnix{}.Path)

// UnixPathFits reports whether there is room for a path in struct sockaddr_un:
// a file name is closed by a zero byte, an abstract name is not.
func UnixPathFits(path string) bool {
	return len(path) < maxUnixPath || len(path) == maxUnixPath && path[0] == 0
}
