package engine_test

import (
	"crypto/tls"
	"runtime"
	"strconv"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// BenchmarkHandshakeStep is one suspension and resumption of a handshake: a
// client gets the first record of its server byte by byte.
func BenchmarkHandshakeStep(b *testing.B) {
	b.Run("inline", func(b *testing.B) { benchStep(b, true) })
	b.Run("elsewhere", func(b *testing.B) { benchStep(b, false) })
}

func benchStep(b *testing.B, inline bool) {
	b.Helper()
	const record = 16000
	cc, _ := configs(tls.VersionTLS13, certs.ECDSAP256)
	var c *engine.Conn
	one := make([]byte, 1)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%record == 0 {
			b.StopTimer()
			if c != nil {
				c.Abort()
			}
			c = engine.NewClient(cc)
			c.SetInline(inline)
			_, _ = c.Handshake()
			c.Sent(len(c.Outgoing()))
			c.Feed([]byte{22, 3, 3, 0x40, 0})
			b.StartTimer()
		}
		c.Feed(one)
		if status, err := c.Handshake(); status != engine.WantRead || err != nil {
			b.Fatal(status, err)
		}
	}
	c.Abort()
}

// BenchmarkHandshake is a whole one, both sides.
func BenchmarkHandshake(b *testing.B) {
	for _, version := range versions {
		b.Run(tls.VersionName(version), func(b *testing.B) {
			cc, sc := configs(version, certs.ECDSAP256)
			b.ReportAllocs()
			for b.Loop() {
				if err := shake(engine.NewClient(cc), engine.NewServer(sc), 1<<20); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEcho is a message there and back through two engines, and through
// two stock connections for comparison.
func BenchmarkEcho(b *testing.B) {
	for _, size := range []int{64, 16 << 10} {
		for _, c := range []struct {
			name string
			echo func()
		}{
			{"stock", stockEcho(b, size)},
			{"fed", engineEcho(b, size, false)},
			{"borrowed", engineEcho(b, size, true)},
		} {
			b.Run(strconv.Itoa(size)+"/"+c.name, func(b *testing.B) {
				for range 200 { // past the small records of a young connection
					c.echo()
				}
				b.SetBytes(int64(2 * size))
				b.ReportAllocs()
				for b.Loop() {
					c.echo()
				}
			})
		}
	}
}

// BenchmarkWouldBlock is a Read with nothing to read.
func BenchmarkWouldBlock(b *testing.B) {
	client, _ := openPair(b, tls.VersionTLS13)
	buf := make([]byte, 16<<10)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = client.Read(buf)
	}
}

// BenchmarkIdleHeap reports the heap of an idle server's end after one message
// each way, in bytes per connection.
func BenchmarkIdleHeap(b *testing.B) {
	const count = 500
	for _, version := range versions {
		b.Run(tls.VersionName(version), func(b *testing.B) {
			cc, sc := configs(version, certs.ECDSAP256)
			for b.Loop() {
				held := make([]*engine.Conn, count)
				before := heap()
				for i := range held {
					client, server := engine.NewClient(cc), engine.NewServer(sc)
					if err := shake(client, server, 1<<20); err != nil {
						b.Fatal(err)
					}
					server.Feed(seal(b, client, []byte("ping")))
					_, _ = drain(server, 100)
					_ = seal(b, server, []byte("pong"))
					held[i] = server
				}
				b.ReportMetric(float64(heap()-before)/count, "B/conn")
				runtime.KeepAlive(held)
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
