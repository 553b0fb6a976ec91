package fdsock

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/pollux-net/pollux/internal/sys"
)

// Addr is a socket address: an [InetAddr], a [UnixAddr], or one of the
// platform's own.
type Addr interface {
	net.Addr
	// sockaddr returns the kernel's form for a socket of the given family,
	// looking up a name if there is one.
	sockaddr(ctx context.Context, family int) (sys.Sockaddr, error)
}

// kernelAddr is addr.sockaddr for an address that a caller may have forgotten.
func kernelAddr(ctx context.Context, addr Addr, family int) (sys.Sockaddr, error) {
	if addr == nil {
		return sys.Sockaddr{}, &ValueError{"the address is nil"}
	}
	return addr.sockaddr(ctx, family)
}

// InetAddr is an IPv4 or IPv6 address and port: Python's (host, port) and
// (host, port, flowinfo, scope_id). Where IP is not valid, Name is a host
// name that Bind and Connect look up; an empty name is every address.
type InetAddr struct {
	IP       netip.Addr
	Port     int
	Name     string
	FlowInfo uint32
	ScopeID  uint32
}

// Inet returns the address of host and port. The host is an IPv4 or IPv6
// literal, with or without a zone, or a name to be looked up when the address
// is used; "" is every local address and "<broadcast>" 255.255.255.255.
func Inet(host string, port int) InetAddr {
	ip, err := netip.ParseAddr(host)
	switch {
	case host == broadcast:
		return InetAddr{IP: netip.AddrFrom4([4]byte{255, 255, 255, 255}), Port: port, Name: host}
	case err == nil && ip.Zone() == "":
		return InetAddr{IP: ip, Port: port}
	case err == nil:
		if a, is, err := literal(host); is && err == nil {
			a.Port = port
			return a
		}
	}
	return InetAddr{Name: host, Port: port}
}

// broadcast is a name for 255.255.255.255, on IPv4 sockets.
const broadcast = "<broadcast>"

// Host returns the address or name without the port.
func (a InetAddr) Host() string {
	if a.IP.IsValid() {
		return ntop(a.IP)
	}
	return a.Name
}

// Network implements net.Addr.
func (a InetAddr) Network() string { return "ip" }

// String returns "host:port", an IPv6 host in brackets.
func (a InetAddr) String() string { return net.JoinHostPort(a.Host(), strconv.Itoa(a.Port)) }

// AddrPort returns the address in the standard library's form.
func (a InetAddr) AddrPort() netip.AddrPort { return netip.AddrPortFrom(a.IP, uint16(a.Port)) }

func (a InetAddr) sockaddr(ctx context.Context, family int) (sys.Sockaddr, error) {
	if family != AF_INET && family != AF_INET6 {
		return sys.Sockaddr{}, sys.EAFNOSUPPORT
	}
	if a.Port < 0 || a.Port > 65535 {
		return sys.Sockaddr{}, &OverflowError{"port must be 0-65535."}
	}
	if a.Name == broadcast && family == AF_INET6 {
		return sys.Sockaddr{}, &Error{Errno: sys.EAFNOSUPPORT, Text: "address family mismatched"}
	}
	ip := a.IP
	if !ip.IsValid() {
		name, err := encodeAddrHost(a.Name)
		if err != nil {
			return sys.Sockaddr{}, err
		}
		if ip, err = lookup(ctx, family, name); err != nil {
			return sys.Sockaddr{}, err
		}
	}
	if family == AF_INET && !ip.Unmap().Is4() || family == AF_INET6 && ip.Is4() {
		return sys.Sockaddr{}, gai(EAI_ADDRFAMILY, a.Host())
	}
	return sys.Sockaddr{Family: family, Addr: ip, Port: uint16(a.Port), Flow: a.FlowInfo, Scope: a.ScopeID}, nil
}

// UnixAddr is the path of a Unix socket. A leading zero byte makes it a name
// in the abstract namespace (Linux); an empty one is unnamed.
type UnixAddr string

// Network implements net.Addr.
func (a UnixAddr) Network() string { return "unix" }

// String returns the path, an abstract name with @ for its leading zero.
func (a UnixAddr) String() string {
	if a != "" && a[0] == 0 {
		return "@" + string(a[1:])
	}
	return string(a)
}

func (a UnixAddr) sockaddr(_ context.Context, family int) (sys.Sockaddr, error) {
	if family != AF_UNIX {
		return sys.Sockaddr{}, sys.EAFNOSUPPORT
	}
	if !sys.UnixPathFits(string(a)) {
		return sys.Sockaddr{}, &Error{Errno: sys.ENAMETOOLONG, Text: "AF_UNIX path too long"}
	}
	return sys.Sockaddr{Family: AF_UNIX, Path: string(a)}, nil
}

// RawAddr is an address of a family that this package does not know: what
// follows the family in the kernel's structure.
type RawAddr struct {
	Family int
	Data   string
}

// Network implements net.Addr.
func (a RawAddr) Network() string { return "raw" }

// String returns "family:hexadecimal".
func (a RawAddr) String() string { return fmt.Sprintf("%d:%x", a.Family, a.Data) }

func (a RawAddr) sockaddr(_ context.Context, family int) (sys.Sockaddr, error) {
	if family != a.Family {
		return sys.Sockaddr{}, sys.EAFNOSUPPORT
	}
	return sys.Sockaddr{Family: family, Path: a.Data}, nil
}

// fromSockaddr turns the kernel's address into ours.
func fromSockaddr(sa *sys.Sockaddr) Addr {
	switch sa.Family {
	case AF_INET, AF_INET6:
		return InetAddr{IP: sa.Addr, Port: int(sa.Port), FlowInfo: sa.Flow, ScopeID: sa.Scope}
	case AF_UNIX:
		return UnixAddr(sa.Path)
	}
	return fromExotic(sa)
}
