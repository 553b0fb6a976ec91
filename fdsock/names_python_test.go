package fdsock_test

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
)

// tuple is an address as Python shows it.
func tuple(a fdsock.InetAddr) []any {
	if a.IP.Is4() {
		return []any{a.Host(), a.Port}
	}
	return []any{a.Host(), a.Port, a.FlowInfo, a.ScopeID}
}

// text returns an argument that may be None: nil is none.
func text(arg any) []byte {
	switch v := arg.(type) {
	case string:
		return []byte(v)
	case packed:
		return v
	case int:
		return []byte(strconv.Itoa(v))
	}
	return nil
}

// getAddrInfo is Python's: its host is None, text or bytes.
func getAddrInfo(ctx context.Context, args []any) (any, error) {
	n := func(i int) int { return args[i].(int) }
	hints := fdsock.Hints{Family: n(2), Type: n(3), Proto: n(4), Flags: n(5)}
	host := text(args[0])
	if s, ok := args[0].(string); ok {
		encoded, err := fdsock.EncodeHost(s)
		if err != nil {
			return nil, err
		}
		host = []byte(encoded)
	}
	infos, err := fdsock.GetAddrInfoBytes(ctx, host, text(args[1]), hints)
	list := []any{}
	for _, a := range infos {
		list = append(list, []any{a.Family, a.Type, a.Proto, a.CanonName, tuple(a.Addr)})
	}
	return list, err
}

// oneOf picks, with the odds of half, the first of the choices.
func oneOf[T any](r *rand.Rand, first T, others ...T) T {
	if r.IntN(2) == 0 {
		return first
	}
	return others[r.IntN(len(others))]
}

// TestGetAddrInfoOfPython asks for hosts, services and hints at random.
//
//inventory:row getaddrinfo hints
//inventory:row getaddrinfo port
func TestGetAddrInfoOfPython(t *testing.T) {
	r := seeded(t)
	hostname, err := os.Hostname()
	want(t, err, nil)
	var calls []pyCall
	for range rounds(800) {
		host := oneOf[any](r, "127.0.0.1", nil, "", "localhost", "LocalHost", "::1", "::ffff:127.0.0.1", "127.1", "0x7f.0.0.2", "1.2.3", "1.2.3.4.5", "256.1.1.1",
			"fe80::1", "fe80::1%lo", "fe80::1%7", "fe80::1%nosuch", "ff02::1%lo", "::1%lo", "::1%2", "fe80::1%", "::g", "1:2:3", "*", packed("127.0.0.1"), packed(""),
			hostname, "a..b", "no such host.invalid", "127.0.0.1 ", " 127.0.0.1", "::", "0.0.0.0", "0", "4294967295", "4294967296", "1.2.3.4:80", "[::1]", "::1.2.3.4")
		service := oneOf[any](r, 80, nil, "", "http", "domain", "ssh", "syslog", "nosuchservice", "80", "080", " 80", "+80", "-80", "-1", "80 ", "0x50", "80x", 70000, -1, 0,
			"2147483648", "4294967376", "-2147483648", "18446744073709551616", "*", packed("http"), 65535, 65536, -65456, "HTTP", "rtmp")
		calls = append(calls, pyCall{"getaddrinfo", []any{
			host, service,
			oneOf(r, 0, fdsock.AF_INET, fdsock.AF_INET6, fdsock.AF_UNIX, 99, -1),
			oneOf(r, 0, fdsock.SOCK_STREAM, fdsock.SOCK_DGRAM, fdsock.SOCK_RAW, fdsock.SOCK_SEQPACKET, 4, 6, 99),
			oneOf(r, 0, fdsock.IPPROTO_TCP, fdsock.IPPROTO_UDP, 1, 33, 132, 136, 255),
			flagsOf(r),
		}})
	}
	sameAsPython(t, calls, func(c pyCall) (any, error) { return getAddrInfo(t.Context(), c.Args) })
}

func flagsOf(r *rand.Rand) (flags int) {
	if r.IntN(3) == 0 {
		return 0
	}
	for _, f := range []int{
		fdsock.AI_PASSIVE, fdsock.AI_CANONNAME, fdsock.AI_NUMERICHOST, fdsock.AI_V4MAPPED, fdsock.AI_ALL,
		fdsock.AI_ADDRCONFIG, fdsock.AI_NUMERICSERV,
	} {
		if r.IntN(4) == 0 {
			flags |= f
		}
	}
	if r.IntN(30) == 0 {
		flags |= 0x800
	}
	return flags
}

func scopeOf(v any) uint32 {
	if n, ok := v.(int); ok {
		return uint32(n)
	}
	return v.(uint32)
}

// TestGetNameInfoOfPython turns addresses into names.
//
//inventory:row getnameinfo
func TestGetNameInfoOfPython(t *testing.T) {
	r := seeded(t)
	var calls []pyCall
	for range rounds(400) {
		host := oneOf(r, "127.0.0.1", "::1", "fe80::1", "ff02::1", "2001:db8::1", "192.0.2.77", "localhost", "", "127.1", "::ffff:1.2.3.4", "x", "ff01::1")
		port := oneOf(r, 80, -1, 0, 514, 65535, 70000, 22, 53, 61000)
		sockaddr := []any{host, port}
		if !strings.Contains(host, ":") && r.IntN(10) == 0 {
			sockaddr = append(sockaddr, 0, 1) // a tuple of zeros is none in Go
		} else if strings.Contains(host, ":") {
			sockaddr = append(sockaddr, oneOf(r, 0, 1, 1<<20-1, 1<<20), oneOf[any](r, 0, 1, 2, 77, uint32(1<<32-1)))
		}
		flags := 0
		for bit := range 5 {
			if r.IntN(4) == 0 {
				flags |= 1 << bit
			}
		}
		if r.IntN(20) == 0 {
			flags |= 0x100
		}
		if !strings.HasPrefix(host, "127") && host != "::1" && flags&fdsock.NI_NUMERICHOST == 0 && r.IntN(8) != 0 {
			flags |= fdsock.NI_NUMERICHOST // ask the name servers rarely
		}
		calls = append(calls, pyCall{"getnameinfo", []any{sockaddr, flags}})
	}
	sameAsPython(t, calls, func(c pyCall) (any, error) {
		sockaddr := c.Args[0].([]any)
		a := fdsock.Inet(sockaddr[0].(string), sockaddr[1].(int))
		if len(sockaddr) > 2 {
			a.FlowInfo, a.ScopeID = uint32(sockaddr[2].(int)), scopeOf(sockaddr[3])
		}
		host, service, err := fdsock.GetNameInfo(t.Context(), a, c.Args[1].(int))
		return []string{host, service}, err
	})
}

// TestGetHostByOfPython compares the old look-up calls.
//
//inventory:row herror
//inventory:row gethostbyname
//inventory:row gethostbyname_ex
//inventory:row gethostbyaddr
//inventory:row getfqdn
//inventory:row gethostname
func TestGetHostByOfPython(t *testing.T) {
	t.Parallel() // it waits for name servers
	hostname, err := os.Hostname()
	want(t, err, nil)
	var calls []pyCall
	for _, host := range []string{
		"", "<broadcast>", "localhost", "LOCALHOST", hostname, "127.0.0.1", "127.1", "0x7f.1", "0", "::1", "fe80::1%lo", "::ffff:127.0.0.1",
		"no-such.invalid", "a..b", "ü..b", "ü.invalid", "1.2.3.4.5", strings.Repeat("a", 64), "a.b.", "256.0.0.1", "::", "0.0.0.0", "127.0.0.1 ",
	} {
		for _, fn := range []string{"gethostbyname", "gethostbyname_ex", "gethostbyaddr"} {
			calls = append(calls, pyCall{fn, []any{host}})
		}
		if !strings.Contains(host, "..") && len(host) < 64 {
			calls = append(calls, pyCall{"getfqdn", []any{host}})
		}
	}
	calls = append(calls, pyCall{"gethostname", nil})
	ctx := t.Context()
	sameAsPython(t, calls, func(c pyCall) (any, error) {
		entry := func(e fdsock.HostEntry, err error) (any, error) { return []any{e.Name, e.Aliases, e.Addrs}, err }
		switch c.Fn {
		case "gethostbyname":
			return fdsock.GetHostByName(ctx, c.Args[0].(string))
		case "gethostbyname_ex":
			return entry(fdsock.GetHostByNameEx(ctx, c.Args[0].(string)))
		case "gethostbyaddr":
			return entry(fdsock.GetHostByAddr(ctx, c.Args[0].(string)))
		case "getfqdn":
			return fdsock.GetFQDN(ctx, c.Args[0].(string)), nil
		}
		return fdsock.GetHostName()
	})
}
