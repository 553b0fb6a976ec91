package stream_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor/stream"
)

// BenchmarkRelay moves much through a proxy, by splice(2) and, with filters, by
// copying.
func BenchmarkRelay(b *testing.B) {
	for name, config := range map[string]stream.Config{
		"splice": {}, "copy": {Filter: func(*stream.Conn) stream.Filter { return halving{} }},
	} {
		b.Run(name, func(b *testing.B) {
			const size = 1 << 20
			p := pairUp(b, config, nil)
			p.relay(b)
			b.SetBytes(size)
			go func() {
				for piece := make([]byte, size); ; {
					if _, err := p.clients[0].Write(piece); err != nil {
						return
					}
				}
			}()
			got := make([]byte, size)
			for b.Loop() {
				if _, err := io.ReadFull(p.clients[1], got); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestSpliceStorm has everything happen at once: faults, pauses, writes, ends of
// every kind. Each splice ends once, and nothing hangs or is left behind.
func TestSpliceStorm(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		rng := seeded(t)
		config.Group, config.Linger = group(t, 1), 50e6
		for range 40 {
			var ended [2]atomic.Int32
			p := pairUp(t, config, nil)
			restore := sys.SetHook(stormy(rng.Uint64()))
			for i := range 2 {
				p.splice(t, i, func(int64, error) { ended[i].Add(1) })
			}
			for range rng.IntN(30) {
				i := rng.IntN(2)
				c, client := p.conns[i], p.clients[i]
				switch rng.IntN(10) {
				case 0:
					must(t, c.Post(c.Pause))
				case 1:
					must(t, c.Post(c.Resume))
				case 2:
					must(t, c.Post(func() { c.WriteString("more") }))
				case 3:
					must(t, c.Post(func() { c.CopyFrom(bytes.NewReader(make([]byte, 100_000)), nil) }))
				default:
					_ = client.SetWriteDeadline(time.Now().Add(time.Millisecond))
					_, _ = client.Write(make([]byte, rng.IntN(500_000))) // as much as goes
				}
			}
			for i := range 2 {
				c, client := p.conns[i], p.clients[i]
				switch rng.IntN(5) {
				case 0:
					must(t, c.Post(c.Abort))
				case 1:
					must(t, c.Post(c.Close))
				case 2:
					_ = client.SetLinger(0)
				case 3:
					go func() { _, _ = io.Copy(io.Discard, client) }()
				}
			}
			for i := range 2 {
				_ = p.clients[i].Close()
				must(t, p.conns[i].Post(p.conns[i].Abort)) // one that is paused, or that has ended well
			}
			for range 2 {
				_ = take(t, "Close", p.closed)
			}
			restore()
			on(t, p.conns[0], func() {
				for i := range ended {
					if n := ended[i].Load(); n != 1 {
						t.Errorf("splice %d has ended %d times", i, n)
					}
				}
			})
		}
	})
}

// stormy has calls find nothing, no room, little, and no descriptors. It is
// called on one loop.
func stormy(seed uint64) func(sys.Call) sys.Fault {
	rng := rand.New(rand.NewPCG(seed, 1))
	return func(c sys.Call) (f sys.Fault) {
		switch c.Op {
		case sys.OpSplice, sys.OpSend, sys.OpRecv:
			f.Max = rng.IntN(100_000) + 1
		case sys.OpPipe:
			if rng.IntN(3) == 0 {
				f.Errno = sys.EMFILE
			}
		}
		return f
	}
}
