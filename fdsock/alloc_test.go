package fdsock_test

import (
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/reactor"
)

// TestAllocations demands none of the paths that servers live on.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		out, in := make([]byte, 64), make([]byte, 4096)
		t.Run("send, recv", func(t *testing.T) {
			wantNoAllocs(t, func() {
				if n, err := a.Send(out); n != len(out) || err != nil {
					t.Fatal(n, err)
				}
				if n, err := b.RecvInto(in); n != len(out) || err != nil {
					t.Fatal(n, err)
				}
			})
		})
		t.Run("sendall, recv with flags", func(t *testing.T) {
			wantNoAllocs(t, func() {
				if err := a.SendAll(out); err != nil {
					t.Fatal(err)
				}
				if n, err := b.RecvInto(in[:len(out)], fdsock.MSG_WAITALL); n != len(out) || err != nil {
					t.Fatal(n, err)
				}
			})
		})
		t.Run("would block", func(t *testing.T) {
			c, _ := w.pair(t)
			c.SetTimeout(0)
			wantNoAllocs(t, func() {
				if _, err := c.RecvInto(in); !fdsock.BlockingIOError(err) {
					t.Fatal(err)
				}
				if _, err := c.RecvInto(in, fdsock.MSG_DONTWAIT); !fdsock.BlockingIOError(err) {
					t.Fatal(err)
				}
			})
			full, _ := w.narrowPair(t)
			full.SetTimeout(0)
			blocked := 0 // TCP makes room on its own for a while
			wantNoAllocs(t, func() {
				if _, err := full.Send(in); fdsock.BlockingIOError(err) {
					blocked++
				}
				if err := full.SendAll(in); fdsock.BlockingIOError(err) {
					blocked++
				}
			})
			if blocked < 400 {
				t.Errorf("only %d calls found no room", blocked)
			}
		})
		t.Run("timed out", func(t *testing.T) {
			c, _ := w.pair(t)
			c.SetTimeout(1)
			wantNoAllocs(t, func() {
				if _, err := c.RecvInto(in); !fdsock.TimeoutError(err) {
					t.Fatal(err)
				}
			})
		})
	})
}

// TestWakeUpAllocations counts those of both ends, and of the loops, while
// each waits for the other.
func TestWakeUpAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	worlds(t, func(t *testing.T, w *world) {
		for name, timeout := range map[string]int64{"none": -1, "long": int64(patience)} {
			t.Run(name, func(t *testing.T) {
				a, b := w.pair(t)
				a.SetTimeout(timeoutOf(timeout))
				b.SetTimeout(timeoutOf(timeout))
				served := begin(func() (int, error) { return echo(b) })
				msg, buf := make([]byte, 64), make([]byte, 4096)
				wantNoAllocs(t, func() {
					if err := a.SendAll(msg); err != nil {
						t.Fatal(err)
					}
					if n, err := a.RecvInto(buf); n != len(msg) || err != nil {
						t.Fatal(n, err)
					}
				})
				want(t, a.Shutdown(fdsock.SHUT_WR), nil)
				want(t, receive(t, served, "the end of the echo").err, nil)
			})
		}
	})
}

func wantNoAllocs(t *testing.T, f func()) {
	t.Helper()
	if got := testing.AllocsPerRun(500, f); got > 0 {
		t.Errorf("%v allocations", got)
	}
}

// BenchmarkPingPong is a round trip between two goroutines, each of which
// waits for the other.
func BenchmarkPingPong(b *testing.B) {
	g := newGroup(b, reactor.Config{Loops: 1})
	x, y, err := fdsock.SocketPairOn(g)
	if err != nil {
		b.Fatal(err)
	}
	closeAtEnd(b, x)
	served := begin(func() (int, error) { return echo(y) })
	msg, buf := make([]byte, 64), make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if err := x.SendAll(msg); err != nil {
			b.Fatal(err)
		}
		if _, err := x.RecvInto(buf); err != nil {
			b.Fatal(err)
		}
	}
	if err := x.Shutdown(fdsock.SHUT_WR); err != nil {
		b.Fatal(err)
	}
	<-served
	closeSocket(b, y)
}
