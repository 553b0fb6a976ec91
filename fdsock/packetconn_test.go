package fdsock_test

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// packetView is a UDP socket as a PacketConn, nonblocking underneath.
func packetView(t *testing.T, s *fdsock.Socket) *fdsock.PacketConn {
	t.Helper()
	s.SetTimeout(0)
	c, err := s.PacketConn()
	want(t, err, nil)
	return c
}

func wantPacket(t *testing.T, got []byte, from net.Addr, text string, sender net.Addr) {
	t.Helper()
	if string(got) != text || from.String() != sender.String() || from.Network() != sender.Network() {
		t.Errorf("%q from %v, want %q from %v", got, from, text, sender)
	}
}

func TestPacketConn(t *testing.T) {
	onDefault(t)
	s1, s2 := udpPair(t)
	a, b := packetView(t, s1), packetView(t, s2)
	p := make([]byte, 100)
	reading := begin(func() (int, error) {
		n, from, err := b.ReadFrom(p)
		if _, ok := from.(*net.UDPAddr); !ok && err == nil {
			t.Errorf("the sender is a %T", from)
		}
		return n, err
	})
	untilInWait(t, 1)
	n, err := a.WriteTo([]byte("hello"), b.LocalAddr())
	if n != 5 || err != nil {
		t.Error(n, err)
	}
	want(t, receive(t, reading, "a packet").err, nil)

	to, err := s2.GetSockName()
	want(t, err, nil)
	_, err = a.WriteTo(nil, to) // an address of this package; an empty packet
	want(t, err, nil)
	n, from, err := b.ReadFrom(p)
	want(t, err, nil)
	wantPacket(t, p[:n], from, "", a.LocalAddr())

	_, err = a.WriteToUDPAddrPort([]byte("port"), to.(fdsock.InetAddr).AddrPort())
	want(t, err, nil)
	n, sender, err := b.ReadFromUDPAddrPort(p)
	want(t, err, nil)
	wantPacket(t, p[:n], net.UDPAddrFromAddrPort(sender), "port", a.LocalAddr())

	_, _, err = a.WriteMsgUDP([]byte("msg"), nil, b.LocalAddr().(*net.UDPAddr))
	want(t, err, nil)
	n, oobn, flags, udp, err := b.ReadMsgUDP(p[:2], nil)
	want(t, err, nil)
	wantPacket(t, p[:n], udp, "ms", a.LocalAddr())
	if oobn != 0 || flags != unix.MSG_TRUNC {
		t.Error(oobn, flags)
	}

	want(t, b.SetReadDeadline(time.Now().Add(soon)), nil)
	_, _, err = b.ReadFrom(p)
	wantOp(t, err, "read", os.ErrDeadlineExceeded)
	want(t, b.Close(), nil)
	_, _, err = b.ReadFrom(p)
	wantOp(t, err, "read", net.ErrClosed)
	_, err = b.WriteTo(p, a.LocalAddr())
	wantOp(t, err, "write", net.ErrClosed)
	_, err = b.WriteToUDPAddrPort(p, sender)
	wantOp(t, err, "write", net.ErrClosed)
	_, _, err = b.WriteMsgUDP(p, nil, nil)
	wantOp(t, err, "write", net.ErrClosed)
}

// TestPacketConnConnected is a net.Conn too, and an empty packet is not the
// end.
func TestPacketConnConnected(t *testing.T) {
	onDefault(t)
	s1, s2 := udpPair(t)
	to, err := s2.GetSockName()
	want(t, err, nil)
	want(t, s1.Connect(to), nil)
	a, b := packetView(t, s1), packetView(t, s2)
	if b.RemoteAddr() != nil || a.RemoteAddr().String() != to.String() {
		t.Error(a.RemoteAddr(), b.RemoteAddr())
	}
	n, err := b.WriteTo([]byte{}, a.LocalAddr())
	if n != 0 || err != nil {
		t.Error(n, err)
	}
	for _, read := range []func([]byte) (int, error){a.Read, viewOf(t, s1).Read} {
		_, err = b.WriteTo([]byte{}, a.LocalAddr())
		want(t, err, nil)
		if n, err := read(make([]byte, 8)); n != 0 || err != nil {
			t.Error("an empty packet:", n, err)
		}
	}
	_, err = a.Write([]byte("x"))
	want(t, err, nil)
	_, _, err = a.WriteMsgUDP([]byte("y"), nil, nil)
	want(t, err, nil)
	for _, text := range []string{"x", "y"} {
		p := make([]byte, 8)
		n, from, err := b.ReadFrom(p)
		want(t, err, nil)
		wantPacket(t, p[:n], from, text, a.LocalAddr())
	}
}

func TestPacketConnRefuses(t *testing.T) {
	onDefault(t)
	s, _ := udpPair(t)
	c := packetView(t, s)
	for _, to := range []net.Addr{nil, &net.UnixAddr{Name: "x"}, &net.UDPAddr{IP: net.ParseIP("::1"), Port: 1}, &net.IPNet{}} {
		if n, err := c.WriteTo([]byte("x"), to); n != 0 || err == nil {
			t.Errorf("WriteTo %v: %d, %v", to, n, err)
		}
	}
	_, err := c.WriteToUDPAddrPort([]byte("x"), netip.MustParseAddrPort("[::1]:1"))
	wantOp(t, err, "write", sys.EAFNOSUPPORT)
}

// TestPacketConnMapped sends to an IPv4 address from an IPv6 socket, as
// package net does.
func TestPacketConnMapped(t *testing.T) {
	needIPv6(t)
	s, err := fdsock.New(fdsock.AF_INET6, fdsock.SOCK_DGRAM, 0)
	want(t, err, nil)
	closeAtEnd(t, s)
	want(t, s.SetSockOpt(fdsock.IPPROTO_IPV6, fdsock.IPV6_V6ONLY, 0), nil)
	want(t, s.Bind(fdsock.Inet("::", 0)), nil)
	_, peer := udpPair(t)
	a, b := packetView(t, s), packetView(t, peer)
	want(t, second(a.WriteTo([]byte("x"), b.LocalAddr())), nil)
	p := make([]byte, 8)
	_, from, err := b.ReadFrom(p)
	want(t, err, nil)
	want(t, second(b.WriteTo([]byte("y"), from)), nil)
	_, from, err = a.ReadFrom(p)
	want(t, err, nil)
	if from.String() != b.LocalAddr().String() { // unmapped
		t.Errorf("from %v, want %v", from, b.LocalAddr())
	}
}

func TestPacketConnUnix(t *testing.T) {
	onDefault(t)
	dir := t.TempDir()
	var views []*fdsock.PacketConn
	for _, name := range []string{"a", "b"} {
		s, err := fdsock.New(fdsock.AF_UNIX, fdsock.SOCK_DGRAM, 0)
		want(t, err, nil)
		closeAtEnd(t, s)
		want(t, s.Bind(fdsock.UnixAddr(filepath.Join(dir, name))), nil)
		views = append(views, packetView(t, s))
	}
	a, b := views[0], views[1]
	want(t, second(a.WriteTo([]byte("x"), b.LocalAddr())), nil)
	p := make([]byte, 8)
	n, from, err := b.ReadFrom(p)
	want(t, err, nil)
	wantPacket(t, p[:n], from, "x", &net.UnixAddr{Name: filepath.Join(dir, "a"), Net: "unixgram"})
	if runtime.GOOS == "linux" {
		want(t, second(a.WriteTo([]byte("x"), &net.UnixAddr{Name: "@pollux-nobody", Net: "unixgram"})), sys.ECONNREFUSED)
	}
}

// TestPacketConnIPv4 hands the view to a package that makes calls of its own.
func TestPacketConnIPv4(t *testing.T) {
	onDefault(t)
	s1, s2 := udpPair(t)
	a, b := ipv4.NewPacketConn(packetView(t, s1)), ipv4.NewPacketConn(packetView(t, s2))
	want(t, a.SetTTL(42), nil)
	if ttl, err := a.TTL(); ttl != 42 || err != nil {
		t.Error(ttl, err)
	}
	want(t, b.SetControlMessage(ipv4.FlagTTL, true), nil)
	read := func() (int, error) { // ReadFrom is for *net.UDPConn alone
		ms := []ipv4.Message{{Buffers: [][]byte{make([]byte, 8)}, OOB: ipv4.NewControlMessage(ipv4.FlagTTL)}}
		if _, err := b.ReadBatch(ms, 0); err != nil {
			return 0, err
		}
		var cm ipv4.ControlMessage
		if err := cm.Parse(ms[0].OOB[:ms[0].NN]); err != nil || cm.TTL != 42 || ms[0].Addr.String() != a.LocalAddr().String() {
			t.Error(err, cm, ms[0].Addr)
		}
		return ms[0].N, nil
	}
	reading := begin(read)
	untilInWait(t, 1)
	want(t, second(a.WriteTo([]byte("hello"), nil, b.LocalAddr())), nil)
	if r := receive(t, reading, "a packet"); r.n != 5 || r.err != nil {
		t.Error(r)
	}
	want(t, b.SetReadDeadline(time.Now().Add(soon)), nil)
	if _, err := read(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("a packet came from nowhere:", err)
	}
}

func TestPacketConnAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	onDefault(t)
	s1, s2 := udpPair(t)
	a, b := packetView(t, s1), packetView(t, s2)
	to := b.LocalAddr().(*net.UDPAddr).AddrPort()
	p := make([]byte, 64)
	wantNoAllocs(t, func() {
		if _, err := a.WriteToUDPAddrPort(p, to); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.ReadFromUDPAddrPort(p); err != nil {
			t.Fatal(err)
		}
	})
}
