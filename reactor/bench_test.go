package reactor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// BenchmarkWakeup posts to an idle loop and waits for the answer.
func BenchmarkWakeup(b *testing.B) {
	for name, c := range parkings {
		b.Run(name, func(b *testing.B) {
			l := newGroup(b, c, 1).Next()
			done := make(chan struct{}, 1)
			fn := func() { done <- struct{}{} }
			b.ReportAllocs()
			for b.Loop() {
				if err := l.Post(fn); err != nil {
					b.Fatal(err)
				}
				<-done
			}
		})
	}
}

// BenchmarkEdge sends a byte over a socket pair and waits for it.
func BenchmarkEdge(b *testing.B) {
	for name, c := range parkings {
		b.Run(name, func(b *testing.B) {
			h, peer := pair(b, newGroup(b, c, 1).Next())
			arm(b, h)
			h.Loop().Harvest()
			var p [8]byte
			b.ReportAllocs()
			for b.Loop() {
				sys.Send(peer, p[:1], 0)
				w := reactor.NewWaiter()
				w.Watch(h, reactor.Readable)
				for h.Readiness(reactor.Readable) == 0 {
					w.Wait(reactor.Never)
				}
				w.Release()
				since, _ := h.Acquire()
				sys.Recv(h.Fileno(), p[:], 0)
				h.Clear(since, reactor.Readable)
				h.Release()
			}
		})
	}
}

// BenchmarkPost posts without waiting.
func BenchmarkPost(b *testing.B) {
	l := newGroup(b, reactor.Config{}, 1).Next()
	done := make(chan struct{})
	fn := func() {}
	b.ReportAllocs()
	for b.Loop() {
		for l.Post(fn) != nil {
			settle(b, l)
		}
	}
	post(b, l, func() { close(done) })
	<-done
}

// BenchmarkHarvest looks into an empty queue.
func BenchmarkHarvest(b *testing.B) {
	l := newGroup(b, reactor.Config{}, 1).Next()
	for b.Loop() {
		l.Harvest()
	}
}

// BenchmarkTimers sets, resets and stops timers while a million are pending.
func BenchmarkTimers(b *testing.B) {
	l := newGroup(b, reactor.Config{}, 1).Next()
	var pending []*reactor.Timer
	for i := range 1_000_000 {
		pending = append(pending, l.After(time.Hour+time.Duration(i*7919%1_000_003)*time.Millisecond, func() {}))
	}
	tm := l.After(time.Hour, func() {})
	for _, c := range []struct {
		name string
		do   func(i int)
	}{
		{"set and stop", func(int) { tm.Reset(time.Hour + 500*time.Second); tm.Stop() }},
		{"reset to later", func(i int) { pending[i%len(pending)].Reset(2*time.Hour + time.Duration(i)) }},
		{"stop and set any", func(i int) {
			t := pending[i*7919%len(pending)]
			t.Stop()
			t.Reset(time.Hour + time.Duration(i%1000)*time.Second)
		}},
	} {
		b.Run(strings.ReplaceAll(c.name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				c.do(i)
			}
		})
	}
}
