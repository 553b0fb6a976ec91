//go:build linux

package fdsock_test

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
)

// boundName binds and reads the address back, or skips where the machine has
// no such sockets.
func boundName(t *testing.T, family, typ, proto int, addr fdsock.Addr) fdsock.Addr {
	t.Helper()
	s, err := fdsock.New(family, typ, proto)
	if err != nil {
		t.Skip("no such sockets here: ", err)
	}
	closeAtEnd(t, s)
	if err := s.Bind(addr); errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.ENODEV) || fdsock.PermissionError(err) {
		t.Skip("such sockets bind to nothing here: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	got, err := s.GetSockName()
	want(t, err, nil)
	return got
}

// TestNetlinkAddress is (pid, groups).
//
//inventory:row AF_NETLINK
func TestNetlinkAddress(t *testing.T) {
	onDefault(t)
	got := boundName(t, fdsock.AF_NETLINK, fdsock.SOCK_RAW, unix.NETLINK_ROUTE, fdsock.NetlinkAddr{Groups: unix.RTMGRP_LINK})
	if a, ok := got.(fdsock.NetlinkAddr); !ok || a.PID == 0 || a.Groups != unix.RTMGRP_LINK {
		t.Errorf("bound to %#v", got)
	}
}

// TestPacketAddress is (ifname, proto[, pkttype[, hatype[, addr]]]).
//
//inventory:row AF_PACKET
func TestPacketAddress(t *testing.T) {
	onDefault(t)
	got := boundName(t, fdsock.AF_PACKET, fdsock.SOCK_RAW, 0, fdsock.PacketAddr{Interface: "lo", Protocol: unix.ETH_P_ARP})
	a, ok := got.(fdsock.PacketAddr)
	if !ok || a.Interface != "lo" || a.Protocol != unix.ETH_P_ARP || a.HardwareType != unix.ARPHRD_LOOPBACK || len(a.Hardware) != 6 {
		t.Errorf("bound to %#v", got)
	}
	s, err := fdsock.New(fdsock.AF_PACKET, fdsock.SOCK_RAW, 0)
	want(t, err, nil)
	closeAtEnd(t, s)
	var value *fdsock.ValueError
	if err := s.Bind(fdsock.PacketAddr{Interface: "lo", Hardware: "123456789"}); !errors.As(err, &value) {
		t.Errorf("nine bytes of hardware address: %v", err)
	}
	want(t, s.Bind(fdsock.PacketAddr{Interface: "nosuch"}), unix.ENODEV)
}

// TestVsockAddress is (cid, port).
//
//inventory:row AF_VSOCK
func TestVsockAddress(t *testing.T) {
	onDefault(t)
	got := boundName(t, fdsock.AF_VSOCK, fdsock.SOCK_STREAM, 0, fdsock.VsockAddr{CID: unix.VMADDR_CID_ANY, Port: unix.VMADDR_PORT_ANY})
	if a, ok := got.(fdsock.VsockAddr); !ok || a.CID != unix.VMADDR_CID_ANY || a.Port == 0 {
		t.Errorf("bound to %#v", got)
	}
}

// TestAddressesOfOtherFamilies are refused by sockets of another.
//
//inventory:row addresses of another family
func TestAddressesOfOtherFamilies(t *testing.T) {
	onDefault(t)
	for _, a := range []fdsock.Addr{
		fdsock.NetlinkAddr{}, fdsock.PacketAddr{Interface: "lo"}, fdsock.VsockAddr{}, fdsock.UnixAddr("x"), fdsock.RawAddr{Family: 29},
	} {
		want(t, stage{t}.udp().Bind(a), unix.EAFNOSUPPORT)
		if a.Network() == "" || a.Network() == "ip" || a.String() == "" {
			t.Errorf("%#v is %s %q", a, a.Network(), a)
		}
	}
}
