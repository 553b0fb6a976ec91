package stream

import (
	"context"
	"net"
	"net/netip"
	"strconv"

	"github.com/pollux-net/pollux/internal/sys"
)

// goal is where a dial goes to: an address, or a name that has to be looked up.
type goal struct {
	network string
	family  int            // AF_UNIX, or AF_INET for either
	known   []sys.Sockaddr // when host is empty
	host    string
	port    string
	local   *sys.Sockaddr // nil if the kernel chooses
}

// newGoal looks at the addresses of a dial.
func newGoal(network, address, local string) (g goal, err error) {
	g = goal{network: network, family: sys.AF_INET}
	switch network {
	case "tcp", "tcp4", "tcp6":
	case "unix":
		g.family = sys.AF_UNIX
		g.known = []sys.Sockaddr{unixSockaddr(address)}
		if local != "" {
			sa := unixSockaddr(local)
			g.local = &sa
		}
		return g, nil
	default:
		return g, net.UnknownNetworkError(network)
	}
	if g.host, g.port, err = net.SplitHostPort(address); err != nil {
		return g, err
	}
	if err := g.bindTo(local); err != nil {
		return g, err
	}
	return g, g.spell()
}

// bindTo understands the local address.
func (g *goal) bindTo(local string) error {
	if local == "" {
		return nil
	}
	ap, err := netip.ParseAddrPort(local)
	if err != nil {
		ip, err := netip.ParseAddr(local)
		if err != nil {
			return &net.AddrError{Err: "local address is no IP address", Addr: local}
		}
		ap = netip.AddrPortFrom(ip, 0)
	}
	sa, err := inetSockaddr(netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()))
	g.local = &sa
	return err
}

// spell sees whether host and port are numbers.
func (g *goal) spell() error {
	if g.host == "" {
		g.host = "127.0.0.1"
		if g.network == "tcp6" {
			g.host = "::1"
		}
	}
	ip, err := netip.ParseAddr(g.host)
	if err == nil {
		var port uint64
		if port, err = strconv.ParseUint(g.port, 10, 16); err == nil {
			g.known, err = g.suitable([]netip.Addr{ip}, uint16(port))
			g.host = ""
			return err
		}
	}
	return nil // names
}

// find looks host and port up.
func (g *goal) find(ctx context.Context, lookUp func(context.Context, string, string) ([]netip.Addr, error)) ([]sys.Sockaddr, error) {
	port, err := net.DefaultResolver.LookupPort(ctx, g.network, g.port)
	if err != nil {
		return nil, err
	}
	ip, err := netip.ParseAddr(g.host)
	if err == nil {
		return g.suitable([]netip.Addr{ip}, uint16(port))
	}
	network := map[string]string{"tcp": "ip", "tcp4": "ip4", "tcp6": "ip6"}[g.network]
	ips, err := lookUp(ctx, network, g.host)
	if err != nil {
		return nil, err
	}
	return g.suitable(ips, uint16(port))
}

// suitable returns the addresses that network and local address allow.
func (g *goal) suitable(ips []netip.Addr, port uint16) ([]sys.Sockaddr, error) {
	var all []sys.Sockaddr
	for _, ip := range ips {
		sa, err := inetSockaddr(netip.AddrPortFrom(ip.Unmap(), port))
		if err != nil {
			return nil, err
		}
		v4 := sa.Family == sys.AF_INET
		if v4 && g.network == "tcp6" || !v4 && g.network == "tcp4" || g.local != nil && g.local.Family != sa.Family {
			continue
		}
		all = append(all, sa)
	}
	if len(all) == 0 {
		return nil, &net.AddrError{Err: "no suitable address", Addr: g.host}
	}
	return all, nil
}
