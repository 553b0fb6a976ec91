package fdsock_test

import (
	"errors"
	"net"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
)

// TestFromNetAddr converts every kind of address that package net has.
func TestFromNetAddr(t *testing.T) {
	ip4, ip6 := net.ParseIP("192.0.2.1"), net.ParseIP("2001:db8::1")
	for _, c := range []struct {
		in  net.Addr
		out fdsock.Addr
	}{
		{&net.TCPAddr{IP: ip4, Port: 80}, fdsock.Inet("192.0.2.1", 80)},
		{&net.UDPAddr{IP: ip6, Port: 53}, fdsock.Inet("2001:db8::1", 53)},
		{&net.UDPAddr{IP: net.ParseIP("fe80::1"), Port: 5, Zone: "7"}, fdsock.InetAddr{IP: fdsock.Inet("fe80::1", 0).IP, Port: 5, ScopeID: 7}},
		{&net.IPAddr{IP: ip4}, fdsock.Inet("192.0.2.1", 0)},
		{&net.TCPAddr{Port: 80}, fdsock.Inet("", 80)},
		{&net.UnixAddr{Name: "/x", Net: "unix"}, fdsock.UnixAddr("/x")},
		{&net.UnixAddr{Name: "@x", Net: "unix"}, fdsock.UnixAddr("\x00x")},
		{&net.UnixAddr{}, fdsock.UnixAddr("")},
		{fdsock.UnixAddr("own"), fdsock.UnixAddr("own")},
	} {
		got, err := fdsock.FromNetAddr(c.in)
		want(t, err, nil)
		if got != c.out {
			t.Errorf("%v becomes %#v, want %#v", c.in, got, c.out)
		}
	}
	for _, in := range []net.Addr{nil, &net.IPNet{}, &net.UDPAddr{IP: net.ParseIP("fe80::1"), Zone: "no-such-interface"}} {
		var value *fdsock.ValueError
		if a, err := fdsock.FromNetAddr(in); !errors.As(err, &value) {
			t.Errorf("%v becomes %v, %v", in, a, err)
		}
	}
}
