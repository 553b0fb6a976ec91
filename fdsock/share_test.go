package fdsock_test

import (
	"encoding/binary"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
)

// TestShared has many goroutines send and receive messages of eight bytes on
// one connection, in both directions, while the timeouts change. A message is
// sent and received whole, for the kernel's buffers hold a multiple of it, so
// what arrives must be what was sent: in number, sum and exclusive or.
func TestShared(t *testing.T) {
	const workers = 3
	perWorker := rounds(600)
	worlds(t, func(t *testing.T, w *world) {
		if w.tcp() {
			t.Skip("TCP may cut a message in two")
		}
		a, b := w.pair(t)
		var forth, back tally
		var senders, receivers, switcher sync.WaitGroup
		for i := range workers {
			senders.Go(func() { forth.send(t, a, uint64(i*perWorker), perWorker) })
			senders.Go(func() { back.send(t, b, uint64(i*perWorker), perWorker) })
			receivers.Go(func() { forth.receive(t, b) })
			receivers.Go(func() { back.receive(t, a) })
		}
		var done atomic.Bool
		rnd := seeded(t)
		switcher.Go(func() {
			timeouts := []time.Duration{fdsock.NoTimeout, fdsock.NoTimeout, 0, 20 * time.Microsecond, time.Second}
			for !done.Load() {
				a.SetTimeout(timeouts[rnd.IntN(len(timeouts))])
				b.SetTimeout(timeouts[rnd.IntN(len(timeouts))])
				runtime.Gosched()
			}
		})
		senders.Wait()
		want(t, a.Shutdown(fdsock.SHUT_WR), nil)
		want(t, b.Shutdown(fdsock.SHUT_WR), nil)
		receivers.Wait()
		done.Store(true)
		switcher.Wait()
		forth.check(t, workers*perWorker)
		back.check(t, workers*perWorker)
	})
}

// TestSharedBlocking does so without timeouts, where a lost wake-up is for
// ever.
func TestSharedBlocking(t *testing.T) {
	const workers = 4
	perWorker := rounds(3000)
	worlds(t, func(t *testing.T, w *world) {
		if w.tcp() {
			t.Skip("TCP may cut a message in two")
		}
		a, b := w.pair(t)
		var forth tally
		var senders, receivers sync.WaitGroup
		for i := range workers {
			senders.Go(func() { forth.send(t, a, uint64(i*perWorker), perWorker) })
			receivers.Go(func() { forth.receive(t, b) })
		}
		senders.Wait()
		want(t, a.Shutdown(fdsock.SHUT_WR), nil)
		receivers.Wait()
		forth.check(t, workers*perWorker)
	})
}

// tally compares what was sent with what was received.
type tally struct{ count, sum, xor [2]atomic.Uint64 }

func (y *tally) note(side int, v uint64) {
	y.count[side].Add(1)
	y.sum[side].Add(v)
	for {
		old := y.xor[side].Load()
		if y.xor[side].CompareAndSwap(old, old^v*0x9e3779b97f4a7c15) {
			return
		}
	}
}

func (y *tally) check(t *testing.T, n int) {
	t.Helper()
	for _, c := range []struct {
		what string
		v    *[2]atomic.Uint64
	}{{"count", &y.count}, {"sum", &y.sum}, {"exclusive or", &y.xor}} {
		if sent, got := c.v[0].Load(), c.v[1].Load(); sent != got {
			t.Errorf("%s: sent %d, received %d", c.what, sent, got)
		}
	}
	if got := y.count[1].Load(); got != uint64(n) {
		t.Errorf("received %d messages, want %d", got, n)
	}
}

func (y *tally) send(t *testing.T, s *fdsock.Socket, from uint64, n int) {
	t.Helper()
	var p [8]byte
	for v := from; v < from+uint64(n); {
		binary.NativeEndian.PutUint64(p[:], v)
		switch n, err := s.Send(p[:]); {
		case err != nil && !fdsock.BlockingIOError(err) && !fdsock.TimeoutError(err):
			t.Error(err)
			return
		case err == nil && n != len(p):
			t.Errorf("sent %d bytes of a message", n)
			return
		case err == nil:
			y.note(0, v)
			v++
		}
	}
}

func (y *tally) receive(t *testing.T, s *fdsock.Socket) {
	t.Helper()
	var p [8]byte
	for {
		switch n, err := s.RecvInto(p[:]); {
		case err != nil && !fdsock.BlockingIOError(err) && !fdsock.TimeoutError(err):
			t.Error(err)
			return
		case err != nil:
		case n == 0:
			return
		case n != len(p):
			t.Errorf("received %d bytes of a message", n)
			return
		default:
			y.note(1, binary.NativeEndian.Uint64(p[:]))
		}
	}
}

// TestPingPong is where a lost wake-up shows: neither side goes on without
// the other. Its many connections share two loops.
func TestPingPong(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		var wg sync.WaitGroup
		for range 4 {
			a, b := w.pair(t)
			wg.Go(func() {
				if _, err := echo(b); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				defer func() { want(t, a.Shutdown(fdsock.SHUT_WR), nil) }()
				out, in := make([]byte, 100), make([]byte, 4096)
				for i := range rounds(300) {
					size := 1 + i%len(out)
					if err := a.SendAll(out[:size]); err != nil {
						t.Error(err)
						return
					}
					for got := 0; got < size; {
						n, err := a.RecvInto(in)
						if err != nil || n == 0 {
							t.Error(n, err)
							return
						}
						got += n
					}
				}
			})
		}
		wg.Wait()
	})
}
