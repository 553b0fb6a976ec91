package stream_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor/stream"
)

// TestMaxConns keeps clients waiting until others have left, at every listener.
func TestMaxConns(t *testing.T) {
	const limit = 3
	g := group(t, 2)
	s := newServer(t, stream.Config{Group: g, MaxConns: limit})
	tcp, err := s.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	local, err := s.Listen("unix", shortDir(t)+"/socket")
	must(t, err)
	var inside []net.Conn
	for range limit {
		c := connect(t, tcp)
		must(t, exchange(c, []byte("hello")))
		inside = append(inside, c)
	}
	var waiting []net.Conn
	done := make(chan error, 2*limit)
	for i := range 2 * limit {
		addr := tcp
		if i%2 == 0 {
			addr = local
		}
		c := connect(t, addr)
		waiting = append(waiting, c)
		go func() { done <- exchange(c, []byte("let me in")); _ = c.Close() }()
	}
	until(t, "full listeners", func() bool { return s.Stats().Full >= 2 })
	if n := s.Conns(); n != limit {
		t.Errorf("%d connections", n)
	}
	for _, c := range inside {
		must(t, exchange(c, []byte("still")))
	}
	select {
	case err := <-done:
		t.Fatal("served beyond the limit:", err)
	default:
	}
	must(t, inside[0].Close()) // one by one, all get in: each leaves
	for range waiting {
		must(t, take(t, "an answer", done))
	}
	if got := s.Stats(); got.Accepted != 3*limit || got.Refused+got.Shed != 0 {
		t.Errorf("%+v", got)
	}
}

// TestMaxConnsFaults gives places back when accepting or registering fails.
func TestMaxConnsFaults(t *testing.T) {
	s := newServer(t, stream.Config{MaxConns: 1, MaxPerIP: 1})
	addr, err := s.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	for _, op := range []sys.Op{sys.OpAccept, sys.OpQueueControl} {
		left := 2 // of the one loop
		restore := sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == op && left > 0 {
				left--
				return sys.Fault{Errno: unix.ENOMEM}
			}
			return sys.Fault{}
		})
		until(t, "an answer", func() bool {
			c, err := net.Dial("tcp", addr.String())
			must(t, err)
			defer c.Close()
			return exchange(c, []byte("hello")) == nil
		})
		restore()
	}
}

// TestMaxPerIP resets the one too many, and counts again when one has left.
func TestMaxPerIP(t *testing.T) {
	s := newServer(t, stream.Config{MaxPerIP: 2, Group: group(t, 2)})
	addr, err := s.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	local, err := s.Listen("unix", shortDir(t)+"/socket")
	must(t, err)
	from := func(ip string) net.Conn {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
		c, err := d.Dial("tcp", addr.String())
		must(t, err)
		t.Cleanup(func() { _ = c.Close() })
		must(t, c.SetDeadline(time.Now().Add(patience)))
		return c
	}
	first, second := from("127.0.0.1"), from("127.0.0.1")
	must(t, exchange(first, []byte("one")))
	must(t, exchange(second, []byte("two")))
	wantReset(t, addr)
	if got := s.Stats(); got.Refused != 1 || got.Accepted != 2 {
		t.Errorf("%+v", got)
	}
	for range 3 {
		must(t, exchange(connect(t, local), []byte("unix")))
	}
	must(t, first.Close())
	until(t, "a place", func() bool {
		c, err := net.Dial("tcp", addr.String())
		if err != nil {
			return false
		}
		defer c.Close()
		return exchange(c, []byte("again")) == nil
	})
}

func TestSubscriber(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.1":               "192.0.2.1",
		"::ffff:192.0.2.1":        "192.0.2.1",
		"2001:db8:1:2:3:4:5:6":    "2001:db8:1:2::",
		"2001:db8:1:2:ffff::1":    "2001:db8:1:2::",
		"2001:db8:1:3::1":         "2001:db8:1:3::",
		"fe80::1:2%eth0":          "fe80::",
		"::1":                     "::",
		"2001:db8:ffff:ffff::1:2": "2001:db8:ffff:ffff::",
	} {
		if got := stream.Subscriber(netip.MustParseAddr(ip)); got != netip.MustParseAddr(want) {
			t.Errorf("%s counts as %s, want %s", ip, got, want)
		}
	}
}
