package fdsock_test

import (
	"net/netip"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
)

// iovMax is IOV_MAX.
const iovMax = 1024

// TestTooManyBuffers is for the kernel to refuse.
//
//inventory:row recvmsg_into
func TestTooManyBuffers(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		many := make([][]byte, iovMax+1)
		for i := range many {
			many[i] = []byte{byte(i)}
		}
		_, err := a.SendMsg(many, nil, nil)
		want(t, err, unix.EMSGSIZE)
		n, err := a.SendMsg(many[:iovMax], nil, nil)
		want(t, err, nil)
		if n != iovMax {
			t.Errorf("sent %d bytes", n)
		}
		_, err = b.RecvMsgInto(many, 0)
		want(t, err, unix.EMSGSIZE)
		for _, p := range many {
			clear(p)
		}
		got, err := b.RecvMsgInto(many[:iovMax], 0)
		want(t, err, nil)
		for i, p := range many[:got.N] {
			if p[0] != byte(i) {
				t.Fatalf("byte %d is %d", i, p[0])
			}
		}
	})
}

// TestMessageAllocations demands none of gathering and scattering.
func TestMessageAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	if runtime.GOOS != "linux" {
		t.Skip("package unix allocates")
	}
	out, in := [][]byte{make([]byte, 10), nil, make([]byte, 54)}, [][]byte{make([]byte, 3), make([]byte, 4096)}
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		wantNoAllocs(t, func() {
			if n, err := a.SendMsg(out, nil, nil); n != 64 || err != nil {
				t.Fatal(n, err)
			}
			if got, err := b.RecvMsgInto(in, 64); got.N != 64 || err != nil {
				t.Fatal(got, err)
			}
			if _, err := b.RecvMsgInto(in, 0, fdsock.MSG_DONTWAIT); !fdsock.BlockingIOError(err) {
				t.Fatal(err)
			}
		})
	})
	t.Run("datagrams", func(t *testing.T) {
		onDefault(t)
		var ends [2]*fdsock.Socket
		var names [2]netip.AddrPort
		for i := range ends {
			s, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_DGRAM, 0)
			want(t, err, nil)
			ends[i] = closeAtEnd(t, s)
			want(t, s.Bind(fdsock.Inet("127.0.0.1", 0)), nil)
			addr, err := s.GetSockName()
			want(t, err, nil)
			names[i] = addr.(fdsock.InetAddr).AddrPort()
		}
		want(t, ends[1].SetSockOpt(unix.IPPROTO_IP, unix.IP_RECVTTL, 1), nil)
		room := make([]byte, 64)
		wantNoAllocs(t, func() {
			if n, err := ends[0].SendMsgAddrPort(out, nil, names[1]); n != 64 || err != nil {
				t.Fatal(n, err)
			}
			n, controlLen, flags, from, err := ends[1].RecvMsgAddrPort(in, room)
			if n != 64 || flags != 0 || from != names[0] || err != nil {
				t.Fatal(n, flags, from, err)
			}
			m, rest, ok := fdsock.NextControl(room[:controlLen])
			if hops, isHops := m.HopLimit(); !ok || len(rest) != 0 || !isHops || hops == 0 {
				t.Fatal(m, rest, ok)
			}
			if again := fdsock.AppendControl(rest[:0], m); len(again) != controlLen {
				t.Fatal(again, room[:controlLen])
			}
		})
	})
}
