package fdsock

import (
	"context"
	"net"
	"net/netip"
	"slices"
)

// Hints restricts what GetAddrInfo returns; zero means any.
type Hints struct{ Family, Type, Proto, Flags int }

// AddrInfo is one way to reach a service: arguments for New, and an address
// for Connect or Bind that needs no second look-up.
type AddrInfo struct {
	Family, Type, Proto int
	CanonName           string // of the first only, with AI_CANONNAME
	Addr                InetAddr
}

// GetAddrInfo finds the addresses of a host and service, by RFC 6724's order.
// An empty host is this machine (with AI_PASSIVE, every address of it), an
// empty service port 0; both empty is an error. The host is text, encoded by
// [EncodeHost]. It waits in the resolver, never on a loop, until the context
// ends, whose error is then in the chain of the [GAIError]. Any goroutine.
//
// Source: socket.getaddrinfo, getaddrinfo(3).
func GetAddrInfo(ctx context.Context, host, service string, hints Hints) ([]AddrInfo, error) {
	encoded, err := EncodeHost(host)
	if err != nil {
		return nil, err
	}
	return getAddrInfo(ctx, optional(encoded), optional(service), hints)
}

// GetAddrInfoBytes is GetAddrInfo for a host that is encoded already, as
// Python's is for bytes, and keeps apart what is not given (nil, Python's
// None) from what is empty: an empty host is a name that nobody has, an empty
// service port 0. Any goroutine.
func GetAddrInfoBytes(ctx context.Context, host, service []byte, hints Hints) ([]AddrInfo, error) {
	return getAddrInfo(ctx, name{string(host), host != nil}, name{string(service), service != nil}, hints)
}

// name is a host or service; a missing one is Python's None.
type name struct {
	text  string
	given bool
}

func optional(text string) name { return name{text, text != ""} }

func getAddrInfo(ctx context.Context, host, service name, hints Hints) ([]AddrInfo, error) {
	if host.text == "*" { // the GNU library takes it for none
		host = name{}
	}
	if service.text == "*" {
		service = name{}
	}
	hints, err := hints.check(host, service)
	if err != nil {
		return nil, err
	}
	offers, err := servicePorts(host.text, service, hints)
	if err != nil {
		return nil, err
	}
	addrs, err := hostAddrs(ctx, host, hints)
	if err != nil {
		return nil, err
	}
	var list []AddrInfo
	for _, a := range addrs {
		for _, o := range offers {
			info := AddrInfo{Family: AF_INET6, Type: o.typ, Proto: o.proto, Addr: a}
			if a.IP.Is4() {
				info.Family = AF_INET
			}
			info.Addr.Port = o.port
			list = append(list, info)
		}
	}
	if hints.Flags&AI_CANONNAME != 0 {
		list[0].CanonName = canonName(ctx, host.text)
	}
	return list, nil
}

// check refuses hints that make no sense, and narrows the family to what the
// machine has, with AI_ADDRCONFIG.
func (h Hints) check(host, service name) (Hints, error) {
	switch {
	case !host.given && !service.given:
		return h, gai(EAI_NONAME, host.text)
	case h.Flags&^allAI != 0, h.Flags&AI_CANONNAME != 0 && !host.given:
		return h, gai(EAI_BADFLAGS, host.text)
	case h.Family != AF_UNSPEC && h.Family != AF_INET && h.Family != AF_INET6:
		return h, gai(EAI_FAMILY, host.text)
	}
	if h.Flags&AI_ADDRCONFIG != 0 {
		four, six := configured()
		switch {
		case h.Family == AF_UNSPEC && four && !six:
			h.Family = AF_INET
		case h.Family == AF_UNSPEC && six && !four:
			h.Family = AF_INET6
		case h.Family == AF_INET && !four, h.Family == AF_INET6 && !six:
			return h, gai(EAI_NONAME, host.text)
		}
	}
	if _, numeric := portNumber(service.text); !numeric && h.Flags&AI_NUMERICSERV != 0 {
		return h, gai(EAI_NONAME, host.text)
	}
	return h, nil
}

// configured reports in which families this machine has addresses beside the
// usual ones of the loopback.
func configured() (four, six bool) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return true, true
	}
	for _, a := range addrs {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil {
			continue
		}
		ip := prefix.Addr().WithZone("")
		four = four || ip.Is4() && ip != netip.AddrFrom4([4]byte{127, 0, 0, 1})
		six = six || ip.Is6() && ip != netip.IPv6Loopback()
	}
	return four, six
}

// hostAddrs finds a host's addresses in the families that are wanted.
func hostAddrs(ctx context.Context, host name, hints Hints) ([]InetAddr, error) {
	if !host.given {
		return localAddrs(hints), nil
	}
	if a, is, err := literal(host.text); is {
		addrs, familyErr := literalAddrs(host.text, a, hints)
		if familyErr != nil || err == nil {
			return addrs, familyErr
		}
		return nil, err
	}
	if hints.Flags&AI_NUMERICHOST != 0 {
		return nil, gai(EAI_NONAME, host.text)
	}
	ips, err := lookupFamily(ctx, host.text, hints)
	if err != nil {
		return nil, gaiError(host.text, err)
	}
	var addrs []InetAddr
	for _, ip := range ips {
		if a := (InetAddr{IP: ip}); !slices.Contains(addrs, a) {
			addrs = append(addrs, a)
		}
	}
	return addrs, nil
}

// localAddrs are the addresses of no host: the loopback's, or every one.
func localAddrs(hints Hints) []InetAddr {
	four, six := netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()
	if hints.Flags&AI_PASSIVE != 0 {
		four, six = netip.IPv4Unspecified(), netip.IPv6Unspecified()
	}
	switch {
	case hints.Family == AF_INET:
		return []InetAddr{{IP: four}}
	case hints.Family == AF_INET6:
		return []InetAddr{{IP: six}}
	case hints.Flags&AI_PASSIVE != 0:
		return []InetAddr{{IP: four}, {IP: six}}
	}
	return []InetAddr{{IP: six}, {IP: four}}
}

// literalAddrs is an address as an answer to the hints.
func literalAddrs(host string, a InetAddr, hints Hints) ([]InetAddr, error) {
	switch {
	case hints.Family == AF_INET6 && a.IP.Is4() && hints.Flags&AI_V4MAPPED != 0:
		a.IP = netip.AddrFrom16(a.IP.As16())
	case hints.Family == AF_INET && a.IP.Is4In6():
		a = InetAddr{IP: a.IP.Unmap()}
	case hints.Family == AF_INET6 && a.IP.Is4(), hints.Family == AF_INET && a.IP.Is6():
		return nil, gai(EAI_ADDRFAMILY, host)
	}
	return []InetAddr{a}, nil
}
