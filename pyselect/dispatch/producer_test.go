package dispatch_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
)

// pieces is a producer that calls a function for each piece.
type pieces func() string

func (p pieces) More() ([]byte, error) { return []byte(p()), nil }

// drain connects a chat, and sends and receives until nothing waits.
func drain(t *testing.T, c *chat) string {
	t.Helper()
	a, peer, err := fdsock.SocketPair()
	must(t, err)
	defer peer.Close()
	peer.SetBlocking(false)
	must(t, c.Attach(a))
	var got strings.Builder
	buf := make([]byte, 1<<16)
	for {
		more := c.Writable()
		must(t, c.InitiateSend())
		n, err := peer.RecvInto(buf)
		if err != nil && !fdsock.BlockingIOError(err) {
			t.Fatal(err)
		}
		got.Write(buf[:n])
		if n == 0 && !more {
			return got.String()
		}
	}
}

// TestProducerBehind makes each piece at a cost that does not depend on how much
// waits behind the producer.
func TestProducerBehind(t *testing.T) {
	const n = 2000
	c := &chat{}
	c.Init(c, newMap(t))
	left := n
	must(t, c.PushWithProducer(pieces(func() string {
		if left == 0 {
			return ""
		}
		left--
		return "p"
	})))
	for range n {
		must(t, c.Push([]byte("d")))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := drain(t, c)
	runtime.ReadMemStats(&after)
	if got != strings.Repeat("p", n)+strings.Repeat("d", n) {
		t.Errorf("%d bytes came", len(got))
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8*n*n { // a copy of the queue each time is more
		t.Errorf("%d bytes were allocated", used)
	}
}

// TestProducerPushes has producers change the queue that they are in. A Push in
// More sends what is next before the piece comes, as in Python.
func TestProducerPushes(t *testing.T) {
	once := func(c *chat, text string, f func(c *chat) error) pieces {
		called := false
		return func() string {
			if called {
				return ""
			}
			called = true
			must(t, f(c))
			return text
		}
	}
	for want, f := range map[string]func(c *chat) error{
		" twoone three": func(c *chat) error { return c.Push([]byte(" three")) },
		"one":           func(c *chat) error { c.DiscardBuffers(); return nil },
		" fourone":      func(c *chat) error { c.DiscardBuffers(); return c.Push([]byte(" four")) },
	} {
		c := &chat{}
		c.Init(c, newMap(t))
		must(t, c.Push([]byte("0 ")))
		must(t, c.PushWithProducer(once(c, "one", f)))
		must(t, c.Push([]byte(" two")))
		got := drain(t, c)
		if got != "0 "+want {
			t.Errorf("%q came, want %q", got, want)
		}
	}
}
