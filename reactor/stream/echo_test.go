package stream_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor/stream"
)

func TestEcho(t *testing.T) {
	const clients, messages = 200, 10
	for _, loops := range []int{1, 2} {
		t.Run(fmt.Sprint(loops), func(t *testing.T) {
			s := serve(t, stream.Config{Group: group(t, loops)}, func() *handler { return echoing(t) })
			rng := seeded(t)
			var wg sync.WaitGroup
			for i := range clients {
				sizes := make([]int, messages)
				for j := range sizes {
					sizes[j] = 1 + rng.IntN(1<<rng.IntN(17))
				}
				data := randomBytes(rng, 1<<16)
				wg.Go(func() {
					c, err := net.Dial("tcp", s.Addr().String())
					if err != nil {
						t.Error(err)
						return
					}
					defer c.Close()
					_ = c.SetDeadline(time.Now().Add(patience))
					for _, size := range sizes {
						if err := exchange(c, data[:size]); err != nil {
							t.Errorf("client %d: %v", i, err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

// TestPartialUse has a handler take its input in amounts of its own choice.
func TestPartialUse(t *testing.T) {
	for _, filtered := range []bool{false, true} {
		config := stream.Config{MaxInput: 1 << 20}
		if filtered {
			config.Filter = func(*stream.Conn) stream.Filter { return quiet{} }
		}
		rng := seeded(t)
		use := rng.Perm(5000)
		s := serve(t, config, func() *handler {
			calls := 0
			return &handler{
				tb: t,
				data: func(c *stream.Conn, p []byte) int {
					calls++
					n := min(len(p), use[calls%len(use)])
					c.Write(p[:n])
					return n
				},
				eof: func(c *stream.Conn) { c.Close() },
			}
		})
		c := dial(t, s)
		data := randomBytes(rng, 300_000)
		go func() {
			for at := 0; at < len(data); at += 1000 {
				if _, err := c.Write(data[at : at+1000]); err != nil {
					t.Error(err)
					return
				}
			}
			// What is left is offered again with what comes next, and so it
			// all gets through when enough comes.
			if _, err := c.Write(make([]byte, 500_000)); err != nil {
				t.Error(err)
			}
			_ = c.CloseWrite()
		}()
		got, err := io.ReadAll(c)
		must(t, err)
		if !bytes.HasPrefix(got, data[:min(len(got), len(data))]) || len(got) == 0 {
			t.Fatalf("%d bytes, not the beginning of what was sent", len(got))
		}
	}
}

// TestFrames reassembles messages of known length from single bytes.
func TestFrames(t *testing.T) {
	const size = 7
	s := serve(t, stream.Config{}, func() *handler {
		return &handler{tb: t, data: func(c *stream.Conn, p []byte) int {
			n := len(p) / size * size
			c.Write(p[:n])
			return n
		}}
	})
	c := dial(t, s)
	must(t, c.SetNoDelay(true))
	got := make([]byte, size)
	for range 20 {
		for i := range size {
			_, err := c.Write([]byte{byte(i)})
			must(t, err)
		}
		_, err := io.ReadFull(c, got)
		must(t, err)
		if !bytes.Equal(got, []byte{0, 1, 2, 3, 4, 5, 6}) {
			t.Fatal(got)
		}
	}
}

func TestMaxInput(t *testing.T) {
	closed := make(chan error, 1)
	most := 0
	s := serve(t, stream.Config{MaxInput: 100_000}, func() *handler {
		return &handler{
			tb:     t,
			data:   func(_ *stream.Conn, p []byte) int { most = max(most, len(p)); return 0 },
			closed: func(_ *stream.Conn, err error) { closed <- err },
		}
	})
	c := dial(t, s)
	go func() { _, _ = c.Write(make([]byte, 10<<20)) }()
	if err := take(t, "Close", closed); !errors.Is(err, stream.ErrInputOverflow) {
		t.Error(err)
	}
	if most > 100_000+stream.BufferSize {
		t.Errorf("%d bytes were kept", most)
	}
}

// TestSystemCalls counts what an echo costs: a recv, a send, and nothing else
// about the connection.
func TestSystemCalls(t *testing.T) {
	bothWays(t, systemCalls)
	t.Run("cork", func(t *testing.T) { systemCalls(t, stream.Config{Cork: true, IdleTimeout: time.Hour}) })
}

func systemCalls(t *testing.T, config stream.Config) {
	const echoes = 1000
	s := serve(t, config, func() *handler { return echoing(t) })
	c := dial(t, s)
	msg := []byte("sixty-four bytes would do as well")
	must(t, exchange(c, msg))
	calls := count(t)
	for range echoes {
		must(t, exchange(c, msg))
	}
	for _, op := range sys.Ops() {
		n := calls.of(op)
		switch op {
		case sys.OpRecv, sys.OpSend:
			if n != echoes {
				t.Errorf("%d calls of %v for %d echoes", n, op, echoes)
			}
		case sys.OpQueueWait: // the loop's, as often as it looks
		default:
			if n != 0 {
				t.Errorf("%d calls of %v for %d echoes", n, op, echoes)
			}
		}
	}
}

// TestShortTransfers makes every transfer short, by a peer that sends bytes
// one at a time and by a kernel that takes few.
func TestShortTransfers(t *testing.T) {
	s := serve(t, stream.Config{}, func() *handler { return echoing(t) })
	c := dial(t, s)
	must(t, c.SetNoDelay(true))
	rng := seeded(t)
	limits := make([]int, 1000)
	for i := range limits {
		limits[i] = 1 + rng.IntN(7)
	}
	sends := 0 // of the one loop
	defer sys.SetHook(func(call sys.Call) sys.Fault {
		if call.Op != sys.OpSend {
			return sys.Fault{}
		}
		sends++
		return sys.Fault{Max: limits[sends%len(limits)]}
	})()
	// Each byte that comes is an edge, which tells of room as well. They come
	// until enough has been echoed.
	data := randomBytes(rng, 5000)
	enough, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i = (i + 1) % len(data) {
			select {
			case <-enough:
				return
			default:
			}
			if _, err := c.Write(data[i : i+1]); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	got := make([]byte, len(data))
	_, err := io.ReadFull(c, got)
	close(enough)
	<-done
	must(t, err)
	if !bytes.Equal(got, data) {
		t.Fatal("data differs")
	}
}

func TestIPv6(t *testing.T) {
	for _, addr := range []string{"[::1]:0", ":0", "127.0.0.1:0"} {
		g := group(t, 1)
		s, err := stream.Serve(addr, stream.Config{Group: g, Handler: func(*stream.Conn) stream.Handler { return echoing(t) }})
		if addr[0] == '[' && errors.Is(err, sys.EADDRNOTAVAIL) {
			t.Skip("no IPv6 on this machine:", err)
		}
		must(t, err)
		port := s.Addr().(*net.TCPAddr).Port
		for _, host := range map[string][]string{"[::1]:0": {"::1"}, ":0": {"127.0.0.1"}, "127.0.0.1:0": {"127.0.0.1"}}[addr] {
			c, err := net.Dial("tcp", net.JoinHostPort(host, fmt.Sprint(port)))
			must(t, err)
			must(t, exchange(c, []byte("hello")))
			must(t, c.Close())
		}
		must(t, s.Close())
	}
}
