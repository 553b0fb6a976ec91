//go:build linux

package fdsock_test

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
)

func TestSetSockOptTypedLinux(t *testing.T) {
	both := map[bool]bool{true: true, false: false}
	tcp, udp := newSocket(t, fdsock.AF_INET, fdsock.SOCK_STREAM), newSocket(t, fdsock.AF_INET, fdsock.SOCK_DGRAM)
	for _, o := range []fdsock.Flag{fdsock.Cork, fdsock.FreeBind, fdsock.BindNoPort, fdsock.RecvErr, fdsock.FastOpenTo} {
		roundTrip(t, tcp, o, both)
	}
	for _, o := range []fdsock.Flag{
		fdsock.RecvPktInfo, fdsock.RecvTOS, fdsock.TimestampNS, fdsock.RxqOverflow, fdsock.UDPReceive,
	} {
		roundTrip(t, udp, o, both)
	}
	for o, v := range map[fdsock.Number]int{
		fdsock.KeepCount: 4, fdsock.Priority: 3, fdsock.MTUDiscover: fdsock.IP_PMTUDISC_DO,
		fdsock.SynCount: 3, fdsock.NotSentLowat: 16384, fdsock.RcvLowat: 2, fdsock.IncomingCPU: 0,
		fdsock.Timestamping: fdsock.SOF_TIMESTAMPING_RX_SOFTWARE | fdsock.SOF_TIMESTAMPING_SOFTWARE,
	} {
		roundTrip(t, tcp, o, map[int]int{v: v})
	}
	sec, ms := time.Second, time.Millisecond
	for _, o := range []fdsock.Seconds{fdsock.KeepIdle, fdsock.KeepInterval, fdsock.Linger2} {
		roundTrip(t, tcp, o, map[time.Duration]time.Duration{7 * sec: 7 * sec, 1500 * ms: 2 * sec})
	}
	roundTrip(t, tcp, fdsock.UserTimeout, map[time.Duration]time.Duration{1234 * ms: 1234 * ms, ms / 2: ms})
	var overflow *fdsock.OverflowError
	if err := fdsock.UserTimeout.Set(tcp, 1<<40*ms); !errors.As(err, &overflow) {
		t.Error(err)
	}
	want(t, fdsock.DeferAccept.Set(tcp, sec), nil)
	if d, err := fdsock.DeferAccept.Get(tcp); d < sec || err != nil {
		t.Error(d, err)
	}
	want(t, fdsock.QuickAck.Set(tcp, true), nil)
	want(t, fdsock.FastOpen.Set(tcp, 5), nil)
	if name, err := fdsock.Congestion.Get(tcp); name == "" || err != nil {
		t.Errorf("%q, %v", name, err)
	} else {
		roundTrip(t, tcp, fdsock.Congestion, map[string]string{name: name})
	}
	want(t, fdsock.Congestion.Set(tcp, "no such"), unix.ENOENT)
	for o, wanted := range map[fdsock.Number]int{fdsock.Domain: fdsock.AF_INET, fdsock.Protocol: fdsock.IPPROTO_TCP} {
		if v, err := o.Get(tcp); v != wanted || err != nil {
			t.Errorf("%#x: %d, %v", o, v, err)
		}
	}
	if name, err := fdsock.BindToDevice.Get(udp); name != "" || err != nil {
		t.Errorf("%q, %v", name, err)
	}
}

// TestSetSockOptPrivileged sets what needs CAP_NET_ADMIN, or is refused.
func TestSetSockOptPrivileged(t *testing.T) {
	s := newSocket(t, fdsock.AF_INET, fdsock.SOCK_DGRAM)
	for name, err := range map[string]error{
		"mark": fdsock.Mark.Set(s, 9), "rcvbuf": fdsock.RcvBufForce.Set(s, 1<<20), "sndbuf": fdsock.SndBufForce.Set(s, 1<<20),
		"transparent": fdsock.Transparent.Set(s, true), "device": fdsock.BindToDevice.Set(s, "lo"),
		"busy": fdsock.BusyPoll.Set(s, 50*time.Microsecond),
	} {
		if err != nil && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.ENOPROTOOPT) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if label, err := fdsock.PeerSecurity.Get(s); err != nil && !errors.Is(err, unix.ENOPROTOOPT) {
		t.Errorf("label %q, %v", label, err)
	}
}

// TestTimestampForms decodes every form of arrival times.
//
//inventory:row SO_LINGER, timestamps, TCP_INFO
func TestTimestampForms(t *testing.T) {
	for name, on := range map[string]func(s *fdsock.Socket) error{
		"ns": func(s *fdsock.Socket) error { return fdsock.TimestampNS.Set(s, true) },
		"timestamping": func(s *fdsock.Socket) error {
			return fdsock.Timestamping.Set(s, fdsock.SOF_TIMESTAMPING_RX_SOFTWARE|fdsock.SOF_TIMESTAMPING_SOFTWARE)
		},
		"new":    func(s *fdsock.Socket) error { return s.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_TIMESTAMP_NEW, 1) },
		"ns new": func(s *fdsock.Socket) error { return s.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_TIMESTAMPNS_NEW, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			socks, addrs := datagramPair(t, "127.0.0.1")
			want(t, on(socks[1]), nil)
			wantTimes(t, socks, addrs[1])
		})
	}
	half := binary.NativeEndian.AppendUint32(binary.NativeEndian.AppendUint32(nil, 7), 8) // of a 32-bit kernel
	m := fdsock.ControlMessage{Level: fdsock.SOL_SOCKET, Type: fdsock.SCM_TIMESTAMPNS, Data: half}
	if at, ok := m.Timestamps(); !ok || !at.Software.Equal(time.Unix(7, 8)) {
		t.Error(at, ok)
	}
	for _, m := range []fdsock.ControlMessage{
		{Level: fdsock.SOL_SOCKET, Type: fdsock.SCM_RIGHTS, Data: half},
		{Level: fdsock.IPPROTO_IP, Type: fdsock.SCM_TIMESTAMP, Data: half},
		{Level: fdsock.SOL_SOCKET, Type: fdsock.SCM_TIMESTAMP, Data: half[:5]},
		{Level: fdsock.SOL_SOCKET, Type: fdsock.SCM_TIMESTAMPING, Data: nil},
	} {
		if at, ok := m.Timestamps(); ok {
			t.Errorf("%v gives %v", m, at)
		}
	}
}

// TestTCPInfo follows a connection.
//
//inventory:row SO_LINGER, timestamps, TCP_INFO
func TestTCPInfo(t *testing.T) {
	tcpOnly(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		send(t, a, "hello")
		wantRecv(t, b, "hello")
		until(t, "the bytes are acknowledged", func() bool {
			info, err := a.TCPInfo()
			want(t, err, nil)
			return info.BytesAcked >= 5
		})
		info, err := a.TCPInfo()
		want(t, err, nil)
		if info.Returned < 104 || info.State != fdsock.TCPEstablished || info.RTT <= 0 || info.RTT > patience ||
			info.RTO < time.Millisecond || info.SndMSS == 0 || info.SndCwnd == 0 || info.PMTU == 0 {
			t.Errorf("%+v", info)
		}
		if info.Returned >= 224 && (info.BytesSent != 5 || info.DataSegsOut != 1 || info.SegsOut < 2 || info.SndWnd == 0) {
			t.Errorf("%+v", info)
		}
		peer, err := b.TCPInfo()
		want(t, err, nil)
		if peer.BytesReceived != 5 || peer.DataSegsIn != 1 || peer.SndWscale != info.RcvWscale || peer.RcvWscale != info.SndWscale {
			t.Errorf("the peer has %+v, this end %+v", peer, info)
		}
		closeSocket(t, b)
		wantRecv(t, a, "")
		if info, err = a.TCPInfo(); err != nil || info.State != fdsock.TCPCloseWait || info.State.String() != "CLOSE-WAIT" {
			t.Errorf("%v, %v", info.State, err)
		}
	})
	s := newSocket(t, fdsock.AF_INET, fdsock.SOCK_DGRAM)
	_, err := s.TCPInfo()
	want(t, err, unix.EOPNOTSUPP)
	if fdsock.TCPState(99).String() != "unknown" {
		t.Error("an unknown state has a name")
	}
}

// TestVsockOptions have 64 bits.
func TestVsockOptions(t *testing.T) {
	onDefault(t)
	s, err := fdsock.New(fdsock.AF_VSOCK, fdsock.SOCK_STREAM, 0)
	if err != nil {
		want(t, err, unix.EAFNOSUPPORT)
		t.Skip("the kernel has no vsock")
	}
	closeAtEnd(t, s)
	size := fdsock.Number(fdsock.AF_VSOCK<<32 | fdsock.SO_VM_SOCKETS_BUFFER_SIZE)
	roundTrip(t, s, size, map[int]int{65536: 65536})
}

// TestSendMsgAFALG computes a digest where the kernel can, and else has the
// kernel's error.
//
//inventory:row sendmsg_afalg
func TestSendMsgAFALG(t *testing.T) {
	onDefault(t)
	a, _ := datagramPair(t, "127.0.0.1")
	_, err := fdsock.SendMsgAlg(a[0], nil, fdsock.Alg{})
	if err == nil || err.Error() != "sendmsg: OSError: algset is only supported for AF_ALG" {
		t.Error(err)
	}
	s, err := fdsock.New(fdsock.AF_ALG, fdsock.SOCK_SEQPACKET, 0)
	if err != nil {
		want(t, err, unix.EAFNOSUPPORT)
		t.Skip("the kernel has no AF_ALG")
	}
	closeAtEnd(t, s)
	want(t, s.Bind(fdsock.AlgAddr{Type: "hash", Name: "sha256"}), nil)
	op, _, err := s.Accept()
	want(t, err, nil)
	closeAtEnd(t, op)
	_, err = op.Send([]byte("abc"))
	want(t, err, nil)
	digest, err := op.Recv(32)
	if want(t, err, nil); len(digest) != 32 || digest[0] != 0xba || digest[1] != 0x78 {
		t.Errorf("%x", digest)
	}
}
