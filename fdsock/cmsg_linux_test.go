//go:build linux

package fdsock_test

import (
	"encoding/binary"
	"net/netip"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
)

// datagramPair makes a UDP socket that is connected to another, of a family,
// and returns the other's address.
func cmsgPair(t *testing.T, family int) (a, b *fdsock.Socket, to netip.AddrPort) {
	t.Helper()
	onDefault(t)
	host := "127.0.0.1"
	if family == fdsock.AF_INET6 {
		needIPv6(t)
		host = "::1"
	}
	a, b = datagram(t, family), datagram(t, family)
	want(t, b.Bind(fdsock.Inet(host, 0)), nil)
	addr, err := b.GetSockName()
	want(t, err, nil)
	want(t, a.Connect(addr), nil)
	return a, b, addr.(fdsock.InetAddr).AddrPort()
}

func datagram(t *testing.T, family int) *fdsock.Socket {
	t.Helper()
	s, err := fdsock.New(family, fdsock.SOCK_DGRAM, 0)
	want(t, err, nil)
	return closeAtEnd(t, s)
}

// unixDatagrams makes two connected Unix datagram sockets.
func unixDatagrams(t *testing.T) (a, b *fdsock.Socket) {
	t.Helper()
	onDefault(t)
	a, b, err := fdsock.SocketPairOf(fdsock.AF_UNIX, fdsock.SOCK_DGRAM, 0)
	want(t, err, nil)
	return closeAtEnd(t, a), closeAtEnd(t, b)
}

// control is the only control message of a kind.
func control(t *testing.T, got fdsock.Received, level, typ int) fdsock.ControlMessage {
	t.Helper()
	for _, c := range got.Ancillary {
		if c.Level == level && c.Type == typ {
			return c
		}
	}
	t.Fatalf("no message %d, %d in %+v", level, typ, got)
	panic("unreachable")
}

// TestPacketInfo decodes where a datagram came in, and its hop limit.
//
//inventory:row recvmsg
func TestPacketInfo(t *testing.T) {
	for _, c := range []struct {
		family, level, recvInfo, info, recvHops, hops, setHops int
		local                                                  string
	}{
		{fdsock.AF_INET, unix.IPPROTO_IP, unix.IP_PKTINFO, unix.IP_PKTINFO, unix.IP_RECVTTL, unix.IP_TTL, unix.IP_TTL, "127.0.0.1"},
		{
			fdsock.AF_INET6, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, unix.IPV6_PKTINFO,
			unix.IPV6_RECVHOPLIMIT, unix.IPV6_HOPLIMIT, unix.IPV6_UNICAST_HOPS, "::1",
		},
	} {
		t.Run(c.local, func(t *testing.T) {
			a, b, _ := cmsgPair(t, c.family)
			want(t, b.SetSockOpt(c.level, c.recvInfo, 1), nil)
			want(t, b.SetSockOpt(c.level, c.recvHops, 1), nil)
			want(t, a.SetSockOpt(c.level, c.setHops, 7), nil)
			send(t, a, "x")
			_, got, err := b.RecvMsg(8, 256)
			want(t, err, nil)
			pktinfo, hoplimit := control(t, got, c.level, c.info), control(t, got, c.level, c.hops)
			info, ok := pktinfo.PacketInfo()
			if local := netip.MustParseAddr(c.local); !ok || info.Dst != local || info.Local != local || info.Interface == 0 {
				t.Errorf("%+v, %v", info, ok)
			}
			if hops, ok := hoplimit.HopLimit(); !ok || hops != 7 {
				t.Errorf("hop limit %d, %v", hops, ok)
			}
			// Others are told apart, and so is what was cut off.
			pktinfo.Data, hoplimit.Data = pktinfo.Data[:8], hoplimit.Data[:3]
			for _, m := range []fdsock.ControlMessage{pktinfo, hoplimit, {}} {
				_, info := m.PacketInfo()
				_, hops := m.HopLimit()
				_, credentials := m.Credentials()
				_, extended := m.ExtendedError()
				if info || hops || credentials || extended {
					t.Errorf("decoded %+v: %v, %v, %v, %v", m, info, hops, credentials, extended)
				}
			}
		})
	}
}

// TestCredentials passes who the sender is, of itself and as the sender says.
//
//inventory:row sendmsg
func TestCredentials(t *testing.T) {
	a, b := unixDatagrams(t)
	want(t, b.SetSockOpt(fdsock.SOL_SOCKET, unix.SO_PASSCRED, 1), nil)
	me := fdsock.SenderCredentials{PID: os.Getpid(), UID: os.Getuid(), GID: os.Getgid()}
	for _, ancillary := range [][]fdsock.ControlMessage{nil, {me.Message()}} {
		_, err := a.SendMsg([][]byte{[]byte("x")}, ancillary, nil)
		want(t, err, nil)
		_, got, err := b.RecvMsg(8, 64)
		want(t, err, nil)
		if from, ok := control(t, got, unix.SOL_SOCKET, unix.SCM_CREDENTIALS).Credentials(); !ok || from != me {
			t.Errorf("%+v, %v, want %+v", from, ok, me)
		}
	}
	if os.Getuid() != 0 {
		_, err := a.SendMsg([][]byte{[]byte("x")}, []fdsock.ControlMessage{fdsock.SenderCredentials{PID: 1}.Message()}, nil)
		want(t, err, unix.EPERM)
	}
}

// TestRefusedOnce has the ICMP error of a datagram surface in one call only.
//
//inventory:row ICMP errors on connected UDP
func TestRefusedOnce(t *testing.T) {
	for name, family := range map[string]int{"udp4": fdsock.AF_INET, "udp6": fdsock.AF_INET6} {
		t.Run(name, func(t *testing.T) { refuseOnce(t, family) })
	}
}

func refuseOnce(t *testing.T, family int) {
	t.Helper()
	a, b, _ := cmsgPair(t, family)
	closeSocket(t, b)
	for _, timeout := range []int64{-1, int64(patience)} {
		a.SetTimeout(timeoutOf(timeout))
		waiting := begin(func() (int, error) { return a.RecvInto(make([]byte, 8)) })
		untilInWait(t, 1)
		send(t, a, "x")
		want(t, receive(t, waiting, "the error").err, sys.ECONNREFUSED)
		a.SetTimeout(soon)
		_, err := a.Recv(8)
		wantTimeout(t, err)
	}
	a.SetTimeout(patience)
	send(t, a, "x") // the error is the next send's as well
	until(t, "the error comes", func() bool { return a.Readiness(0) != 0 })
	_, err := a.Send([]byte("y"))
	want(t, err, sys.ECONNREFUSED)
	send(t, a, "")
	_, _, err = a.RecvFrom(8)
	want(t, err, sys.ECONNREFUSED)
}

// TestErrorQueue receives the ICMP error itself: MSG_ERRQUEUE with IP_RECVERR.
func TestErrorQueue(t *testing.T) {
	t.Run("udp4", func(t *testing.T) { queueError(t, fdsock.AF_INET, unix.IPPROTO_IP, unix.IP_RECVERR) })
	t.Run("udp6", func(t *testing.T) { queueError(t, fdsock.AF_INET6, unix.IPPROTO_IPV6, unix.IPV6_RECVERR) })
}

func queueError(t *testing.T, family, level, option int) {
	t.Helper()
	a, b, to := cmsgPair(t, family)
	want(t, a.SetSockOpt(level, option, 1), nil)
	closeSocket(t, b)
	// Nothing is there: without a timeout the kernel does not wait.
	_, _, err := a.RecvMsg(8, 256, unix.MSG_ERRQUEUE)
	want(t, err, sys.EAGAIN)
	a.SetTimeout(soon)
	_, _, err = a.RecvMsg(8, 256, unix.MSG_ERRQUEUE)
	wantTimeout(t, err)
	a.SetTimeout(patience)
	var got fdsock.Received
	waiting := begin(func() (n int, err error) { _, got, err = a.RecvMsg(8, 256, unix.MSG_ERRQUEUE); return n, err })
	untilInWait(t, 1)
	send(t, a, "lost")
	want(t, receive(t, waiting, "the error").err, nil)
	if got.N != 4 || got.Flags&unix.MSG_ERRQUEUE == 0 || got.Addr.(fdsock.InetAddr).AddrPort() != to {
		t.Errorf("%+v", got)
	}
	e, ok := control(t, got, level, option).ExtendedError()
	wanted := fdsock.ExtendedError{
		Errno: sys.ECONNREFUSED, Origin: unix.SO_EE_ORIGIN_ICMP, Type: 3, Code: 3, Offender: to.Addr(),
	}
	if family == fdsock.AF_INET6 {
		wanted.Origin, wanted.Type, wanted.Code = unix.SO_EE_ORIGIN_ICMP6, 1, 4
	}
	if !ok || e != wanted {
		t.Errorf("%+v, %v, want %+v", e, ok, wanted)
	}
}

// TestErrorQueueKeepsData has an empty queue of errors say nothing about data.
func TestErrorQueueKeepsData(t *testing.T) {
	b, a, _ := cmsgPair(t, fdsock.AF_INET)
	want(t, a.Handle().Arm(), nil)
	send(t, b, "x")
	until(t, "the datagram comes", func() bool { return a.Readiness(input) != 0 })
	_, _, err := a.RecvMsg(8, 64, unix.MSG_ERRQUEUE)
	want(t, err, sys.EAGAIN)
	_, err = a.Recv(8, unix.MSG_ERRQUEUE)
	want(t, err, sys.EAGAIN)
	_, _, err = a.RecvFromAddrPort(make([]byte, 8), unix.MSG_ERRQUEUE)
	want(t, err, sys.EAGAIN)
	a.SetTimeout(patience) // instead of for ever
	wantRecv(t, a, "x")
}

// TestErrorQueueDeadline ends waiting for the queue of errors by the deadline
// for receiving, long before the timeout.
func TestErrorQueueDeadline(t *testing.T) {
	_, a, _ := cmsgPair(t, fdsock.AF_INET)
	a.SetTimeout(patience)
	want(t, a.SetReadDeadline(time.Now().Add(soon)), nil)
	begun := time.Now()
	_, _, err := a.RecvMsg(8, 64, unix.MSG_ERRQUEUE)
	wantTimeout(t, err)
	if time.Since(begun) >= patience {
		t.Error("the timeout ended the call, not the deadline")
	}
}

// TestTruncation reports what of a message was cut off, and passes empty ones.
//
//inventory:row datagram boundaries
//inventory:row recvmsg
func TestTruncation(t *testing.T) {
	a, b, _ := cmsgPair(t, fdsock.AF_INET)
	want(t, b.SetSockOpt(unix.IPPROTO_IP, unix.IP_PKTINFO, 1), nil)
	for _, c := range []struct {
		text           string
		n, room, flags int
		data           int // bytes of the control message, -1 for none
	}{
		{"abc", 8, 64, 0, 12},
		{"abc", 2, 64, unix.MSG_TRUNC, 12},
		{"abc", 8, 0, unix.MSG_CTRUNC, -1},
		{"abc", 2, 5, unix.MSG_TRUNC | unix.MSG_CTRUNC, -1},
		{"abc", 8, unix.CmsgLen(5), unix.MSG_CTRUNC, 5},
		{"", 8, 64, 0, 12},
		{"", 0, 64, 0, 12},
	} {
		send(t, a, c.text)
		p, got, err := b.RecvMsg(c.n, c.room)
		want(t, err, nil)
		if string(p) != c.text[:min(c.n, len(c.text))] || got.Flags != c.flags || got.Addr == nil {
			t.Errorf("%+v: received %q, %+v", c, p, got)
		}
		switch {
		case c.data < 0 && len(got.Ancillary) != 0:
			t.Errorf("%+v: control %v", c, got.Ancillary)
		case c.data >= 0 && (len(got.Ancillary) != 1 || len(got.Ancillary[0].Data) != c.data):
			t.Errorf("%+v: control %v", c, got.Ancillary)
		}
	}
}

// TestTruncatedRights leaves no descriptor behind that there was no room for.
//
//inventory:row recvmsg
func TestTruncatedRights(t *testing.T) {
	leak.Check(t)
	a, b := unixDatagrams(t)
	var rights []byte
	for range 3 {
		rights = binary.NativeEndian.AppendUint32(rights, uint32(a.Fileno()))
	}
	for room := range unix.CmsgSpace(len(rights)) + 1 {
		_, err := a.SendMsg([][]byte{[]byte("x")}, []fdsock.ControlMessage{{unix.SOL_SOCKET, unix.SCM_RIGHTS, rights}}, nil)
		want(t, err, nil)
		_, got, err := b.RecvMsg(8, room)
		want(t, err, nil)
		n := 0
		for _, c := range got.Ancillary {
			for p := c.Data; len(p) >= 4; p = p[4:] {
				want(t, unix.Close(int(binary.NativeEndian.Uint32(p))), nil)
				n++
			}
		}
		if fits := max(room-unix.CmsgLen(0), 0) / 4; n != min(fits, 3) {
			t.Errorf("room for %d bytes: %d descriptors, want %d", room, n, min(fits, 3))
		}
		if cut := got.Flags&unix.MSG_CTRUNC != 0; cut != (n < 3) {
			t.Errorf("room for %d bytes: %d descriptors, flags %#x", room, n, got.Flags)
		}
	}
}

// TestRecvMsgKeepsSender has the end of the stream come after a part: the
// sender is still the part's.
func TestRecvMsgKeepsSender(t *testing.T) {
	for _, p := range parkings {
		t.Run(p.name, func(t *testing.T) {
			g := newGroup(t, p.config)
			l, err := fdsock.NewOn(g, fdsock.AF_UNIX, fdsock.SOCK_STREAM, 0)
			want(t, err, nil)
			closeAtEnd(t, l)
			a, err := fdsock.NewOn(g, fdsock.AF_UNIX, fdsock.SOCK_STREAM, 0)
			want(t, err, nil)
			closeAtEnd(t, a)
			want(t, l.Bind(fdsock.UnixAddr("")), nil)
			want(t, a.Bind(fdsock.UnixAddr("")), nil)
			want(t, l.Listen(), nil)
			name, err := l.GetSockName()
			want(t, err, nil)
			want(t, a.Connect(name), nil)
			b, _, err := l.Accept()
			want(t, err, nil)
			closeAtEnd(t, b)
			send(t, a, "part")
			want(t, a.Shutdown(fdsock.SHUT_WR), nil)
			text, got, err := b.RecvMsg(100, 0, fdsock.MSG_WAITALL)
			want(t, err, nil)
			own, err := a.GetSockName()
			want(t, err, nil)
			if string(text) != "part" || got.Addr == nil || got.Addr.String() != own.String() {
				t.Errorf("%q from %v, want %v", text, got.Addr, own)
			}
		})
	}
}
