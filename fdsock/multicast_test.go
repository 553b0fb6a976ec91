package fdsock_test

import (
	"errors"
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// loopbackIndex returns the number of the loopback.
func loopbackIndex(t *testing.T) int {
	t.Helper()
	for _, name := range []string{"lo", "lo0"} {
		if i, err := fdsock.IfNameToIndex(name); err == nil {
			return i
		}
	}
	t.Skip("no loopback interface")
	return 0
}

// TestMulticast joins a group on the loopback, receives, leaves; with sources
// too, where the system has them.
func TestMulticast(t *testing.T) {
	for _, c := range []struct {
		name, host, group string
	}{{"IPv4", "127.0.0.1", "239.255.77.77"}, {"IPv6", "::1", "ff01::7777"}} {
		t.Run(c.name, func(t *testing.T) {
			lo := loopbackIndex(t)
			socks, addrs := datagramPair(t, c.host)
			tx, group := socks[0], netip.MustParseAddr(c.group)
			rx := newSocket(t, tx.Family(), fdsock.SOCK_DGRAM)
			want(t, rx.Bind(fdsock.Inet("", 0)), nil)
			bound, err := rx.GetSockName()
			want(t, err, nil)
			to := fdsock.InetAddr{IP: group, Port: bound.(fdsock.InetAddr).Port}
			if group.Is6() {
				to.ScopeID = uint32(lo)
			}
			want(t, tx.SetMulticastInterface(lo), nil)
			want(t, tx.SetMulticastTTL(1), nil)
			want(t, tx.SetMulticastLoop(true), nil)
			hears := func(m fdsock.Multicast, yes bool) {
				t.Helper()
				if _, err := tx.SendTo([]byte("x"), to); errors.Is(err, unix.ENETUNREACH) {
					t.Log("the loopback has no route for multicasts: they are joined and left only")
					return
				} else if err != nil {
					t.Fatal(err)
				}
				rx.SetTimeout(0)
				_, err := rx.Recv(8)
				if yes && err != nil || !yes && !errors.Is(err, sys.EAGAIN) {
					t.Errorf("%+v: %v", m, err)
				}
			}
			m := fdsock.Multicast{Group: group, Interface: lo}
			want(t, rx.JoinGroup(m), nil)
			hears(m, true)
			if runtime.GOOS == "linux" {
				from := fdsock.Multicast{Group: group, Source: addrs[0].IP, Interface: lo}
				want(t, rx.BlockSource(from), nil)
				hears(from, false)
				want(t, rx.UnblockSource(from), nil)
				hears(from, true)
			}
			want(t, rx.LeaveGroup(m), nil)
			want(t, rx.LeaveGroup(m), sys.EADDRNOTAVAIL)
			if runtime.GOOS == "linux" {
				from := fdsock.Multicast{Group: group, Source: addrs[0].IP, Interface: lo}
				want(t, rx.JoinGroup(from), nil)
				hears(from, true)
				want(t, rx.LeaveGroup(from), nil)
			}
		})
	}
}

func TestMulticastRefused(t *testing.T) {
	s := newSocket(t, fdsock.AF_INET, fdsock.SOCK_DGRAM)
	four, six := netip.MustParseAddr("239.1.2.3"), netip.MustParseAddr("ff02::1")
	var value *fdsock.ValueError
	for _, err := range []error{
		s.JoinGroup(fdsock.Multicast{}),
		s.JoinGroup(fdsock.Multicast{Group: netip.MustParseAddr("10.0.0.1")}),
		s.JoinGroup(fdsock.Multicast{Group: four, Source: six}),
		s.BlockSource(fdsock.Multicast{Group: four}),
		s.UnblockSource(fdsock.Multicast{Group: four}),
	} {
		if !errors.As(err, &value) {
			t.Error(err)
		}
	}
	for _, hops := range []int{-1, 256} {
		want(t, s.SetMulticastTTL(hops), sys.EINVAL)
	}
}

// TestGroupErrorsNameGroup has the kernel refuse groups: the error says which,
// and on which interface.
func TestGroupErrorsNameGroup(t *testing.T) {
	s := newSocket(t, fdsock.AF_INET, fdsock.SOCK_DGRAM)
	m := fdsock.Multicast{Group: netip.MustParseAddr("239.255.77.77"), Interface: 1<<31 - 1}
	for name, err := range map[string]error{"join": s.JoinGroup(m), "leave": s.LeaveGroup(m)} {
		var e *fdsock.Error
		if !errors.As(err, &e) || !strings.HasSuffix(e.Option, "239.255.77.77, interface 2147483647") || !strings.Contains(err.Error(), e.Option+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	m.Source = netip.MustParseAddr("10.1.2.3")
	if err := s.JoinGroup(m); err == nil || !strings.Contains(err.Error(), " from 10.1.2.3, ") {
		t.Error("with a source:", err)
	}
	if err := s.LeaveGroup(fdsock.Multicast{Group: m.Source}); err == nil || err.Error() != "LeaveGroup: not a multicast address: 10.1.2.3" {
		t.Error("no group:", err)
	}
	closeSocket(t, s)
	wantClosed(t, s.JoinGroup(fdsock.Multicast{Group: m.Group}))
}
