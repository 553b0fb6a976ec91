package fdsock_test

import (
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// traffic has two ends exchange data under the hook that is installed.
func traffic(t *testing.T, a, b *fdsock.Socket, size int) {
	t.Helper()
	served := begin(func() (int, error) { return echo(b) })
	sent := pattern(size)
	sending := begin(func() (int, error) { return 0, a.SendAll(sent) })
	wantSame(t, recvFull(t, a, len(sent)), sent)
	want(t, receive(t, sending, "the end of SendAll").err, nil)
	for i := range 20 { // and in lockstep
		want(t, a.SendAll(sent[:i+1]), nil)
		wantSame(t, recvFull(t, a, i+1), sent[:i+1])
	}
	want(t, a.Shutdown(fdsock.SHUT_WR), nil)
	got := receive(t, served, "the end of the echo")
	want(t, got.err, nil)
}

// TestShortTransfers moves one byte at a time.
func TestShortTransfers(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for name, timeout := range map[string]int64{"none": -1, "long": int64(patience)} {
			t.Run(name, func(t *testing.T) {
				a, b := w.pair(t)
				a.SetTimeout(timeoutOf(timeout))
				b.SetTimeout(timeoutOf(timeout))
				defer fdsock.DistrustShort()()
				defer sys.SetHook(func(c sys.Call) sys.Fault {
					if c.Op == sys.OpRecv || c.Op == sys.OpSend {
						return sys.Fault{Max: 1}
					}
					return sys.Fault{}
				})()
				traffic(t, a, b, 500)
			})
		}
	})
}

// TestInterruptedCalls interrupts nine attempts of ten, of every call but
// connect: that one has begun all the same, see connect(2).
//
//inventory:row EINTR
func TestInterruptedCalls(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		var n atomic.Uint64
		defer sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op != sys.OpConnect && n.Add(1)%10 != 0 {
				return sys.Fault{Errno: sys.EINTR}
			}
			return sys.Fault{}
		})()
		a, b := w.pair(t)
		traffic(t, a, b, 200<<10)
	})
}

// TestInterruptedConnect goes on where the kernel has not.
//
//inventory:row EINTR
func TestInterruptedConnect(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		_, addr := w.listener(t)
		s := w.socket(t)
		hit := failOnce(t, sys.OpConnect, 0, sys.EINTR)
		want(t, s.Connect(addr), nil)
		if !hit() {
			t.Error("the call was not made")
		}
		want(t, s.Connect(addr), sys.EISCONN)
	})
}

// TestFabricatedEAGAIN denies every second attempt. The kernel owes an edge
// after EAGAIN, and a hook that makes one up must see to it: here the other
// end sends a byte, which the kernel reports with all else that holds.
func TestFabricatedEAGAIN(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		fdA, fdB := a.Fileno(), b.Fileno()
		var n, extra atomic.Int64
		restore := sys.SetHook(func(c sys.Call) sys.Fault {
			denied := c.FD == fdA && (c.Op == sys.OpRecv || c.Op == sys.OpSend) && n.Add(1)%2 == 0
			if !denied {
				return sys.Fault{}
			}
			if _, err := unix.Write(fdB, []byte{0}); err != nil {
				t.Error(err)
			}
			extra.Add(1)
			return sys.Fault{Errno: sys.EAGAIN}
		})
		defer restore()
		received := int64(0)
		for range rounds(300) {
			want(t, a.SendAll([]byte("x")), nil)
			wantRecv(t, b, "x")
			send(t, b, "y")
			p, err := a.Recv(8)
			want(t, err, nil)
			received += int64(len(p))
		}
		restore()
		want(t, b.Shutdown(fdsock.SHUT_WR), nil)
		received += int64(len(recvFull(t, a, 1<<20)))
		if sent := int64(rounds(300)) + extra.Load(); received != sent {
			t.Errorf("received %d bytes, %d were sent", received, sent)
		}
		if extra.Load() == 0 {
			t.Error("no attempt was denied")
		}
	})
}

// TestFabricatedAcceptEAGAIN does so to a listener: the edge is another
// connection.
func TestFabricatedAcceptEAGAIN(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		l, addr := w.listener(t)
		fd := l.Fileno()
		var n atomic.Int64
		var late []*fdsock.Socket
		restore := sys.SetHook(func(c sys.Call) sys.Fault {
			if c.FD != fd || c.Op != sys.OpAccept || n.Add(1)%2 != 0 {
				return sys.Fault{}
			}
			s := w.socket(t)
			if err := s.Connect(addr); err != nil {
				t.Error(err)
			}
			late = append(late, s)
			return sys.Fault{Errno: sys.EAGAIN}
		})
		defer restore()
		want(t, w.socket(t).Connect(addr), nil)
		for range 20 {
			s, _, err := l.Accept()
			want(t, err, nil)
			closeSocket(t, s)
		}
		if len(late) == 0 {
			t.Error("no attempt was denied")
		}
	})
}
