package fdsock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// The getaddrinfo(3) codes in use.
const (
	eaiBadFlags   = -1
	eaiNoName     = -2
	eaiAgain      = -3
	eaiFail       = -4
	eaiFamily     = -6
	eaiSockType   = -7
	eaiService    = -8
	eaiAddrFamily = -9
)

// gaiTexts is what gai_strerror(3) says.
var gaiTexts = map[int]string{
	eaiBadFlags:   "Bad value for ai_flags",
	eaiNoName:     "Name or service not known",
	eaiAgain:      "Temporary failure in name resolution",
	eaiFail:       "Non-recoverable failure in name resolution",
	eaiFamily:     "ai_family not supported",
	eaiSockType:   "ai_socktype not supported",
	eaiService:    "Servname not supported for ai_socktype",
	eaiAddrFamily: "Address family for hostname not supported",
}

// gai makes the error of a code.
func gai(code int, host string) *GAIError {
	return &GAIError{Code: code, Text: gaiTexts[code], Host: host}
}

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
	if strings.Contains(host, "%") { // the zone is unknown; the resolver would drop it
		return netip.Addr{}, gai(eaiNoName, host)
	}
	addrs, err := hostAddrs(ctx, host, Hints{Family: family})
	if err != nil {
		return netip.Addr{}, err
	}
	return addrs[0].IP, nil
}

func gaiError(host string, err error) error {
	code := eaiFail
	var dns *net.DNSError
	var none *net.AddrError // the host has no address of the family
	switch {
	case errors.As(err, &none), errors.As(err, &dns) && dns.IsNotFound:
		code = eaiNoName
	case dns != nil && (dns.IsTemporary || dns.IsTimeout):
		code = eaiAgain
	}
	e := gai(code, host)
	e.Err = err
	return e
}
