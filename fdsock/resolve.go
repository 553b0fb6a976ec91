package fdsock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// The getaddrinfo(3) codes in use.
const (
	eaiNoName     = -2
	eaiAgain      = -3
	eaiFail       = -4
	eaiAddrFamily = -9
)

// GAIError is Python's socket.gaierror: a failed look-up of a name.
type GAIError struct {
	Code int    // the EAI_ code of getaddrinfo(3)
	Text string // what getaddrinfo says
	Host string
	Err  error // the resolver's error, if any
}

// Error implements error.
func (e *GAIError) Error() string {
	return fmt.Sprintf("%s: %s (gaierror %d)", e.Host, e.Text, e.Code)
}

// Unwrap returns the resolver's error.
func (e *GAIError) Unwrap() error { return e.Err }

// lookup finds one address of a host in a family. It waits in the resolver,
// never on a loop.
func lookup(ctx context.Context, family int, host string) (netip.Addr, error) {
	switch {
	case host == "" && family == AF_INET6:
		return netip.IPv6Unspecified(), nil
	case host == "":
		return netip.IPv4Unspecified(), nil
	}
	network := "ip4"
	if family == AF_INET6 {
		network = "ip6"
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, network, host)
	if err != nil {
		return netip.Addr{}, gaiError(host, err)
	}
	return ips[0], nil
}

func gaiError(host string, err error) error {
	e := &GAIError{Code: eaiFail, Text: "Non-recoverable failure in name resolution", Host: host, Err: err}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		switch {
		case dns.IsNotFound:
			e.Code, e.Text = eaiNoName, "Name or service not known"
		case dns.IsTemporary || dns.IsTimeout:
			e.Code, e.Text = eaiAgain, "Temporary failure in name resolution"
		}
	}
	return e
}
