package fdsock

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// maxFlow is the most that a flow label holds.
const maxFlow = 0xfffff

// HostEntry is what the old look-up calls return.
type HostEntry struct {
	Name    string
	Aliases []string
	Addrs   []string
}

// GetHostByName returns one IPv4 address of a host; "" is 0.0.0.0 and
// "<broadcast>" 255.255.255.255. Any goroutine.
//
// Source: socket.gethostbyname.
func GetHostByName(ctx context.Context, host string) (string, error) {
	host, err := EncodeHost(host)
	if err != nil {
		return "", err
	}
	ip, err := setAddr(ctx, AF_INET, host)
	if err != nil {
		return "", err
	}
	return ip.String(), nil
}

// setAddr resolves an encoded host to one address: Python's setipaddr.
func setAddr(ctx context.Context, family int, host string) (netip.Addr, error) {
	if host == broadcast {
		return netip.AddrFrom4([4]byte{255, 255, 255, 255}), nil
	}
	if host == "" && family == AF_UNSPEC {
		return netip.Addr{}, &Error{Op: "gethostbyaddr", Text: "wildcard resolved to multiple address"}
	}
	return lookup(ctx, family, host)
}

// GetHostByNameEx returns a host's proper name, its aliases, and its IPv4
// addresses. The error is a [GAIError] if the host is unknown, as in Python,
// and an [HError] otherwise. Any goroutine.
//
// Source: socket.gethostbyname_ex.
func GetHostByNameEx(ctx context.Context, host string) (HostEntry, error) {
	host, err := EncodeHost(host)
	if err != nil {
		return HostEntry{}, err
	}
	if _, err := setAddr(ctx, AF_INET, host); err != nil {
		return HostEntry{}, err
	}
	if host == "" {
		return HostEntry{}, herror(noRecovery, host, nil)
	}
	if a, is, _ := literal(host); host == broadcast || is && strings.Trim(host, "0123456789.") != "" {
		return HostEntry{}, herror(hostNotFound, host, nil) // no name, and no address to gethostbyname(3)
	} else if is {
		return HostEntry{Name: host, Aliases: []string{}, Addrs: []string{a.IP.Unmap().String()}}, nil
	}
	addrs, err := hostAddrs(ctx, name{host, true}, Hints{Family: AF_INET})
	if err != nil {
		return HostEntry{}, err
	}
	e := HostEntry{Name: canonName(ctx, host), Aliases: []string{}}
	for _, a := range addrs {
		e.Addrs = append(e.Addrs, a.IP.String())
	}
	if names := hostsNames(func(_ netip.Addr, names []string) bool { return containsFold(names, host) }); names != nil {
		e.Aliases = append(e.Aliases, names[1:]...)
	}
	return e, nil
}

// GetHostByAddr returns the name of the host with an address, its aliases,
// and the address. A name is resolved first. The error is an [HError] if the
// address has no name, a [GAIError] if the name has no address. Any goroutine.
//
// Source: socket.gethostbyaddr.
func GetHostByAddr(ctx context.Context, host string) (HostEntry, error) {
	host, err := EncodeHost(host)
	if err != nil {
		return HostEntry{}, err
	}
	ip, err := setAddr(ctx, AF_UNSPEC, host)
	if err != nil {
		return HostEntry{}, err
	}
	return entryOf(ctx, ip)
}

func entryOf(ctx context.Context, ip netip.Addr) (HostEntry, error) {
	e := HostEntry{Aliases: []string{}, Addrs: []string{ntop(ip)}}
	names := hostsNames(func(entry netip.Addr, _ []string) bool { return entry == ip })
	if names == nil {
		found, err := resolve(ctx, func() ([]string, error) { return resolver.Load().LookupAddr(ctx, ip.String()) })
		if err != nil || len(found) == 0 {
			return HostEntry{}, herror(codeOf(err), e.Addrs[0], err)
		}
		for _, n := range found {
			names = append(names, strings.TrimSuffix(n, "."))
		}
	}
	e.Name, e.Aliases = names[0], append(e.Aliases, names[1:]...)
	return e, nil
}

// codeOf is the h_errno of the resolver's error.
func codeOf(err error) int {
	var dns *net.DNSError
	if errors.As(err, &dns) && !dns.IsNotFound || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return tryAgain
	}
	return hostNotFound
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
	if addr.FlowInfo > maxFlow {
		return "", "", &OverflowError{"getnameinfo(): flowinfo must be 0-1048575."}
	}
	if addr.Port < 0 { // what the port would be is no number to the C library
		return "", "", gai(EAI_SERVICE, addr.Host())
	}
	if !addr.IP.IsValid() {
		a, is, err := literal(addr.Name)
		if !is || err != nil {
			return "", "", gai(EAI_NONAME, addr.Name)
		}
		addr.IP = a.IP
		addr.ScopeID |= a.ScopeID
	}
	if addr.IP.Is4() && (addr.FlowInfo != 0 || addr.ScopeID != 0) {
		return "", "", &Error{Op: "getnameinfo", Text: "IPv4 sockaddr must be 2 tuple"}
	}
	if flags&^allNI != 0 {
		return "", "", gai(EAI_BADFLAGS, addr.Host())
	}
	if host, err = hostName(ctx, addr, flags); err != nil {
		return "", "", err
	}
	return host, serviceName(addr.Port&0xffff, flags), nil
}

func hostName(ctx context.Context, addr InetAddr, flags int) (string, error) {
	if flags&NI_NUMERICHOST == 0 {
		e, err := entryOf(ctx, addr.IP)
		var unknown *HError
		switch {
		case errors.As(err, &unknown) && unknown.Code == tryAgain:
			return "", &GAIError{Code: EAI_AGAIN, Text: gaiTexts[EAI_AGAIN], Host: addr.Host(), Err: unknown.Err}
		case err == nil && flags&NI_NOFQDN != 0:
			return strings.TrimSuffix(e.Name, ownDomain(ctx)), nil
		case err == nil:
			return e.Name, nil
		}
	}
	if flags&NI_NAMEREQD != 0 {
		return "", gai(EAI_NONAME, addr.Host())
	}
	return ntop(addr.IP) + zoneOf(addr), nil
}

// ownDomain is the domain of this machine's name with a dot before it, "" if
// it has none.
func ownDomain(ctx context.Context) string {
	host, err := GetHostName()
	if err != nil {
		return ""
	}
	if !strings.Contains(host, ".") {
		host = canonName(ctx, host)
	}
	_, domain, found := strings.Cut(host, ".")
	if !found {
		return ""
	}
	return "." + domain
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
