package tlsbridge_test

import (
	"io"
	"net"
	"runtime"
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
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

// TestHandshakeFlood has 600 clients send their hello at once. However many
// wait, a turn of the loop answers no more of them than it takes events, and
// goes on to timers, tasks and connections that are open already.
//
//inventory:row SSLSocket half-open
func TestHandshakeFlood(t *testing.T) {
	const clients, eventsPerTurn, pings = 600, 256, 3
	leak.Check(t)
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	_, sctx := contexts(t, tlsbridge.TLSv1_3)
	var inTurn, most, total, turns int // the loop's
	must(t, sctx.SetServerNameCallback(func(tlsbridge.NamedConn, string, *tlsbridge.Context) error {
		inTurn++
		total++
		most = max(most, inTurn)
		return nil
	}))
	s, _ := serveFilter(t, g, sctx, plainEcho)
	open := dialTLS(t, s, tlsbridge.TLSv1_3)
	hello := clientFlight(t, tlsbridge.TLSv1_3)
	list := make([]*net.TCPConn, clients)
	for i := range list {
		list[i] = dialRaw(t, s)
	}
	must(t, exchange(open, []byte("all are accepted")))

	// The loop stands still until every hello is there.
	loop := g.Loops()[0]
	stand, counting := make(chan bool), true
	must(t, loop.Post(func() { <-stand }))
	var count func()
	count = func() {
		turns++
		inTurn = 0
		if counting {
			_ = loop.Post(count)
		}
	}
	must(t, loop.Post(count))
	for _, c := range list {
		_, err := c.Write(hello)
		must(t, err)
	}
	close(stand)
	for range pings {
		must(t, exchange(open, []byte("still there?")))
	}
	for _, c := range list {
		_, err := io.ReadFull(c, make([]byte, 5))
		must(t, err)
	}
	done := make(chan bool)
	must(t, loop.Post(func() { counting = false; close(done) }))
	<-done
	must(t, s.Close())
	must(t, g.Close())
	t.Logf("%d handshakes in %d turns, %d in one at most", total, turns, most)
	if total != clients+1 || most > eventsPerTurn {
		t.Errorf("%d handshakes, %d in one turn", total, most)
	}
}
