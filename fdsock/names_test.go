package fdsock_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strconv"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
)

// TestAddrInfoConnects uses what GetAddrInfo returns as it is: no look-up is
// left to make.
//
//inventory:row getaddrinfo address
func TestAddrInfoConnects(t *testing.T) {
	onDefault(t)
	l, addr := stage{t}.listener()
	port := strconv.Itoa(addr.(fdsock.InetAddr).Port)
	infos, err := fdsock.GetAddrInfo(t.Context(), "localhost", port, fdsock.Hints{Family: fdsock.AF_INET, Type: fdsock.SOCK_STREAM})
	want(t, err, nil)
	restore := fdsock.FillLookups() // a look-up would wait for ever
	defer restore()
	for _, info := range infos {
		if info.Addr.Name != "" || !info.Addr.IP.IsValid() {
			t.Errorf("%#v needs a look-up", info.Addr)
		}
		s, err := fdsock.New(info.Family, info.Type, info.Proto)
		want(t, err, nil)
		closeAtEnd(t, s)
		want(t, s.Connect(info.Addr), nil)
		peer, _, err := l.Accept()
		want(t, err, nil)
		closeSocket(t, peer)
	}
	if len(infos) == 0 {
		t.Error("no address")
	}
}

// TestLookupsAreBounded has a look-up wait for its turn, until its context
// ends.
//
//inventory:row getaddrinfo waiting
func TestLookupsAreBounded(t *testing.T) {
	restore := fdsock.FillLookups()
	ctx, cancel := context.WithCancelCause(t.Context())
	waiting := begin(func() (int, error) {
		_, err := fdsock.GetAddrInfo(ctx, "localhost", "80", fdsock.Hints{})
		return 0, err
	})
	for range 100 {
		runtime.Gosched()
	}
	if len(waiting) > 0 {
		t.Errorf("a look-up too many was made: %v", <-waiting)
	}
	cancel(io.ErrNoProgress) // a cause that says nothing to look-ups
	err := receive(t, waiting, "the end of the look-up").err
	var gai *fdsock.GAIError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &gai) || gai.Code != fdsock.EAI_AGAIN {
		t.Errorf("error is %v", err)
	}
	restore()
	_, err = fdsock.GetAddrInfo(t.Context(), "localhost", "80", fdsock.Hints{Family: fdsock.AF_INET})
	want(t, err, nil)
}

// TestGetFQDN names this machine when it is asked for none.
//
//inventory:row getfqdn
func TestGetFQDN(t *testing.T) {
	own := fdsock.GetFQDN(t.Context(), "")
	for _, host := range []string{"0.0.0.0", "::", "  "} {
		if got := fdsock.GetFQDN(t.Context(), host); got != own || got == "" {
			t.Errorf("%q is %q, without a host it is %q", host, got, own)
		}
	}
}

// TestConstantsOfPython compares constants with the interpreter's.
//
//inventory:row constants
func TestConstantsOfPython(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("AI_, NI_ and EAI_ have Linux's values everywhere")
	}
	constants := map[string]int{
		"AF_UNSPEC": fdsock.AF_UNSPEC, "AF_INET": fdsock.AF_INET, "AF_INET6": fdsock.AF_INET6, "AF_UNIX": fdsock.AF_UNIX,
		"SOCK_STREAM": fdsock.SOCK_STREAM, "SOCK_DGRAM": fdsock.SOCK_DGRAM, "SOCK_RAW": fdsock.SOCK_RAW, "SOCK_SEQPACKET": fdsock.SOCK_SEQPACKET,
		"SHUT_RD": fdsock.SHUT_RD, "SHUT_WR": fdsock.SHUT_WR, "SHUT_RDWR": fdsock.SHUT_RDWR,
		"SOL_SOCKET": fdsock.SOL_SOCKET, "SO_ERROR": fdsock.SO_ERROR, "SO_KEEPALIVE": fdsock.SO_KEEPALIVE, "SO_LINGER": fdsock.SO_LINGER,
		"SO_RCVBUF": fdsock.SO_RCVBUF, "SO_REUSEADDR": fdsock.SO_REUSEADDR, "SO_REUSEPORT": fdsock.SO_REUSEPORT, "SO_SNDBUF": fdsock.SO_SNDBUF,
		"SO_TYPE": fdsock.SO_TYPE, "IPPROTO_TCP": fdsock.IPPROTO_TCP, "IPPROTO_UDP": fdsock.IPPROTO_UDP, "IPPROTO_IPV6": fdsock.IPPROTO_IPV6,
		"IPV6_V6ONLY": fdsock.IPV6_V6ONLY, "TCP_NODELAY": fdsock.TCP_NODELAY, "SOMAXCONN": fdsock.SOMAXCONN,
		"MSG_DONTWAIT": fdsock.MSG_DONTWAIT, "MSG_OOB": fdsock.MSG_OOB, "MSG_PEEK": fdsock.MSG_PEEK, "MSG_WAITALL": fdsock.MSG_WAITALL,
		"AI_PASSIVE": fdsock.AI_PASSIVE, "AI_CANONNAME": fdsock.AI_CANONNAME, "AI_NUMERICHOST": fdsock.AI_NUMERICHOST,
		"AI_V4MAPPED": fdsock.AI_V4MAPPED, "AI_ALL": fdsock.AI_ALL, "AI_ADDRCONFIG": fdsock.AI_ADDRCONFIG, "AI_NUMERICSERV": fdsock.AI_NUMERICSERV,
		"NI_NUMERICHOST": fdsock.NI_NUMERICHOST, "NI_NUMERICSERV": fdsock.NI_NUMERICSERV, "NI_NOFQDN": fdsock.NI_NOFQDN,
		"NI_NAMEREQD": fdsock.NI_NAMEREQD, "NI_DGRAM": fdsock.NI_DGRAM, "NI_MAXHOST": fdsock.NI_MAXHOST, "NI_MAXSERV": fdsock.NI_MAXSERV,
		"EAI_BADFLAGS": fdsock.EAI_BADFLAGS, "EAI_NONAME": fdsock.EAI_NONAME, "EAI_AGAIN": fdsock.EAI_AGAIN, "EAI_FAIL": fdsock.EAI_FAIL,
		"EAI_NODATA": fdsock.EAI_NODATA, "EAI_FAMILY": fdsock.EAI_FAMILY, "EAI_SOCKTYPE": fdsock.EAI_SOCKTYPE, "EAI_SERVICE": fdsock.EAI_SERVICE,
		"EAI_ADDRFAMILY": fdsock.EAI_ADDRFAMILY, "EAI_MEMORY": fdsock.EAI_MEMORY, "EAI_SYSTEM": fdsock.EAI_SYSTEM, "EAI_OVERFLOW": fdsock.EAI_OVERFLOW,
		"INADDR_ANY": fdsock.INADDR_ANY, "INADDR_LOOPBACK": fdsock.INADDR_LOOPBACK, "INADDR_UNSPEC_GROUP": inaddr(fdsock.INADDR_UNSPEC_GROUP),
		"INADDR_BROADCAST": inaddr(fdsock.INADDR_BROADCAST), "INADDR_NONE": inaddr(fdsock.INADDR_NONE),
		"INADDR_ALLHOSTS_GROUP": inaddr(fdsock.INADDR_ALLHOSTS_GROUP), "INADDR_MAX_LOCAL_GROUP": inaddr(fdsock.INADDR_MAX_LOCAL_GROUP),
	}
	var calls []pyCall
	for name := range constants {
		calls = append(calls, pyCall{"const", []any{name}})
	}
	sameAsPython(t, calls, func(c pyCall) (any, error) { return constants[c.Args[0].(string)], nil })
}

// inaddr is an address that is too large for an int of 32 bits.
func inaddr(n uint32) int { return int(n) }
