package pyselect_test

import (
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

// TestAllocations allows Select its results only.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	g := newGroup(t, reactor.Config{Loops: 2})
	a, b := pairOn(t, g)
	c, d := tcpPairOn(t, g)
	r, _ := pipe(t)
	watched, bare := list{b, c, d}, list{b, r, c}
	t.Run("not ready", func(t *testing.T) {
		wantAllocs(t, 0, func() { ask(watched, nil, watched, 0).wants(t, nil, nil, nil) })
		wantAllocs(t, 0, func() { ask(bare, nil, bare, 0).wants(t, nil, nil, nil) })
	})
	t.Run("timed out", func(t *testing.T) {
		wantAllocs(t, 0, func() { ask(watched, nil, watched, 1000).wants(t, nil, nil, nil) })
	})
	t.Run("ready", func(t *testing.T) {
		wantAllocs(t, 1, func() {
			if _, w, _, err := pyselect.Select(nil, list{b}, nil, 0); err != nil || len(w) != 1 {
				t.Fatal(w, err)
			}
		})
	})
	t.Run("waits", func(t *testing.T) {
		sends := make(chan struct{})
		done := make(chan struct{})
		msg, buf := []byte{1}, make([]byte, 8)
		go func() {
			defer close(done)
			for range sends {
				if _, err := a.Send(msg); err != nil {
					t.Error(err)
				}
			}
		}()
		wantAllocs(t, 1, func() {
			sends <- struct{}{}
			r, _, _, err := pyselect.Select(watched, nil, nil, pyselect.Forever)
			if err != nil || len(r) != 1 {
				t.Fatal(r, err)
			}
			if _, err := b.RecvInto(buf, fdsock.MSG_DONTWAIT); err != nil {
				t.Fatal(err)
			}
		})
		close(sends)
		<-done
	})
}

func wantAllocs(t *testing.T, n float64, f func()) {
	t.Helper()
	if got := testing.AllocsPerRun(500, f); got > n {
		t.Errorf("%v allocations, want %v", got, n)
	}
}
