package pyselect_test

import (
	"sync"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

// TestSelectSeesSend is the promise of the harvest: what a peer has sent, a
// Select that does not wait finds, from any goroutine, whatever the loops do.
func TestSelectSeesSend(t *testing.T) {
	for name, pairs := range map[string]func(testing.TB, *reactor.Group) (a, b *fdsock.Socket){
		"unix": pairOn, "tcp": tcpPairOn,
	} {
		t.Run(name, func(t *testing.T) {
			groups(t, func(t *testing.T, g *reactor.Group) {
				const goroutines = 4
				var wg sync.WaitGroup
				for range goroutines {
					a, b := pairs(t, g)
					wg.Go(func() { seesSends(t, a, b, nil, rounds(6250)) })
				}
				wg.Wait()
			})
		})
	}
}

// TestSelectSeesSendOnTwoLoops watches sockets of different loops in one
// Select, while other goroutines do so too.
func TestSelectSeesSendOnTwoLoops(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		const goroutines = 3
		var wg sync.WaitGroup
		for range goroutines {
			a, b := pairOn(t, g)
			c, d := tcpPairOn(t, g)
			for b.Handle().Loop() == d.Handle().Loop() {
				c, d = tcpPairOn(t, g)
			}
			wg.Go(func() { seesSends(t, a, b, d, rounds(3000)) })
			_ = c
		}
		wg.Wait()
	})
}

// seesSends sends from a to b, and selects b, and idle, before and after.
func seesSends(t *testing.T, a, b, idle *fdsock.Socket, n int) {
	t.Helper()
	msg, buf := []byte{1}, make([]byte, 16)
	watched := list{b}
	if idle != nil {
		watched = list{idle, b}
	}
	for i := range n {
		if r, _, _, err := pyselect.Select(watched, nil, nil, 0); err != nil || len(r) != 0 {
			t.Errorf("round %d: before the send: %v %v", i, numbers(r), err)
			return
		}
		if _, err := a.Send(msg); err != nil {
			t.Error(err)
			return
		}
		if r, _, _, err := pyselect.Select(watched, nil, nil, 0); err != nil || len(r) != 1 || r[0] != b {
			t.Errorf("round %d: after the send: %v %v", i, numbers(r), err)
			return
		}
		if n, err := b.RecvInto(buf); n != 1 || err != nil {
			t.Error(n, err)
			return
		}
	}
}

// TestSelectPingPong is where a lost wake-up shows: two goroutines take turns,
// and wait by Select only, without a timeout.
func TestSelectPingPong(t *testing.T) {
	for name, pairs := range map[string]func(testing.TB, *reactor.Group) (a, b *fdsock.Socket){
		"unix": pairOn, "tcp": tcpPairOn,
	} {
		t.Run(name, func(t *testing.T) {
			groups(t, func(t *testing.T, g *reactor.Group) {
				a, b := pairs(t, g)
				idle, _ := pairOn(t, g)
				r, _ := pipe(t)
				var wg sync.WaitGroup
				play := func(s *fdsock.Socket, first bool, others ...pyselect.Object) {
					s.SetTimeout(0)
					if first {
						send(t, s, "x")
					}
					watched := append(list{s}, others...)
					for range rounds(2000) {
						if r, _, _, err := pyselect.Select(watched, nil, nil, pyselect.Forever); err != nil || len(r) != 1 {
							t.Error(numbers(r), err)
							return
						}
						if p, err := s.Recv(8); err != nil || len(p) != 1 {
							t.Error(p, err)
							return
						}
						if _, err := s.Send([]byte("x")); err != nil {
							t.Error(err)
							return
						}
					}
				}
				wg.Go(func() { play(a, true, idle) })
				wg.Go(func() { play(b, false, r) })
				wg.Wait()
			})
		})
	}
}
