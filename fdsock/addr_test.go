package fdsock_test

import (
	"errors"
	"net"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// wantGAI fails the test unless the error is that of an unknown name.
func wantGAI(tb testing.TB, err error) {
	tb.Helper()
	checkText(tb, err)
	var gai *fdsock.GAIError
	if !errors.As(err, &gai) {
		tb.Fatalf("error is %v, want a GAIError", err)
	}
	for name, is := range map[string]func(error) bool{
		"BlockingIOError": fdsock.BlockingIOError, "ConnectionRefusedError": fdsock.ConnectionRefusedError,
		"TimeoutError": fdsock.TimeoutError,
	} {
		if is(err) {
			tb.Errorf("%v is a %s", err, name)
		}
	}
}

// TestAddresses binds, and reads the address back.
//
//inventory:row bind
//inventory:row getsockname getpeername
//inventory:row AF_INET
//inventory:row AF_INET6
func TestAddresses(t *testing.T) {
	onDefault(t)
	for _, c := range []struct {
		family int
		addr   fdsock.Addr
		host   string
	}{
		{fdsock.AF_INET, fdsock.Inet("127.0.0.1", 0), "127.0.0.1"},
		{fdsock.AF_INET, fdsock.Inet("", 0), "0.0.0.0"},
		{fdsock.AF_INET, fdsock.InetAddr{}, "0.0.0.0"},
		{fdsock.AF_INET, fdsock.Inet("localhost", 0), "127.0.0.1"},
		{fdsock.AF_INET, fdsock.Inet("127.1", 0), "127.0.0.1"},
		{fdsock.AF_INET, fdsock.Inet("0x7f.2", 0), "127.0.0.2"},
		{fdsock.AF_INET, fdsock.Inet("::ffff:127.0.0.1", 0), "127.0.0.1"},
		{fdsock.AF_INET6, fdsock.Inet("::1", 0), "::1"},
		{fdsock.AF_INET6, fdsock.Inet("", 0), "::"},
		{fdsock.AF_INET6, fdsock.Inet("::ffff:127.0.0.1", 0), "::ffff:127.0.0.1"},
	} {
		s, err := fdsock.New(c.family, fdsock.SOCK_STREAM, 0)
		want(t, err, nil)
		if c.family == fdsock.AF_INET6 && s.Bind(fdsock.Inet("::1", 0)) != nil {
			t.Log("no IPv6 loopback: not tested: ", c.addr)
			closeSocket(t, s)
			continue
		}
		if c.family == fdsock.AF_INET6 { // a socket is bound once
			closeSocket(t, s)
			s, err = fdsock.New(c.family, fdsock.SOCK_STREAM, 0)
			want(t, err, nil)
		}
		if err := s.Bind(c.addr); err != nil {
			t.Errorf("%v: %v", c.addr, err)
			closeSocket(t, s)
			continue
		}
		got, err := s.GetSockName()
		want(t, err, nil)
		in, ok := got.(fdsock.InetAddr)
		if !ok || in.Host() != c.host || in.Port == 0 {
			t.Errorf("%v: bound to %v", c.addr, got)
		}
		closeSocket(t, s)
	}
}

// TestBadAddresses are refused before the kernel sees them.
//
//inventory:row AF_INET
//inventory:row AF_UNIX path
//inventory:row addresses of another family
func TestBadAddresses(t *testing.T) {
	onDefault(t)
	for _, c := range []struct {
		family int
		addr   fdsock.Addr
		code   int // of getaddrinfo, or
		errno  sys.Errno
		says   string
	}{
		{family: fdsock.AF_INET, addr: fdsock.Inet("::1", 0), code: -9},
		{family: fdsock.AF_INET6, addr: fdsock.Inet("127.0.0.1", 0), code: -9},
		{family: fdsock.AF_INET6, addr: fdsock.Inet("127.1", 0), code: -9},
		{family: fdsock.AF_INET, addr: fdsock.Inet("127.0.0.1", 70000), says: "bind(): port must be 0-65535."},
		{family: fdsock.AF_INET, addr: fdsock.Inet("127.0.0.1", -1), says: "bind(): port must be 0-65535."},
		{family: fdsock.AF_INET, addr: fdsock.UnixAddr("x"), errno: sys.EAFNOSUPPORT},
		{family: fdsock.AF_UNIX, addr: fdsock.Inet("127.0.0.1", 0), errno: sys.EAFNOSUPPORT},
		{family: fdsock.AF_UNIX, addr: fdsock.Inet("::1", 0), errno: sys.EAFNOSUPPORT},
		{family: fdsock.AF_UNIX, addr: fdsock.Inet("", 0), errno: sys.EAFNOSUPPORT},
		{family: fdsock.AF_UNIX, addr: fdsock.UnixAddr(strings.Repeat("x", 200)), errno: sys.ENAMETOOLONG},
	} {
		s, err := fdsock.New(c.family, fdsock.SOCK_STREAM, 0)
		want(t, err, nil)
		err = s.Bind(c.addr)
		checkText(t, err)
		var gai *fdsock.GAIError
		var overflow *fdsock.OverflowError
		switch {
		case c.code != 0:
			if !errors.As(err, &gai) || gai.Code != c.code {
				t.Errorf("%v: error is %v", c.addr, err)
			}
		case c.says != "":
			if !errors.As(err, &overflow) || err.Error() != c.says {
				t.Errorf("%v: error is %v", c.addr, err)
			}
		case !errors.Is(err, c.errno):
			t.Errorf("%v: error is %v", c.addr, err)
		}
		closeSocket(t, s)
	}
}

//inventory:row gaierror
func TestUnknownNames(t *testing.T) {
	onDefault(t)
	for family, hosts := range map[int][]string{
		fdsock.AF_INET:  {"no-such-host.invalid"},
		fdsock.AF_INET6: {"no-such-host.invalid", "fe80::1%no-such-interface"},
	} {
		s, err := fdsock.New(family, fdsock.SOCK_STREAM, 0)
		want(t, err, nil)
		for _, host := range hosts {
			wantGAI(t, s.Bind(fdsock.Inet(host, 0)))
			wantGAI(t, s.Connect(fdsock.Inet(host, 1)))
		}
		closeSocket(t, s)
	}
}

// TestLinkLocal keeps the scope of an address.
//
//inventory:row AF_INET6
func TestLinkLocal(t *testing.T) {
	onDefault(t)
	addr, zone := linkLocal(t)
	for _, host := range []string{addr + "%" + zone.Name, addr + "%" + strconv.Itoa(zone.Index)} {
		s, err := fdsock.New(fdsock.AF_INET6, fdsock.SOCK_STREAM, 0)
		want(t, err, nil)
		closeAtEnd(t, s)
		want(t, s.Bind(fdsock.Inet(host, 0)), nil)
		got, err := s.GetSockName()
		want(t, err, nil)
		if in, ok := got.(fdsock.InetAddr); !ok || in.Host() != addr || in.ScopeID != uint32(zone.Index) {
			t.Errorf("%s: bound to %#v", host, got)
		}
	}
}

// linkLocal finds a link-local address of this machine.
func linkLocal(t *testing.T) (string, net.Interface) {
	t.Helper()
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Skip("cannot list the interfaces: ", err)
	}
	for _, ifi := range interfaces {
		addrs, err := ifi.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() == nil && ip.IP.IsLinkLocalUnicast() {
				return ip.IP.String(), ifi
			}
		}
	}
	t.Skip("this machine has no link-local IPv6 address")
	return "", net.Interface{}
}

// TestPeerAddresses compares the two ends of each kind of connection.
//
//inventory:row getsockname getpeername
func TestPeerAddresses(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		l, addr := w.listener(t)
		a := w.socket(t)
		want(t, a.Connect(addr), nil)
		b, from, err := l.Accept()
		want(t, err, nil)
		closeAtEnd(t, b)
		name := func(get func() (fdsock.Addr, error)) fdsock.Addr {
			got, err := get()
			want(t, err, nil)
			return got
		}
		if got := name(a.GetPeerName); got != addr {
			t.Errorf("connected to %v, peer is %v", addr, got)
		}
		if got := name(b.GetSockName); got != addr {
			t.Errorf("accepted at %v, name is %v", addr, got)
		}
		if got := name(a.GetSockName); got != from || got != name(b.GetPeerName) {
			t.Errorf("the client is %v, %v to accept, %v as peer", got, from, name(b.GetPeerName))
		}
		if w.family == fdsock.AF_UNIX && from != fdsock.UnixAddr("") {
			t.Errorf("an unbound peer is %v", from)
		}
	})
}

//inventory:row AF_UNIX path
//inventory:row AF_UNIX abstract
func TestUnixAddresses(t *testing.T) {
	onDefault(t)
	path := filepath.Join(t.TempDir(), "socket")
	for _, c := range []struct {
		addr fdsock.UnixAddr
		text string
	}{
		{fdsock.UnixAddr(path), path},
		{"\x00pollux-test-name", "@pollux-test-name"},
		{"\x00pollux\x00test\x00", "@pollux\x00test\x00"},
	} {
		if c.addr[0] == 0 && runtime.GOOS != "linux" {
			continue
		}
		s, err := fdsock.New(fdsock.AF_UNIX, fdsock.SOCK_STREAM, 0)
		want(t, err, nil)
		want(t, s.Bind(c.addr), nil)
		got, err := s.GetSockName()
		want(t, err, nil)
		if got != c.addr || got.String() != c.text || got.Network() != "unix" {
			t.Errorf("bound to %q, name is %q", c.addr, got)
		}
		closeSocket(t, s)
	}
	s, err := fdsock.New(fdsock.AF_UNIX, fdsock.SOCK_STREAM, 0)
	want(t, err, nil)
	closeAtEnd(t, s)
	got, err := s.GetSockName()
	want(t, err, nil)
	if got != fdsock.UnixAddr("") {
		t.Errorf("an unbound socket is %q", got)
	}
	if runtime.GOOS == "linux" {
		want(t, s.Bind(fdsock.UnixAddr("")), nil) // the kernel finds a name
		got, err = s.GetSockName()
		want(t, err, nil)
		if !strings.HasPrefix(got.String(), "@") {
			t.Errorf("bound to %q", got)
		}
	}
}

func TestInetAddr(t *testing.T) {
	for _, c := range []struct {
		addr fdsock.InetAddr
		text string
	}{
		{fdsock.Inet("127.0.0.1", 80), "127.0.0.1:80"},
		{fdsock.Inet("::1", 80), "[::1]:80"},
		{fdsock.Inet("<broadcast>", 80), "255.255.255.255:80"},
		{fdsock.Inet("localhost", 80), "localhost:80"},
		{fdsock.Inet("", 80), ":80"},
	} {
		if c.addr.String() != c.text || c.addr.Network() != "ip" {
			t.Errorf("%#v is %q", c.addr, c.addr)
		}
	}
	if a := fdsock.Inet("127.0.0.1", 80).AddrPort(); a.String() != "127.0.0.1:80" {
		t.Error(a)
	}
}
