package fdsock

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// The flags of GetAddrInfo.
const (
	AI_PASSIVE     = 0x1
	AI_CANONNAME   = 0x2
	AI_NUMERICHOST = 0x4
	AI_V4MAPPED    = 0x8
	AI_ALL         = 0x10
	AI_ADDRCONFIG  = 0x20
	AI_NUMERICSERV = 0x400

	allAI = AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_V4MAPPED | AI_ALL | AI_ADDRCONFIG | AI_NUMERICSERV
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

// transport is a way to reach services.
type transport struct {
	typ, proto int
	name       string // "" means any protocol and no services
	usual      bool
}

// transports are the socket types that a service is offered on, in order.
// Those that are not usual are only offered if they are asked for.
var transports = []transport{
	{SOCK_STREAM, IPPROTO_TCP, "tcp", true},
	{SOCK_DGRAM, IPPROTO_UDP, "udp", true},
	{SOCK_DGRAM, 136, "udplite", false},
	{SOCK_STREAM, 132, "sctp", false},
	{SOCK_SEQPACKET, 132, "sctp", false},
	{SOCK_RAW, 0, "", true},
}

// GetAddrInfo finds the addresses of a host and service, by RFC 6724's order.
// An empty host is this machine (with AI_PASSIVE, every address of it), an
// empty service port 0; both empty is an error. It waits in the resolver,
// never on a loop, until the context ends.
//
// Source: socket.getaddrinfo, getaddrinfo(3).
func GetAddrInfo(ctx context.Context, host, service string, hints Hints) ([]AddrInfo, error) {
	if err := hints.check(host, service); err != nil {
		return nil, err
	}
	offers, err := servicePorts(host, service, hints)
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
		list[0].CanonName = canonName(ctx, host)
	}
	return list, nil
}

func (h Hints) check(host, service string) error {
	switch {
	case host == "" && service == "":
		return gai(eaiNoName, host)
	case h.Flags&^allAI != 0, h.Flags&AI_CANONNAME != 0 && host == "":
		return gai(eaiBadFlags, host)
	case h.Family != AF_UNSPEC && h.Family != AF_INET && h.Family != AF_INET6:
		return gai(eaiFamily, host)
	}
	return nil
}

// typeKnown reports whether a transport is of the wanted type.
func (h Hints) typeKnown(t transport) bool { return t.typ == h.Type }

// offer is a socket type and the port of the service on it.
type offer struct{ typ, proto, port int }

// servicePorts finds the ports of a service on the types that are wanted: all
// the usual ones, or the first that the hints allow.
func servicePorts(host, service string, hints Hints) ([]offer, error) {
	port, numeric := portNumber(service)
	if !numeric && hints.Flags&AI_NUMERICSERV != 0 {
		return nil, gai(eaiNoName, host)
	}
	var offers []offer
	for _, t := range hints.transports() {
		o := offer{t.typ, t.proto, port}
		if t.name == "" {
			o.proto = hints.Proto
		}
		if !numeric {
			p, err := GetServByName(service, t.name)
			if err != nil || t.name == "" {
				continue
			}
			o.port = p
		}
		offers = append(offers, o)
	}
	switch one := hints.Type != 0 || hints.Proto != 0; {
	case len(offers) > 0 && (!one || offers[0].typ != SOCK_RAW || service == ""):
		return offers, nil
	case hints.Type != 0 && !slices.ContainsFunc(transports, hints.typeKnown):
		return nil, gai(eaiSockType, host)
	}
	return nil, gai(eaiService, host)
}

// transports returns those that are wanted: all the usual ones, or the first
// that the hints allow.
func (h Hints) transports() []transport {
	if h.Type == 0 && h.Proto == 0 {
		return slices.DeleteFunc(slices.Clone(transports), func(t transport) bool { return !t.usual })
	}
	for i, t := range transports {
		if (h.Type == 0 || h.Type == t.typ) && (h.Proto == 0 || t.name == "" || h.Proto == t.proto) {
			return transports[i : i+1]
		}
	}
	return nil
}

// portNumber reads a port as the C library does: spaces and a sign may come
// before it, and only 16 bits of it count.
func portNumber(service string) (port int, numeric bool) {
	if service == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(strings.TrimLeft(service, " \t\n\v\f\r"), 10, 32)
	return int(n & 0xffff), err == nil && n >= 0
}

// hostAddrs finds a host's addresses in the families that are wanted.
func hostAddrs(ctx context.Context, host string, hints Hints) ([]InetAddr, error) {
	if host == "" {
		return localAddrs(hints), nil
	}
	if a, ok := literal(host); ok {
		return literalAddrs(host, a, hints)
	}
	if hints.Flags&AI_NUMERICHOST != 0 {
		return nil, gai(eaiNoName, host)
	}
	network := map[int]string{AF_UNSPEC: "ip", AF_INET: "ip4", AF_INET6: "ip6"}[hints.Family]
	if strings.ContainsAny(host, ":%") {
		return nil, gai(eaiNoName, host) // an address, and not a right one
	}
	ips, err := lookupUnmapped(ctx, network, host)
	if err != nil && hints.Family == AF_INET6 && hints.Flags&AI_V4MAPPED != 0 {
		ips, err = lookupUnmapped(ctx, "ip4", host)
		for i, ip := range ips {
			ips[i] = netip.AddrFrom16(ip.As16())
		}
	}
	if err != nil {
		return nil, gaiError(host, err)
	}
	var addrs []InetAddr
	seen := make(map[netip.Addr]bool)
	for _, ip := range ips {
		if !seen[ip] {
			seen[ip] = true
			addrs = append(addrs, InetAddr{IP: ip})
		}
	}
	return addrs, nil
}

// localAddrs are the addresses of no host: the loopback's, or every one.
func localAddrs(hints Hints) (addrs []InetAddr) {
	four, six := netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()
	if hints.Flags&AI_PASSIVE != 0 {
		four, six = netip.IPv4Unspecified(), netip.IPv6Unspecified()
	}
	sixes, fours := []InetAddr{{IP: six}}, []InetAddr{{IP: four}}
	switch {
	case hints.Family == AF_INET:
		return fours
	case hints.Family == AF_INET6:
		return sixes
	case hints.Flags&AI_PASSIVE != 0:
		return append(fours, sixes...)
	}
	return append(sixes, fours...)
}

// lookupUnmapped is the resolver's answer with IPv4 addresses as such.
func lookupUnmapped(ctx context.Context, network, host string) ([]netip.Addr, error) {
	ips, err := net.DefaultResolver.LookupNetIP(ctx, network, host)
	for i, ip := range ips {
		ips[i] = ip.Unmap().WithZone("")
	}
	return ips, err
}

// literal reads an address: IPv4 in any form of inet_aton, IPv6 with a zone,
// which only a link-local address may name by its interface.
func literal(host string) (InetAddr, bool) {
	if packed, ok := aton(host); ok {
		return InetAddr{IP: netip.AddrFrom4(packed)}, true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.Is6() {
		return InetAddr{}, false
	}
	a := InetAddr{IP: ip.WithZone("")}
	if ip.Zone() == "" {
		return a, true
	}
	local := a.IP.IsLinkLocalUnicast() || a.IP.IsLinkLocalMulticast()
	if n, err := strconv.ParseUint(ip.Zone(), 10, 32); err == nil {
		a.ScopeID = uint32(n)
	} else if index, err := IfNameToIndex(ip.Zone()); err == nil && local {
		a.ScopeID = uint32(index)
	} else {
		return InetAddr{}, false
	}
	return a, true
}

func literalAddrs(host string, a InetAddr, hints Hints) ([]InetAddr, error) {
	switch {
	case hints.Family == AF_INET6 && a.IP.Is4() && hints.Flags&AI_V4MAPPED != 0:
		a.IP = netip.AddrFrom16(a.IP.As16())
	case hints.Family == AF_INET && a.IP.Is4In6():
		a.IP = a.IP.Unmap()
	case hints.Family == AF_INET6 && a.IP.Is4(), hints.Family == AF_INET && a.IP.Is6():
		return nil, gai(eaiAddrFamily, host)
	}
	return []InetAddr{a}, nil
}

func canonName(ctx context.Context, host string) string {
	if _, ok := literal(host); ok {
		return host
	}
	name, err := net.DefaultResolver.LookupCNAME(ctx, host)
	if err != nil {
		return host
	}
	return strings.TrimSuffix(name, ".")
}
