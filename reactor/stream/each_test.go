package stream_test

import (
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

// TestEach is a broadcast to more connections than a batch, on several loops:
// each hears it once, on its loop.
func TestEach(t *testing.T) {
	const n = 100
	s := newServer(t, stream.Config{Group: group(t, 3)})
	addr, err := s.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var clients []io.Reader
	for range n {
		c := connect(t, addr)
		must(t, exchange(c, []byte("hello")))
		clients = append(clients, c)
	}
	if s.Conns() != n {
		t.Errorf("%d connections", s.Conns())
	}
	var told atomic.Int64
	s.Each(func(c *stream.Conn) {
		told.Add(1)
		c.Write([]byte("news"))
		c.Close()
	})
	var wg sync.WaitGroup
	for _, c := range clients {
		wg.Go(func() {
			if got, err := io.ReadAll(c); string(got) != "news" || err != nil {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	wg.Wait()
	if told.Load() != n {
		t.Errorf("%d were told", told.Load())
	}
	s.Each(func(*stream.Conn) { t.Error("a connection that has closed is told") })
}

// TestEachClosedGroup has nobody left to call.
func TestEachClosedGroup(t *testing.T) {
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	s := newServer(t, stream.Config{Group: g})
	addr, err := s.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, exchange(connect(t, addr), []byte("hello")))
	_ = g.Close() // reports what is open
	s.Each(func(*stream.Conn) { t.Error("called") })
	must(t, s.Close())
}
