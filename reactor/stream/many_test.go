package stream_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

// room returns how many connections, both ends in this process, it may have
// of n wanted.
func room(tb testing.TB, n int) int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		tb.Fatal(err)
	}
	if most := (int(min(limit.Cur, 1<<20)) - 200) / 2; most < n {
		tb.Logf("RLIMIT_NOFILE %d allows for %d connections", limit.Cur, most)
		return most
	}
	return n
}

// each calls f for 0 to n-1 from a few goroutines.
func each(n int, f func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}

// TestManyConnections opens, uses and closes as many as were promised, in as few
// waves as the limit on descriptors allows.
func TestManyConnections(t *testing.T) {
	wanted := 10_000
	if testing.Short() {
		wanted = 1000
	}
	atOnce := room(t, wanted)
	s := serve(t, stream.Config{Group: group(t, 2), IdleTimeout: time.Hour}, func() *handler { return echoing(t) })
	for opened := 0; opened < wanted && !t.Failed(); opened += atOnce {
		useMany(t, s, min(atOnce, wanted-opened))
	}
}

func useMany(t *testing.T, s *stream.Server, n int) {
	before := s.Stats()
	clients := make([]net.Conn, n)
	each(n, func(i int) {
		// 127.0.0.0/8 is one address elsewhere than on Linux.
		local := net.IPv4(127, 0, 0, 1)
		if runtime.GOOS == "linux" {
			local[15] = byte(1 + i%4)
		}
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: local}}
		c, err := d.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Error(i, err)
			return
		}
		_ = c.SetDeadline(time.Now().Add(10 * patience))
		clients[i] = c
	})
	defer func() {
		for _, c := range clients {
			if c != nil {
				_ = c.Close()
			}
		}
	}()
	if t.Failed() {
		return
	}
	var msg [8]byte
	each(n, func(i int) {
		msg := msg
		binary.LittleEndian.PutUint64(msg[:], uint64(i))
		if err := exchange(clients[i], msg[:]); err != nil {
			t.Error(i, err)
		}
	})
	if got := s.Stats(); got.Conns != n || got.Buffered != 0 || got.BytesIn-before.BytesIn != uint64(8*n) {
		t.Errorf("%+v", got)
	}
	for i, c := range clients {
		switch i % 4 {
		case 0:
			_ = c.(*net.TCPConn).CloseWrite()
		case 1:
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		default:
			_ = c.Close()
		}
	}
	for i := 0; i < n; i += 4 {
		if _, err := clients[i].Read(msg[:]); !errors.Is(err, io.EOF) {
			t.Error(i, err)
		}
		_ = clients[i].Close()
	}
	until(t, "all to close", func() bool { got := s.Stats(); return got.Conns == 0 && got.Closed-before.Closed == uint64(n) })
}

// TestShutdownUnderLoad shuts a server down while clients send: each gets back
// everything that the server has received, and the server knows of no byte
// that it has not answered.
func TestShutdownUnderLoad(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		const clients = 50
		config.Group = group(t, 2)
		received := make(map[string]*atomic.Int64, clients)
		var mu sync.Mutex
		s := serve(t, config, func() *handler {
			var mine *atomic.Int64
			return &handler{
				tb: t,
				open: func(c *stream.Conn) {
					mine = new(atomic.Int64)
					mu.Lock()
					received[c.RemoteAddr().String()] = mine
					mu.Unlock()
				},
				data: func(c *stream.Conn, p []byte) int {
					mine.Add(int64(len(p)))
					c.Write(p)
					return len(p)
				},
			}
		})
		var wg sync.WaitGroup
		var echoed atomic.Int64
		var conns []*net.TCPConn
		for range clients {
			c := dial(t, s)
			must(t, exchange(c, []byte("first"))) // a connection in the backlog would be reset
			conns = append(conns, c)
		}
		for _, c := range conns {
			wg.Go(func() { // until the server has had enough
				for buf := make([]byte, 10_000); ; {
					if _, err := c.Write(buf); err != nil {
						return
					}
				}
			})
			wg.Go(func() {
				defer c.Close() // then the writer ends too
				n, err := io.Copy(countTo{&echoed}, c)
				mu.Lock()
				want := received[c.LocalAddr().String()].Load() - int64(len("first"))
				mu.Unlock()
				if n != want || err != nil {
					t.Errorf("%d bytes came back of %d, %v", n, want, err)
				}
			})
		}
		until(t, "load", func() bool { return echoed.Load() > 10<<20 })
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		must(t, s.Shutdown(ctx))
		wg.Wait()
	})
}

type countTo struct{ n *atomic.Int64 }

func (c countTo) Write(p []byte) (int, error) { c.n.Add(int64(len(p))); return len(p), nil }

// mute is a handler without state.
type mute struct{}

func (mute) Open(*stream.Conn)                 {}
func (mute) Data(c *stream.Conn, p []byte) int { c.Write(p); return len(p) }
func (mute) Drained(*stream.Conn)              {}
func (mute) EOF(c *stream.Conn)                { c.Close() }
func (mute) Close(*stream.Conn, error)         {}

// BenchmarkIdleMemory measures the heap of an idle connection, the server's
// end of it: those of the clients are bare descriptors.
func BenchmarkIdleMemory(b *testing.B) {
	for name, config := range map[string]stream.Config{"plain": {}, "timeouts": {IdleTimeout: time.Hour}} {
		for _, echo := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/echo=%v", name, echo), func(b *testing.B) {
				for range b.N {
					b.ReportMetric(idleMemory(b, config, echo), "B/conn")
				}
			})
		}
	}
}

func idleMemory(tb testing.TB, config stream.Config, echo bool) float64 {
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(tb, err)
	defer g.Close()
	config.Group, config.Handler = g, func(*stream.Conn) stream.Handler { return mute{} }
	s, err := stream.Serve("127.0.0.1:0", config)
	must(tb, err)
	defer s.Close()
	n := room(tb, 8000)
	fds := make([]int, 0, n)
	to := &unix.SockaddrInet4{Port: s.Addr().(*net.TCPAddr).Port, Addr: [4]byte{127, 0, 0, 1}}
	before := heap()
	for range n {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		must(tb, err)
		fds = append(fds, fd)
		must(tb, unix.Connect(fd, to))
		if echo {
			buf := make([]byte, 512)
			_, err := unix.Write(fd, buf)
			must(tb, err)
			for got := 0; got < len(buf); {
				k, err := unix.Read(fd, buf)
				must(tb, err)
				got += k
			}
		}
	}
	until(tb, "all", func() bool { return s.Stats().Opened == uint64(n) })
	used := heap() - before
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
	return float64(used) / float64(n)
}

func heap() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestIdleMemory bounds what an idle connection costs.
func TestIdleMemory(t *testing.T) {
	const most = 360
	if n := idleMemory(t, stream.Config{}, true); n > most {
		t.Errorf("%.0f bytes for each connection", n)
	}
}
