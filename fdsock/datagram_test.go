package fdsock_test

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// datagramPair makes two UDP sockets and the addresses they are bound to.
func datagramPair(tb testing.TB, host string) (socks [2]*fdsock.Socket, addrs [2]fdsock.InetAddr) {
	tb.Helper()
	g := newGroup(tb, reactor.Config{Loops: 1})
	family := fdsock.AF_INET
	if netip.MustParseAddr(host).Is6() {
		needIPv6(tb)
		family = fdsock.AF_INET6
	}
	for i := range socks {
		s, err := fdsock.NewOn(g, family, fdsock.SOCK_DGRAM, 0)
		want(tb, err, nil)
		socks[i] = closeAtEnd(tb, s)
		want(tb, s.Bind(fdsock.Inet(host, 0)), nil)
		addr, err := s.GetSockName()
		want(tb, err, nil)
		addrs[i] = addr.(fdsock.InetAddr)
	}
	return socks, addrs
}

// hosts are the loopbacks.
var hosts = []string{"127.0.0.1", "::1"}

// TestRecvFromSendToAddrPort echoes with the netip forms, waiting in between.
func TestRecvFromSendToAddrPort(t *testing.T) {
	for _, host := range hosts {
		t.Run(host, func(t *testing.T) {
			socks, addrs := datagramPair(t, host)
			a, b := socks[0], socks[1]
			p := make([]byte, 16)
			served := begin(func() (int, error) {
				buf := make([]byte, 16)
				n, from, err := b.RecvFromAddrPort(buf)
				if err != nil {
					return 0, err
				}
				return b.SendToAddrPort(buf[:n], from)
			})
			untilInWait(t, 1)
			n, err := a.SendToAddrPort([]byte("hello"), addrs[1].AddrPort())
			want(t, err, nil)
			n2, from, err := a.RecvFromAddrPort(p)
			want(t, err, nil)
			if n != 5 || string(p[:n2]) != "hello" || from != addrs[1].AddrPort() {
				t.Errorf("%d sent, %q from %v, want hello from %v", n, p[:n2], from, addrs[1])
			}
			if r := receive(t, served, "the echo"); r.n != 5 || r.err != nil {
				t.Error(r)
			}
			_, err = a.SendToAddrPort(nil, addrs[1].AddrPort()) // an empty datagram is one
			want(t, err, nil)
			n, from, err = b.RecvFromAddrPort(p)
			if n != 0 || err != nil || from != addrs[0].AddrPort() {
				t.Errorf("the empty datagram: %d bytes from %v, %v", n, from, err)
			}
		})
	}
}

// TestRecvFromAddrPortModes does not wait, waits in vain, is closed.
func TestRecvFromAddrPortModes(t *testing.T) {
	socks, addrs := datagramPair(t, "127.0.0.1")
	a := socks[0]
	p := make([]byte, 4)
	_, _, err := a.RecvFromAddrPort(p, fdsock.MSG_DONTWAIT)
	want(t, err, sys.EAGAIN)
	a.SetTimeout(soon)
	_, _, err = a.RecvFromAddrPort(p)
	wantTimeout(t, err)
	a.SetTimeout(0)
	_, _, err = a.RecvFromAddrPort(p)
	want(t, err, sys.EAGAIN)
	_, err = a.SendToAddrPort(make([]byte, 1<<17), addrs[1].AddrPort())
	want(t, err, unix.EMSGSIZE)
	_, err = a.SendToAddrPort(p, netip.MustParseAddrPort("[::1]:1"))
	want(t, err, sys.EAFNOSUPPORT)

	// A datagram that is too long is cut off; MSG_TRUNC says how long it was.
	want(t, err2(socks[1].SendToAddrPort([]byte("123456"), addrs[0].AddrPort())), nil)
	n, _, err := a.RecvFromAddrPort(p, fdsock.MSG_PEEK|fdsock.MSG_TRUNC)
	if want(t, err, nil); n != 6 {
		t.Errorf("MSG_TRUNC gives %d, want 6", n)
	}
	n, _, err = a.RecvFromAddrPort(p)
	if want(t, err, nil); n != 4 || string(p) != "1234" {
		t.Errorf("received %d bytes, %q", n, p)
	}
	a.SetTimeout(fdsock.NoTimeout)
	waiting := begin(func() (int, error) { n, _, err := a.RecvFromAddrPort(p); return n, err })
	untilInWait(t, 1)
	closeSocket(t, a)
	wantClosed(t, receive(t, waiting, "the end of recvfrom").err)
	_, err = a.SendToAddrPort(p, addrs[1].AddrPort())
	wantClosed(t, err)
}

func err2(_ int, err error) error { return err }

// TestAddrPortOnStreams has no sender to tell, and ignores who to send to.
func TestAddrPortOnStreams(t *testing.T) {
	tcpOnly(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		peer, err := a.GetPeerName()
		want(t, err, nil)
		want(t, err2(a.SendToAddrPort([]byte("x"), peer.(fdsock.InetAddr).AddrPort())), nil)
		p := make([]byte, 4)
		n, from, err := b.RecvFromAddrPort(p)
		if want(t, err, nil); n != 1 || from.IsValid() {
			t.Errorf("%d bytes from %v", n, from)
		}
	})
}

// TestSendToAddrPortNoRoom waits for room, which the kernel is made to deny.
func TestSendToAddrPortNoRoom(t *testing.T) {
	socks, addrs := datagramPair(t, "127.0.0.1")
	denied := failOnce(t, sys.OpSend, 0, sys.EAGAIN)
	n, err := socks[0].SendToAddrPort([]byte("x"), addrs[1].AddrPort())
	if want(t, err, nil); n != 1 || !denied() {
		t.Errorf("sent %d", n)
	}
	failOnce(t, sys.OpSend, 0, sys.EAGAIN)
	_, err = socks[0].SendToAddrPort([]byte("x"), addrs[1].AddrPort(), fdsock.MSG_DONTWAIT)
	want(t, err, sys.EAGAIN)
}

// TestDatagramAllocations demands none of a server's calls: the netip forms
// for any peer, Python's for a peer that comes again.
func TestDatagramAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	for _, host := range hosts {
		socks, addrs := datagramPair(t, host)
		a, b := socks[0], socks[1]
		out, in := []byte("0123456789"), make([]byte, 64)
		outs, ins := [][]byte{out[:4], out[4:]}, [][]byte{in[:3], in[3:]}
		to := addrs[1].AddrPort()
		var boxed fdsock.Addr = addrs[1]
		check := func(n int, err error) {
			if err != nil || n != len(out) {
				t.Fatal(n, err)
			}
		}
		for name, f := range map[string]func(){
			"recvfrom, sendto, netip": func() {
				check(a.SendToAddrPort(out, to))
				n, _, err := b.RecvFromAddrPort(in)
				check(n, err)
			},
			"recvmsg, sendmsg, netip": func() {
				check(a.SendMsgAddrPort(outs, nil, to))
				n, _, _, _, err := b.RecvMsgAddrPort(ins, nil)
				check(n, err)
			},
			"recvfrom_into, sendto": func() {
				check(a.SendTo(out, boxed))
				n, _, err := b.RecvFromInto(in)
				check(n, err)
			},
			"recvmsg_into, sendmsg": func() {
				check(a.SendMsg(outs, nil, boxed))
				got, err := b.RecvMsgInto(ins, 0)
				check(got.N, err)
			},
		} {
			t.Run(host+"/"+name, func(t *testing.T) { wantNoAllocs(t, f) })
		}
	}
}

// TestRecvMsgAddrPort passes ancillary data in the kernel's form.
func TestRecvMsgAddrPort(t *testing.T) {
	socks, addrs := datagramPair(t, "127.0.0.1")
	a, b := socks[0], socks[1]
	want(t, b.SetSockOpt(fdsock.IPPROTO_IP, fdsock.IP_RECVTTL, 1), nil)
	n, err := a.SendMsgAddrPort([][]byte{[]byte("hello")}, nil, addrs[1].AddrPort())
	if want(t, err, nil); n != 5 {
		t.Errorf("sent %d", n)
	}
	p, control := make([]byte, 3), make([]byte, 64)
	n, length, flags, from, err := b.RecvMsgAddrPort([][]byte{p}, control)
	want(t, err, nil)
	if n != 3 || string(p) != "hel" || flags&fdsock.MSG_TRUNC == 0 || from != addrs[0].AddrPort() {
		t.Errorf("%q, flags %#x from %v", p[:n], flags, from)
	}
	list := controlOf(control[:length])
	if len(list) != 1 || list[0].Level != fdsock.IPPROTO_IP || len(list[0].Data) == 0 || list[0].Data[0] == 0 {
		t.Errorf("ancillary data %v", list)
	}
	again := fdsock.AppendControl(nil, list[0])
	if got := controlOf(again); len(got) != 1 || got[0].Type != list[0].Type {
		t.Errorf("ancillary data %v", got)
	}
	b.SetTimeout(0)
	_, _, _, _, err = b.RecvMsgAddrPort([][]byte{p}, control)
	want(t, err, sys.EAGAIN)
	want(t, a.Connect(addrs[1]), nil)
	n, err = a.SendMsgAddrPort([][]byte{p}, nil, netip.AddrPort{}) // to the peer
	if want(t, err, nil); n != 3 {
		t.Errorf("sent %d", n)
	}
}

// controlOf splits ancillary data into its messages.
func controlOf(control []byte) (list []fdsock.ControlMessage) {
	for {
		m, rest, ok := fdsock.NextControl(control)
		if !ok {
			return list
		}
		list, control = append(list, m), rest
	}
}
