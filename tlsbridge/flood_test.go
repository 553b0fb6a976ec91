package tlsbridge_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

// held returns the heap and stacks in use, after everything that can go has.
func held() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}

// TestHalfOpenMemory holds 10,000 handshakes at each point where a silent peer
// can leave them, and bounds what each costs.
//
//inventory:row SSLSocket half-open
func TestHalfOpenMemory(t *testing.T) {
	count := 10_000
	if raceEnabled {
		count = 500 // its shadow memory is no measure
	}
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		hello := clientFlight(t, v)
		_, sctx := contexts(t, v)
		for _, c := range []struct {
			name string
			gets []byte
			most int
		}{
			{"silent", nil, 4 << 10},
			{"a header", hello[:5], 6 << 10},
			{"half of the hello", hello[:len(hello)/2], 8 << 10},
			{"the hello but for a byte", hello[:len(hello)-1], 10 << 10},
			{"the hello", hello, 48 << 10},
		} {
			list := make([]*tlsbridge.SSLObject, count)
			before := held()
			for i := range list {
				list[i] = halfOpen(t, sctx, c.gets)
			}
			each := (held() - before) / count
			t.Logf("%-26s %6d B", c.name, each)
			if each > c.most && !raceEnabled {
				t.Errorf("%s: %d bytes each, more than %d", c.name, each, c.most)
			}
			for _, o := range list {
				o.Abort()
			}
			runtime.KeepAlive(list)
		}
	})
}

func halfOpen(t *testing.T, ctx *tlsbridge.Context, gets []byte) *tlsbridge.SSLObject {
	t.Helper()
	var in, out tlsbridge.MemoryBIO
	o, err := ctx.WrapBIO(&in, &out, tlsbridge.Options{})
	must(t, err)
	_, _ = in.Write(gets)
	if err := o.DoHandshake(); !tlsbridge.SSLWantReadError(err) {
		t.Fatal(err)
	}
	return o
}

// TestHandshakeFlood has 600 clients send their hello at once, to a pool whose
// goroutines are all stuck: no more of them are begun than there are
// goroutines, and the loop serves a connection that is open. None is lost in
// the end.
//
//inventory:row SSLSocket half-open
func TestHandshakeFlood(t *testing.T) {
	const clients, workers, pings = 600, 2, 3
	pool := tlsbridge.NewHandshakePool(workers, 0)
	var now, most, total atomic.Int64
	stuck := make(chan struct{})
	s, _ := servePool(t, pool, func() {
		n := now.Add(1)
		defer now.Add(-1)
		for {
			if m := most.Load(); n <= m || most.CompareAndSwap(m, n) {
				break
			}
		}
		if total.Add(1) > 1 { // the first is the connection that is open
			<-stuck
		}
	})
	open := dialTLS(t, s, tlsbridge.TLSv1_3)
	hello := clientFlight(t, tlsbridge.TLSv1_3)
	list := make([]*net.TCPConn, clients)
	for i := range list {
		list[i] = dialRaw(t, s)
		_, err := list[i].Write(hello)
		must(t, err)
	}
	for range pings {
		must(t, exchange(open, []byte("still there?")))
	}
	if n := total.Load(); n > 1+workers {
		t.Errorf("%d handshakes begun by %d goroutines", n-1, workers)
	}
	close(stuck)
	for _, c := range list {
		_, err := io.ReadFull(c, make([]byte, 5))
		must(t, err)
	}
	if total.Load() != clients+1 || most.Load() > workers {
		t.Errorf("%d handshakes, %d at once", total.Load(), most.Load())
	}
	if st := pool.Stats(); st.Steps < clients+1 || st.Refused != 0 || st.Waiting != 0 {
		t.Errorf("%+v", st)
	}
}

// TestHandshakesRefused fills a pool's queue: what comes then is closed, and
// what waits is served.
func TestHandshakesRefused(t *testing.T) {
	const waiting = 3
	pool := tlsbridge.NewHandshakePool(1, waiting)
	stuck, begun := make(chan struct{}), make(chan struct{}, 10)
	s, reasons := servePool(t, pool, func() {
		begun <- struct{}{}
		<-stuck
	})
	hello := clientFlight(t, tlsbridge.TLSv1_3)
	var list []*net.TCPConn
	send := func() {
		c := dialRaw(t, s)
		_, err := c.Write(hello)
		must(t, err)
		list = append(list, c)
	}
	send()
	<-begun
	for range waiting + 1 {
		send()
	}
	if err := reason(t, reasons); !errors.Is(err, tlsbridge.ErrHandshakes) {
		t.Error(err)
	}
	if st := pool.Stats(); st.Refused != 1 || st.Waiting != waiting || st.Running != 1 {
		t.Errorf("%+v", st)
	}
	close(stuck)
	answers := 0
	for _, c := range list {
		if _, err := io.ReadFull(c, make([]byte, 5)); err == nil {
			answers++
		}
	}
	if answers != 1+waiting {
		t.Errorf("%d answers, want %d", answers, 1+waiting)
	}
}

// TestClosedInHandshake closes connections while the pool has their handshake:
// by the peer's reset, by the server.
func TestClosedInHandshake(t *testing.T) {
	pool := tlsbridge.NewHandshakePool(1, 0)
	stuck, begun := make(chan struct{}), make(chan struct{}, 10)
	s, reasons := servePool(t, pool, func() {
		begun <- struct{}{}
		<-stuck
	})
	hello := clientFlight(t, tlsbridge.TLSv1_3)
	for range 2 { // one is under way, the other waits
		_, err := dialRaw(t, s).Write(hello)
		must(t, err)
	}
	<-begun
	until(t, "a second handshake waits", func() bool { return pool.Stats().Waiting == 1 })
	must(t, s.Close())
	for range 2 {
		if err := reason(t, reasons); !errors.Is(err, stream.ErrAborted) {
			t.Error(err)
		}
	}
	if len(begun) != 0 {
		t.Error("a closed connection's handshake was begun")
	}
	close(stuck) // leak.Check waits for the goroutine
}

// servePool starts a TLS server on one loop whose handshakes the pool does,
// and which calls callback in each.
func servePool(t *testing.T, pool *tlsbridge.HandshakePool, callback func()) (*stream.Server, <-chan error) {
	t.Helper()
	leak.Check(t)
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	_, ctx := contexts(t, tlsbridge.TLSv1_3)
	must(t, ctx.SetServerNameCallback(func(tlsbridge.NamedConn, string, *tlsbridge.Context) error {
		callback()
		return nil
	}))
	return serveWith(t, g, ctx.FilterWith(tlsbridge.FilterConfig{Pool: pool}), plainEcho)
}

// TestPoolByByte has the client's flights come byte by byte: the pool is
// not asked for each.
func TestPoolByByte(t *testing.T) {
	pool := tlsbridge.NewHandshakePool(0, 0)
	s, _ := servePool(t, pool, func() {})
	raw := dialRaw(t, s)
	must(t, raw.SetNoDelay(true))
	config, _ := stdConfigs(tlsbridge.TLSv1_3)
	must(t, exchange(tls.Client(bytewise{raw}, config), []byte("byte by byte")))
	if st := pool.Stats(); st.Steps == 0 || st.Steps > 4 {
		t.Errorf("%d steps", st.Steps)
	}
}
