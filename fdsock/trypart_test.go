package fdsock_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// TestTryRecvPart takes what it is told to, and leaves the rest in the kernel.
func TestTryRecvPart(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		p := make([]byte, 8)
		three := func(p []byte) int { return min(3, len(p)) }
		if n, err := a.TryRecvPart(nil, three); n != 0 || err != nil {
			t.Errorf("without room: %d, %v", n, err)
		}
		if n, err := a.TryRecvPart(p, three); n != 0 || !fdsock.BlockingIOError(err) {
			t.Errorf("without bytes: %d, %v", n, err)
		}
		send(t, b, "abcde")
		until(t, "data comes", func() bool { n, _ := a.TryRecv(p, fdsock.MSG_PEEK); return n == 5 })
		for _, want := range []string{"abc", "de"} {
			n, err := a.TryRecvPart(p, three)
			if err != nil || string(p[:n]) != want {
				t.Errorf("got %q, %v, want %q", p[:n], err, want)
			}
		}
		send(t, b, "x")
		wantRecv(t, a, "x") // it waits, and the edge is not lost
		_ = b.Close()
		until(t, "the end comes", func() bool { n, err := a.TryRecvPart(p, three); return n == 0 && err == nil })
		_ = a.Close()
		_, err := a.TryRecvPart(p, three)
		wantClosed(t, err)
	})
}

// TestTryRecvPartFails reports the error of either system call.
func TestTryRecvPartFails(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for nth := range 2 {
			a, b := w.pair(t)
			p := make([]byte, 8)
			send(t, b, "abc")
			until(t, "data comes", func() bool { n, _ := a.TryRecv(p, fdsock.MSG_PEEK); return n == 3 })
			calls := 0
			restore := sys.SetHook(func(c sys.Call) (f sys.Fault) {
				if c.Op == sys.OpRecv && c.FD == a.Fileno() {
					if calls++; calls == nth+1 {
						f.Errno = unix.ECONNRESET
					}
				}
				return f
			})
			_, err := a.TryRecvPart(p, func(p []byte) int { return len(p) })
			restore()
			if !fdsock.ConnectionResetError(err) {
				t.Errorf("call %d: %v", nth, err)
			}
		}
	})
}
