package fdsock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
)

// gaiTexts is what gai_strerror(3) says.
var gaiTexts = map[int]string{
	EAI_BADFLAGS:   "Bad value for ai_flags",
	EAI_NONAME:     "Name or service not known",
	EAI_AGAIN:      "Temporary failure in name resolution",
	EAI_FAIL:       "Non-recoverable failure in name resolution",
	EAI_FAMILY:     "ai_family not supported",
	EAI_SOCKTYPE:   "ai_socktype not supported",
	EAI_SERVICE:    "Servname not supported for ai_socktype",
	EAI_ADDRFAMILY: "Address family for hostname not supported",
}

// gai makes the error of a code.
func gai(code int, host string) *GAIError {
	return &GAIError{Code: code, Text: gaiTexts[code], Host: host}
}

// GAIError is Python's socket.gaierror: a failed look-up of a name. It is a
// net.Error; errors.Is finds the context's error in a look-up that the
// context ended.
type GAIError struct {
	Code int    // the EAI_ code of getaddrinfo(3)
	Text string // what getaddrinfo says
	Host string
	Err  error // the resolver's error, if any
}

// Error names the host, what is wrong, and the code by both its names:
// "nowhere.invalid: Name or service not known (gaierror -2)".
func (e *GAIError) Error() string {
	return fmt.Sprintf("%s: %s (gaierror %d)", e.Host, e.Text, e.Code)
}

// Unwrap returns the resolver's error.
func (e *GAIError) Unwrap() error { return e.Err }

// Timeout reports whether the look-up ran out of time. Part of net.Error.
func (e *GAIError) Timeout() bool {
	var n net.Error
	return errors.As(e.Err, &n) && n.Timeout()
}

// Temporary reports whether the same look-up may succeed later: EAI_AGAIN.
// Part of net.Error.
func (e *GAIError) Temporary() bool { return e.Code == EAI_AGAIN }

// lookup finds one address of an encoded host in a family, as Bind and Connect
// do. It waits in the resolver, never on a loop.
func lookup(ctx context.Context, family int, host string) (netip.Addr, error) {
	switch {
	case host == "" && family == AF_INET6:
		return netip.IPv6Unspecified(), nil
	case host == "":
		return netip.IPv4Unspecified(), nil
	}
	addrs, err := hostAddrs(ctx, name{host, true}, Hints{Family: family})
	if err != nil {
		return netip.Addr{}, err
	}
	return addrs[0].IP, nil
}

// lookups bounds the look-ups at a time: each costs the resolver goroutines, a
// socket, and with the C library's resolver a thread.
var lookups = make(chan struct{}, 64)

// resolver is package net's, but for tests.
var resolver = func() *atomic.Pointer[net.Resolver] {
	p := new(atomic.Pointer[net.Resolver])
	p.Store(net.DefaultResolver)
	return p
}()

// resolve asks the resolver, when it is its turn.
func resolve[T any](ctx context.Context, ask func() (T, error)) (answer T, err error) {
	select {
	case lookups <- struct{}{}:
		defer func() { <-lookups }()
		return ask()
	case <-ctx.Done():
		return answer, ctx.Err() // as the resolver has it, whatever the cause
	}
}

// lookupFamily finds the addresses of a host in the families of the hints.
func lookupFamily(ctx context.Context, host string, hints Hints) (ips []netip.Addr, err error) {
	network := map[int]string{AF_UNSPEC: "ip", AF_INET: "ip4", AF_INET6: "ip6"}[hints.Family]
	mapped := hints.Family == AF_INET6 && hints.Flags&AI_V4MAPPED != 0
	if mapped && hints.Flags&AI_ALL != 0 {
		network = "ip"
	}
	ips, err = lookupIPs(ctx, network, host)
	if err != nil && mapped && network == "ip6" {
		ips, err = lookupIPs(ctx, "ip4", host)
	}
	if mapped {
		for i, ip := range ips {
			ips[i] = netip.AddrFrom16(ip.As16())
		}
	}
	return ips, err
}

// lookupIPs is the resolver's answer with IPv4 addresses as such.
func lookupIPs(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if strings.ContainsAny(host, ":%\x00") { // no name, and the resolver might find an address in it
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	ips, err := resolve(ctx, func() ([]netip.Addr, error) { return resolver.Load().LookupNetIP(ctx, network, host) })
	for i, ip := range ips {
		ips[i] = ip.Unmap().WithZone("")
	}
	return ips, err
}

func gaiError(host string, err error) error {
	code := EAI_FAIL
	var dns *net.DNSError
	var none *net.AddrError // the host has no address of the family
	switch {
	case errors.As(err, &none), errors.As(err, &dns) && dns.IsNotFound:
		code = EAI_NONAME
	case dns != nil && (dns.IsTemporary || dns.IsTimeout), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		code = EAI_AGAIN
	}
	e := gai(code, host)
	e.Err = err
	return e
}

// literal reads an address: IPv4 in any form of inet_aton, IPv6 with a zone,
// which only a link-local address may name by its interface. The error is of
// an address with a bad zone.
func literal(host string) (a InetAddr, is bool, err error) {
	if packed, ok := aton(host); ok {
		return InetAddr{IP: netip.AddrFrom4(packed)}, true, nil
	}
	text, zone, scoped := strings.Cut(host, "%")
	ip, badAddr := netip.ParseAddr(text)
	if isIP := badAddr == nil; !isIP || !ip.Is6() {
		return InetAddr{}, false, nil
	}
	a = InetAddr{IP: ip}
	if !scoped {
		return a, true, nil
	}
	if ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast() {
		if index, err := IfNameToIndex(zone); err == nil {
			a.ScopeID = uint32(index)
			return a, true, nil
		}
	}
	n, parseErr := strconv.ParseUint(zone, 10, 32)
	if parseErr != nil {
		return a, true, gai(EAI_NONAME, host)
	}
	a.ScopeID = uint32(n)
	return a, true, nil
}

func canonName(ctx context.Context, host string) string {
	if _, is, _ := literal(host); is {
		return host
	}
	if names := hostsNames(func(_ netip.Addr, names []string) bool { return containsFold(names, host) }); names != nil {
		return names[0]
	}
	canon, err := resolve(ctx, func() (string, error) { return resolver.Load().LookupCNAME(ctx, host) })
	if err != nil {
		return host
	}
	return strings.TrimSuffix(canon, ".")
}
