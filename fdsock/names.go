package fdsock

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// The flags of GetNameInfo.
const (
	NI_NUMERICHOST = 0x1
	NI_NUMERICSERV = 0x2
	NI_NOFQDN      = 0x4
	NI_NAMEREQD    = 0x8
	NI_DGRAM       = 0x10

	allNI = 0xff // with the GNU library's, for internationalised names
)

// maxFlow is the most that a flow label holds.
const maxFlow = 0xfffff

// HostEntry is what the old look-up calls return.
type HostEntry struct {
	Name    string
	Aliases []string
	Addrs   []string
}

// HError is Python's socket.herror: a failed look-up by GetHostByAddr or
// GetHostByNameEx.
type HError struct {
	Code int // h_errno
	Text string
}

// Error implements error.
func (e *HError) Error() string { return fmt.Sprintf("%s (herror %d)", e.Text, e.Code) }

// Values of h_errno.
const (
	hostNotFound = 1
	noRecovery   = 3
)

// GetHostByName returns one IPv4 address of a host; "" is 0.0.0.0 and
// "<broadcast>" 255.255.255.255.
func GetHostByName(ctx context.Context, host string) (string, error) {
	ip, err := fourOf(ctx, host)
	if err != nil {
		return "", err
	}
	return ip.String(), nil
}

// fourOf resolves a host to one IPv4 address, as Bind and Connect do.
func fourOf(ctx context.Context, host string) (netip.Addr, error) {
	if host == broadcast {
		return netip.AddrFrom4([4]byte{255, 255, 255, 255}), nil
	}
	return lookup(ctx, AF_INET, host)
}

// GetHostByNameEx returns a host's proper name, its aliases, and its IPv4
// addresses.
func GetHostByNameEx(ctx context.Context, host string) (HostEntry, error) {
	if host == "" {
		return HostEntry{}, &HError{Code: noRecovery, Text: "Unknown server error"}
	}
	if a, ok := literal(host); ok && a.IP.Is4() {
		return HostEntry{Name: host, Aliases: []string{}, Addrs: []string{a.IP.String()}}, nil
	}
	ips, err := hostAddrs(ctx, host, Hints{Family: AF_INET})
	if err != nil {
		return HostEntry{}, err
	}
	e := HostEntry{Name: host, Aliases: []string{}}
	for _, a := range ips {
		e.Addrs = append(e.Addrs, a.IP.String())
	}
	if names := hostsNames(func(_ netip.Addr, names []string) bool { return contains(names, host) }); names != nil {
		e.Name, e.Aliases = names[0], names[1:]
	} else {
		e.Name = canonName(ctx, host)
	}
	return e, nil
}

// GetHostByAddr returns the name of the host with an address, its aliases,
// and the address. A name is resolved first.
func GetHostByAddr(ctx context.Context, host string) (HostEntry, error) {
	a, ok := literal(host)
	if !ok {
		addrs, err := hostAddrs(ctx, host, Hints{})
		if err != nil {
			return HostEntry{}, err
		}
		a = addrs[0]
	}
	e := HostEntry{Aliases: []string{}, Addrs: []string{ntop(a.IP)}}
	names := hostsNames(func(ip netip.Addr, _ []string) bool { return ip == a.IP })
	if names == nil {
		found, err := net.DefaultResolver.LookupAddr(ctx, a.IP.String())
		if err != nil || len(found) == 0 {
			return HostEntry{}, &HError{Code: hostNotFound, Text: "Unknown host"}
		}
		names = []string{strings.TrimSuffix(found[0], ".")}
	}
	e.Name, e.Aliases = names[0], append(e.Aliases, names[1:]...)
	return e, nil
}

// hostsNames returns the names of the first line of the hosts file that
// matches, or nil.
func hostsNames(match func(ip netip.Addr, names []string) bool) (names []string) {
	found := entries(hostsFile, func(fields []string) bool {
		ip, err := netip.ParseAddr(fields[0])
		names = fields[1:]
		return err == nil && match(ip, names)
	})
	if !found {
		return nil
	}
	return names
}

// GetFQDN returns the full name of a host: the first of its names that has a
// dot, else the proper one. Without a host it is this machine's.
func GetFQDN(ctx context.Context, host string) string {
	host = strings.TrimSpace(host)
	if host == "" || host == "0.0.0.0" || host == "::" {
		name, err := GetHostName()
		if err != nil {
			return host
		}
		host = name
	}
	e, err := GetHostByAddr(ctx, host)
	if err != nil {
		return host
	}
	for _, name := range append([]string{e.Name}, e.Aliases...) {
		if strings.Contains(name, ".") {
			return name
		}
	}
	return e.Name
}

// GetNameInfo returns the host name and the service name of an address, or
// their numbers where the flags ask for them or no name is known.
func GetNameInfo(ctx context.Context, addr InetAddr, flags int) (host, service string, err error) {
	if flags&^allNI != 0 {
		return "", "", gai(eaiBadFlags, addr.Host())
	}
	if addr.Port < 0 {
		return "", "", gai(eaiService, addr.Host())
	}
	if addr.FlowInfo > maxFlow {
		return "", "", &OverflowError{"getnameinfo(): flowinfo must be 0-1048575."}
	}
	if !addr.IP.IsValid() {
		a, ok := literal(addr.Name)
		if !ok {
			return "", "", gai(eaiNoName, addr.Name)
		}
		addr.IP = a.IP
		addr.ScopeID |= a.ScopeID
	}
	if host, err = hostName(ctx, addr, flags); err != nil {
		return "", "", err
	}
	return host, serviceName(addr.Port&0xffff, flags), nil
}

func hostName(ctx context.Context, addr InetAddr, flags int) (string, error) {
	if flags&NI_NUMERICHOST == 0 {
		if e, err := GetHostByAddr(ctx, addr.IP.String()); err == nil {
			return e.Name, nil
		}
	}
	if flags&NI_NAMEREQD != 0 {
		return "", gai(eaiNoName, addr.Host())
	}
	return ntop(addr.IP) + zoneOf(addr), nil
}

// zoneOf returns the zone of a scoped address, "%eth0" for example.
func zoneOf(a InetAddr) string {
	if a.ScopeID == 0 || !a.IP.Is6() {
		return ""
	}
	if name, err := IfIndexToName(int(a.ScopeID)); err == nil && (a.IP.IsLinkLocalUnicast() || a.IP.IsLinkLocalMulticast()) {
		return "%" + name
	}
	return "%" + strconv.Itoa(int(a.ScopeID))
}

func serviceName(port, flags int) string {
	if flags&NI_NUMERICSERV == 0 {
		proto := "tcp"
		if flags&NI_DGRAM != 0 {
			proto = "udp"
		}
		if name, err := GetServByPort(port, proto); err == nil {
			return name
		}
	}
	return strconv.Itoa(port)
}
