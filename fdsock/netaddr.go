package fdsock

import (
	"net"
	"strconv"
)

// netAddr returns an address in the standard library's form for a socket of
// the type: *net.TCPAddr, *net.UDPAddr, *net.IPAddr or *net.UnixAddr. One of a
// family that package net does not know stays as it is.
func netAddr(addr Addr, typ int) net.Addr {
	switch a := addr.(type) {
	case InetAddr:
		ip := net.IP(a.IP.Unmap().AsSlice())
		switch typ {
		case SOCK_STREAM:
			return &net.TCPAddr{IP: ip, Port: a.Port, Zone: zone(a)}
		case SOCK_DGRAM:
			return &net.UDPAddr{IP: ip, Port: a.Port, Zone: zone(a)}
		case SOCK_RAW:
			return &net.IPAddr{IP: ip, Zone: zone(a)}
		}
	case UnixAddr:
		return &net.UnixAddr{Name: a.String(), Net: unixNetwork(typ)}
	case nil:
		return nil
	}
	return addr
}

// zone returns the name of a scoped address's interface, or its number.
func zone(a InetAddr) string {
	if a.ScopeID == 0 || !a.IP.Is6() {
		return ""
	}
	if name, err := IfIndexToName(int(a.ScopeID)); err == nil {
		return name
	}
	return strconv.Itoa(int(a.ScopeID))
}

func unixNetwork(typ int) string {
	switch typ {
	case SOCK_DGRAM:
		return "unixgram"
	case SOCK_SEQPACKET:
		return "unixpacket"
	}
	return "unix"
}

// network returns package net's name for the kind of the socket.
func (s *Socket) network() string {
	switch {
	case s.family == AF_UNIX:
		return unixNetwork(s.kind)
	case s.family != AF_INET && s.family != AF_INET6:
		return "socket"
	case s.kind == SOCK_DGRAM:
		return "udp"
	case s.kind == SOCK_RAW:
		return "ip"
	}
	return "tcp"
}

// FromNetAddr returns package net's address in this package's form. A
// *net.UnixAddr whose name begins with @ is abstract, as there.
func FromNetAddr(addr net.Addr) (Addr, error) {
	switch a := addr.(type) {
	case Addr:
		return a, nil
	case *net.TCPAddr:
		return fromIP(a.IP, a.Port, a.Zone)
	case *net.UDPAddr:
		return fromIP(a.IP, a.Port, a.Zone)
	case *net.IPAddr:
		return fromIP(a.IP, 0, a.Zone)
	case *net.UnixAddr:
		if a.Name != "" && a.Name[0] == '@' {
			return UnixAddr("\x00" + a.Name[1:]), nil
		}
		return UnixAddr(a.Name), nil
	}
	return nil, &ValueError{"FromNetAddr: no address of a socket: " + addrText(addr)}
}

func addrText(addr net.Addr) string {
	if addr == nil {
		return "nil"
	}
	return addr.Network() + " " + addr.String()
}

func fromIP(ip net.IP, port int, zone string) (Addr, error) {
	host := ip.String()
	if len(ip) == 0 {
		host = ""
	}
	if zone != "" {
		host += "%" + zone
	}
	a := Inet(host, port)
	if host != "" && !a.IP.IsValid() {
		return nil, &ValueError{"FromNetAddr: no address: " + host}
	}
	return a, nil
}
