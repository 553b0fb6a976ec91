package reactor_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
)

// TestStaleEvent keeps an old registration alive in the kernel, as happens
// when a descriptor has a duplicate and its removal fails: its events must
// not reach the handle that has the slot now.
func TestStaleEvent(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t, c, 1)
			l := g.Loops()[0]
			fds := socketpair(t)
			old, err := l.NewHandle(fds[0], "old")
			if err != nil {
				t.Fatal(err)
			}
			arm(t, old)
			l.Harvest()
			slot, generation := old.Slot()
			dup, errDup := unix.Dup(fds[0])
			if errDup != nil {
				t.Fatal(errDup)
			}
			defer sys.Close(dup)
			defer sys.Close(fds[1])

			restore := sys.SetHook(func(call sys.Call) sys.Fault {
				if call.Op == sys.OpQueueControl {
					return sys.Fault{Errno: sys.ENOMEM}
				}
				return sys.Fault{}
			})
			err = old.Close()
			restore()
			if err != nil {
				t.Fatal(err)
			}

			h, _ := pair(t, l) // takes the number and the slot
			if s, gen := h.Slot(); s != slot || gen != generation+1 {
				t.Fatalf("slot %d generation %d, want %d and %d", s, gen, slot, generation+1)
			}
			arm(t, h)
			l.Harvest()
			seen := h.Snapshot()
			before := l.Stats().Stale
			send(t, fds[1], "for the old handle")
			l.Harvest()
			if got := l.Stats().Stale - before; got != 1 {
				t.Errorf("%d stale events, want 1", got)
			}
			if h.Snapshot() != seen {
				t.Errorf("the new handle went from %v to %v", seen.Readiness(), h.Snapshot().Readiness())
			}
		})
	}
}
