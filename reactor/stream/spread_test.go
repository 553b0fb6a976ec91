package stream_test

import (
	"errors"
	"net"
	"strconv"
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

// shared makes a server with a listener for each of its loops.
func shared(tb testing.TB, config stream.Config) (*stream.Server, net.Addr) {
	tb.Helper()
	config.Spread = stream.SpreadReusePort
	s := newServer(tb, config)
	addr, err := s.Listen("tcp", "127.0.0.1:0")
	if errors.Is(err, sys.EOPNOTSUPP) {
		tb.Skip("SO_REUSEPORT does not spread connections here")
	}
	must(tb, err)
	return s, addr
}

// TestReusePort finds connections on every loop, each where it was accepted.
func TestReusePort(t *testing.T) {
	g := group(t, 4)
	opened := make(chan *stream.Conn, 1)
	s, addr := shared(t, stream.Config{Group: g, Handler: func(*stream.Conn) stream.Handler {
		h := echoing(t)
		h.open = func(c *stream.Conn) { opened <- c }
		return h
	}})
	if len(s.Addrs()) != 1 {
		t.Error("one address is listed as", s.Addrs())
	}
	seen := make(map[int]bool)
	for len(seen) < 4 { // the kernel hashes the client's port
		must(t, exchange(connect(t, addr), []byte("hello")))
		seen[stream.LoopOf(take(t, "Open", opened)).Index()] = true
	}
}

// TestReusePortUnix hands off, as SO_REUSEPORT says nothing about Unix sockets.
func TestReusePortUnix(t *testing.T) {
	s, _ := shared(t, stream.Config{Group: group(t, 2)})
	addr, err := s.Listen("unix", shortDir(t)+"/socket")
	must(t, err)
	must(t, exchange(connect(t, addr), []byte("hello")))
}

// TestReusePortErrors opens all listeners or none.
func TestReusePortErrors(t *testing.T) {
	s, _ := shared(t, stream.Config{Group: group(t, 3)})
	for _, op := range []sys.Op{sys.OpSocket, sys.OpSetsockopt, sys.OpListen, sys.OpQueueControl} {
		listens := 0
		restore := sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == sys.OpListen {
				listens++
			}
			if c.Op == op && (listens == 2 || op == sys.OpQueueControl) { // at the second listener
				return sys.Fault{Errno: sys.ENOBUFS}
			}
			return sys.Fault{}
		})
		_, err := s.Listen("tcp", "127.0.0.1:0")
		restore()
		if !errors.Is(err, sys.ENOBUFS) || len(s.Addrs()) != 1 {
			t.Errorf("%v fails: %v, %v", op, err, s.Addrs())
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	if _, err := s.Listen("tcp", l.Addr().String()); !errors.Is(err, sys.EADDRINUSE) {
		t.Error(err)
	}
}

// TestHandOff spreads evenly.
func TestHandOff(t *testing.T) {
	const loops, each = 3, 5
	opened := make(chan *stream.Conn, 1)
	s := newServer(t, stream.Config{Group: group(t, loops), Handler: func(*stream.Conn) stream.Handler {
		h := echoing(t)
		h.open = func(c *stream.Conn) { opened <- c }
		return h
	}})
	addr, err := s.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var n [loops]int
	for range loops * each {
		connect(t, addr)
		n[stream.LoopOf(take(t, "Open", opened)).Index()]++
	}
	if n != [loops]int{each, each, each} {
		t.Error(n)
	}
}

// BenchmarkSpread opens connections, sends one message each, and closes them.
func BenchmarkSpread(b *testing.B) {
	for name, spread := range map[string]stream.Spread{"handoff": stream.SpreadHandOff, "reuseport": stream.SpreadReusePort} {
		for _, loops := range []int{1, 2, 4} {
			b.Run(name+"/"+strconv.Itoa(loops), func(b *testing.B) { benchmarkSpread(b, spread, loops) })
		}
	}
}

func benchmarkSpread(b *testing.B, spread stream.Spread, loops int) {
	b.Helper()
	g, err := reactor.NewGroup(reactor.Config{Loops: loops})
	must(b, err)
	defer g.Close()
	s := newServer(b, stream.Config{Group: g, Spread: spread})
	addr, err := s.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Skip(err)
	}
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c, err := net.Dial("tcp", addr.String())
			if err != nil {
				b.Error(err)
				return
			}
			if err := exchange(c, []byte("hello")); err != nil {
				b.Error(err)
			}
			must(b, c.(*net.TCPConn).SetLinger(0)) // no TIME_WAIT: there are not that many ports
			must(b, c.Close())
		}
	})
	must(b, s.Close())
}
