package fdsock_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
)

// TestDeadlineStorm has goroutines set and clear deadlines and timeouts and
// cancel contexts under others that send and receive messages of eight bytes,
// by every kind of call. Nothing is lost, doubled or cut, and all ends.
func TestDeadlineStorm(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		if w.tcp() {
			t.Skip("TCP may cut a message in two")
		}
		a, b := w.pair(t)
		s := &storm{t: t, a: a, b: b, va: viewOf(t, a), vb: viewOf(t, b), tally: new(tally)}
		const workers = 6
		perWorker := rounds(300)
		var senders, receivers, weather sync.WaitGroup
		var done atomic.Bool
		for i := range workers {
			senders.Go(func() { s.send(i, uint64(i*perWorker), perWorker) })
			receivers.Go(func() { s.receive(i) })
		}
		seed := seeded(t)
		for range 3 {
			rnd := rand.New(rand.NewPCG(seed.Uint64(), 0))
			weather.Go(func() {
				for !done.Load() {
					s.blow(rnd)
					runtime.Gosched()
				}
			})
		}
		senders.Wait()
		want(t, a.Shutdown(fdsock.SHUT_WR), nil)
		receivers.Wait()
		done.Store(true)
		weather.Wait()
		s.tally.check(t, workers*perWorker)
	})
}

// storm is a connection and what went over it.
type storm struct {
	t      *testing.T
	a, b   *fdsock.Socket
	va, vb *fdsock.Conn
	tally  *tally
	ends   sync.Mutex
	cancel []context.CancelFunc
}

// blow changes something under the others.
func (s *storm) blow(rnd *rand.Rand) {
	var at time.Time
	switch rnd.IntN(3) {
	case 0:
		at = past
	case 1:
		at = time.Now().Add(time.Duration(rnd.IntN(200)) * time.Microsecond)
	}
	var err error
	switch rnd.IntN(7) {
	case 0:
		err = s.a.SetDeadline(at)
	case 1:
		err = s.b.SetReadDeadline(at)
	case 2:
		err = s.va.SetWriteDeadline(at)
	case 3:
		err = s.vb.SetDeadline(at)
	case 4:
		s.a.SetTimeout([]time.Duration{fdsock.NoTimeout, 0, time.Second}[rnd.IntN(3)])
	case 5:
		s.b.SetTimeout([]time.Duration{fdsock.NoTimeout, 0, time.Microsecond}[rnd.IntN(3)])
	case 6:
		s.ends.Lock()
		for _, cancel := range s.cancel {
			cancel()
		}
		s.cancel = s.cancel[:0]
		s.ends.Unlock()
	}
	if err != nil {
		s.t.Error(err)
	}
}

// context returns one that the storm may cancel.
func (s *storm) context() context.Context {
	ctx, cancel := context.WithCancel(s.t.Context())
	s.ends.Lock()
	defer s.ends.Unlock()
	s.cancel = append(s.cancel, cancel)
	return ctx
}

// mayEnd reports whether an error is one that the storm may cause.
func mayEnd(err error) bool {
	return fdsock.BlockingIOError(err) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.Canceled)
}

// send sends messages, in the way of the i-th worker.
func (s *storm) send(i int, from uint64, n int) {
	var p [8]byte
	for v := from; v < from+uint64(n); {
		put(&p, v)
		var sent int
		var err error
		switch i % 3 {
		case 0:
			sent, err = s.a.Send(p[:])
		case 1:
			sent, err = s.va.Write(p[:])
		case 2:
			sent, err = s.a.SendAllContext(s.context(), p[:])
		}
		switch {
		case err == nil && sent == len(p):
			s.tally.note(0, v)
			v++
		case err == nil || sent != 0 || !mayEnd(err):
			s.t.Errorf("sent %d bytes of a message: %v", sent, err)
			return
		default:
			runtime.Gosched()
		}
	}
}

// receive takes messages until the end.
func (s *storm) receive(i int) {
	var p [8]byte
	for {
		var n int
		var err error
		switch i % 3 {
		case 0:
			n, err = s.b.RecvInto(p[:])
		case 1:
			n, err = s.vb.Read(p[:])
		case 2:
			n, err = s.b.RecvIntoContext(s.context(), p[:])
		}
		switch {
		case isEnd(n, err):
			return
		case err == nil && n == len(p):
			s.tally.note(1, get(&p))
		case err == nil || !mayEnd(err):
			s.t.Errorf("received %d bytes of a message: %v", n, err)
			return
		default:
			runtime.Gosched()
		}
	}
}

func put(p *[8]byte, v uint64) { binary.NativeEndian.PutUint64(p[:], v) }

func get(p *[8]byte) uint64 { return binary.NativeEndian.Uint64(p[:]) }

// isEnd reports whether a call has met the end of the stream, in Python's way
// or in Go's.
func isEnd(n int, err error) bool { return n == 0 && (err == nil || errors.Is(err, io.EOF)) }

// TestCloseStorm closes connections under calls of every kind that wait, with
// deadlines and contexts ending at the same time: all of them end.
func TestCloseStorm(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for range rounds(30) {
			a, _ := w.pair(t)
			v := viewOf(t, a)
			ctx, cancel := context.WithCancel(t.Context())
			calls := []func() error{
				func() error { _, err := a.Recv(1); return err },
				func() error { _, err := v.Read(make([]byte, 1)); return err },
				func() error { _, err := a.RecvContext(ctx, 1); return err },
				func() error { _, err := rawRead(rawOf(t, v), make([]byte, 1)); return err },
			}
			var wg sync.WaitGroup
			for _, call := range calls {
				wg.Go(func() {
					if err := call(); !errors.Is(err, net.ErrClosed) && !mayEnd(err) {
						t.Error(err)
					}
				})
			}
			wg.Go(cancel)
			wg.Go(func() { _ = v.SetDeadline(time.Now().Add(10 * time.Microsecond)) })
			wg.Go(func() { _ = a.SetReadDeadline(past) })
			wg.Go(func() { _ = v.Close() })
			wg.Wait()
		}
	})
}
