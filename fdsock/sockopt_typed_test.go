package fdsock_test

import (
	"errors"
	"math"
	"os"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

// newSocket makes a socket on a group of its own.
func newSocket(t *testing.T, family, typ int) *fdsock.Socket {
	t.Helper()
	s, err := fdsock.NewOn(newGroup(t, reactor.Config{Loops: 1}), family, typ, 0)
	want(t, err, nil)
	return closeAtEnd(t, s)
}

// roundTrip sets an option and gets it back.
func roundTrip[T comparable](t *testing.T, s *fdsock.Socket, o interface {
	Get(*fdsock.Socket) (T, error)
	Set(*fdsock.Socket, T) error
}, values map[T]T,
) {
	t.Helper()
	for v, wanted := range values {
		want(t, o.Set(s, v), nil)
		got, err := o.Get(s)
		want(t, err, nil)
		if got != wanted {
			t.Errorf("option %#x: set to %v gives %v, want %v", o, v, got, wanted)
		}
	}
}

func TestSetSockOptTyped(t *testing.T) {
	both := map[bool]bool{true: true, false: false}
	tcp, udp := newSocket(t, fdsock.AF_INET, fdsock.SOCK_STREAM), newSocket(t, fdsock.AF_INET, fdsock.SOCK_DGRAM)
	for _, o := range []fdsock.Flag{
		fdsock.ReuseAddr, fdsock.ReusePort, fdsock.KeepAlive, fdsock.OOBInline, fdsock.DontRoute, fdsock.NoDelay,
	} {
		roundTrip(t, tcp, o, both)
	}
	roundTrip(t, udp, fdsock.Broadcast, both)
	roundTrip(t, udp, fdsock.RecvTTL, both)
	roundTrip(t, udp, fdsock.TimestampOn, both)
	roundTrip(t, tcp, fdsock.TTL, map[int]int{5: 5})
	roundTrip(t, tcp, fdsock.TOS, map[int]int{0x10: 0x10})
	for _, o := range []fdsock.Timeval{fdsock.RcvTimeo, fdsock.SndTimeo} {
		roundTrip(t, tcp, o, map[time.Duration]time.Duration{0: 0, 12 * time.Second: 12 * time.Second})
	}
	for _, o := range []fdsock.Number{fdsock.SndBuf, fdsock.RcvBuf} {
		want(t, o.Set(tcp, 8192), nil)
		if n, err := o.Get(tcp); n < 8192 || err != nil {
			t.Error(n, err)
		}
	}
	if typ, err := fdsock.SocketType.Get(udp); typ != fdsock.SOCK_DGRAM || err != nil {
		t.Error(typ, err)
	}
	for _, listening := range []bool{false, true} {
		if got, err := fdsock.AcceptConn.Get(tcp); got != listening || err != nil {
			t.Error(got, err)
		}
		want(t, tcp.Listen(), nil)
	}
	var value *fdsock.ValueError
	if err := fdsock.RcvTimeo.Set(tcp, -1); !errors.As(err, &value) {
		t.Error(err)
	}
	closeSocket(t, tcp)
	wantClosed(t, fdsock.NoDelay.Set(tcp, true))
	wantClosed(t, fdsock.RcvTimeo.Set(tcp, 1))
	_, err := fdsock.TTL.Get(tcp)
	wantClosed(t, err)
}

func TestSetSockOptTyped6(t *testing.T) {
	needIPv6(t)
	s := newSocket(t, fdsock.AF_INET6, fdsock.SOCK_DGRAM)
	for _, o := range []fdsock.Flag{fdsock.V6Only, fdsock.RecvPktInfo6, fdsock.RecvHopLimit, fdsock.DontFragment6} {
		roundTrip(t, s, o, map[bool]bool{true: true, false: false})
	}
	roundTrip(t, s, fdsock.UnicastHops, map[int]int{7: 7})
	roundTrip(t, s, fdsock.TrafficClass, map[int]int{8: 8})
}

// TestLinger sets SO_LINGER, whose zero resets the connection at Close.
//
//inventory:row SO_LINGER, timestamps, TCP_INFO
func TestLinger(t *testing.T) {
	tcpOnly(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		if d, err := a.GetLinger(); d >= 0 || err != nil {
			t.Errorf("at first %v, %v", d, err)
		}
		for d, wanted := range map[time.Duration]time.Duration{-1: -1, 0: 0, time.Second: time.Second, 1500 * time.Millisecond: 2 * time.Second} {
			want(t, a.SetLinger(d), nil)
			if got, err := a.GetLinger(); got != wanted || err != nil {
				t.Errorf("%v gives %v, %v", d, got, err)
			}
		}
		want(t, a.SetLinger(math.MaxInt64), nil) // for ever, as far as the kernel goes
		if got, err := a.GetLinger(); got < time.Hour || err != nil {
			t.Errorf("the longest is %v, %v", got, err)
		}
		want(t, a.SetLinger(0), nil)
		closeSocket(t, a)
		_, err := b.Recv(1)
		want(t, err, sys.ECONNRESET)
	})
}

// TestTakeError takes what an ICMP message has said, once.
func TestTakeError(t *testing.T) {
	s, gone := newSocket(t, fdsock.AF_INET, fdsock.SOCK_DGRAM), newSocket(t, fdsock.AF_INET, fdsock.SOCK_DGRAM)
	want(t, gone.Bind(fdsock.Inet("127.0.0.1", 0)), nil)
	addr, err := gone.GetSockName()
	want(t, err, nil)
	closeSocket(t, gone)
	want(t, s.Connect(addr), nil)
	send(t, s, "x")
	r, _, _, err := pyselect.Select([]pyselect.Object{s}, nil, nil, patience)
	want(t, err, nil)
	if len(r) == 0 {
		t.Fatal("no error has come")
	}
	for _, wanted := range []sys.Errno{sys.ECONNREFUSED, 0} {
		if got, err := s.TakeError(); got != wanted || err != nil {
			t.Errorf("%v, %v, want %v", got, err, wanted)
		}
	}
}

func TestPeerCred(t *testing.T) {
	onDefault(t)
	a, b, err := fdsock.SocketPair()
	want(t, err, nil)
	closeAtEnd(t, a)
	closeAtEnd(t, b)
	c, err := a.GetPeerCred()
	if errors.Is(err, sys.EOPNOTSUPP) {
		t.Skip("the system does not tell")
	}
	want(t, err, nil)
	if c.UID != os.Getuid() || c.GID != os.Getgid() || c.PID != 0 && c.PID != os.Getpid() {
		t.Errorf("the peer is %+v", c)
	}
	alone, err := fdsock.New(fdsock.AF_UNIX, fdsock.SOCK_STREAM, 0)
	want(t, err, nil)
	closeAtEnd(t, alone)
	if c, err := alone.GetPeerCred(); err == nil {
		t.Errorf("nobody is %+v", c)
	}
}

// TestTimestampArrival has a datagram come with its time.
//
//inventory:row SO_LINGER, timestamps, TCP_INFO
func TestTimestampArrival(t *testing.T) {
	socks, addrs := datagramPair(t, "127.0.0.1")
	want(t, fdsock.TimestampOn.Set(socks[1], true), nil)
	wantTimes(t, socks, addrs[1])
}

// wantTimes sends a datagram and looks at when it came.
func wantTimes(t *testing.T, socks [2]*fdsock.Socket, to fdsock.Addr) {
	t.Helper()
	before := time.Now().Add(-time.Second) // the clock may be set meanwhile
	for begun := reactor.Now(); reactor.Now()-begun < int64(patience); {
		_, err := socks[0].SendTo([]byte("x"), to)
		want(t, err, nil)
		_, got, err := socks[1].RecvMsg(8, 256)
		want(t, err, nil)
		for _, m := range got.Ancillary {
			if at, ok := m.Timestamps(); ok {
				if at.Software.Before(before) || at.Software.After(time.Now().Add(time.Second)) || !at.Hardware.IsZero() {
					t.Errorf("arrived at %+v", at)
				}
				return
			}
		}
		// The kernel begins to take times a little after it was asked to.
	}
	t.Error("no time comes")
}
