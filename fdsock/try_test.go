package fdsock_test

import (
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// TestDontWaitTimeout shows that MSG_DONTWAIT changes nothing for a socket
// with a timeout: the call waits, as CPython does before it makes it.
//
//inventory:row recv MSG_DONTWAIT
func TestDontWaitTimeout(t *testing.T) {
	const flag = fdsock.MSG_DONTWAIT
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		p := make([]byte, 8)
		for name, call := range map[string]func() (int, error){
			"recv":          func() (int, error) { return a.RecvInto(p, flag) },
			"recv waitall":  func() (int, error) { return a.RecvInto(p, flag|fdsock.MSG_WAITALL) },
			"recvfrom_into": func() (int, error) { n, _, err := a.RecvFromInto(p, flag); return n, err },
			"recvmsg": func() (int, error) {
				got, err := a.RecvMsgInto([][]byte{p}, 0, flag)
				return got.N, err
			},
		} {
			t.Run(name, func(t *testing.T) {
				a.SetTimeout(soon)
				_, err := call()
				wantTimeout(t, err)
				a.SetTimeout(patience)
				waiting := begin(call)
				untilInWait(t, 1)
				send(t, b, "x")
				if got := receive(t, waiting, "data"); got.n != 1 || got.err != nil {
					t.Error(got)
				}
				// Without a timeout the flag counts again, also for a call
				// that waits already.
				waiting = begin(call)
				untilInWait(t, 1)
				a.SetTimeout(fdsock.NoTimeout)
				want(t, receive(t, waiting, "the end of the call").err, sys.EAGAIN)
				a.SetTimeout(0)
				_, err = call()
				want(t, err, sys.EAGAIN)
			})
		}
	})
}

// TestDontWaitTimeoutSend is its counterpart.
//
//inventory:row recv MSG_DONTWAIT
func TestDontWaitTimeoutSend(t *testing.T) {
	const flag = fdsock.MSG_DONTWAIT
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.narrowPair(t)
		p := make([]byte, 64<<10)
		calls := map[string]func() (int, error){
			"send":    func() (int, error) { return a.Send(p, flag) },
			"sendall": func() (int, error) { return len(p), a.SendAll(p, flag) },
			"sendmsg": func() (int, error) { return a.SendMsg([][]byte{p}, nil, nil, flag) },
		}
		for name, call := range calls {
			fillFully(t, a)
			a.SetTimeout(soon)
			_, err := call()
			wantTimeout(t, err)
			a.SetTimeout(patience)
			waiting := begin(call)
			untilInWait(t, 1)
			for len(waiting) == 0 {
				drain(t, b)
			}
			if got := <-waiting; got.n == 0 || got.err != nil {
				t.Error(name, got)
			}
			fillFully(t, a)
			_, err = call()
			want(t, err, sys.EAGAIN)
			drain(t, b)
		}
	})
}

// fillFully fills a socket until the kernel has moved all it can, and leaves
// it without a timeout.
func fillFully(tb testing.TB, s *fdsock.Socket) {
	tb.Helper()
	if s.Family() == fdsock.AF_UNIX { // what is sent is at the peer already
		fill(tb, s)
		s.SetTimeout(fdsock.NoTimeout)
		return
	}
	s.SetTimeout(10 * soon)
	for {
		if _, err := s.Send(make([]byte, 64<<10)); err != nil {
			wantTimeout(tb, err)
			s.SetTimeout(fdsock.NoTimeout)
			return
		}
	}
}

// TestTry makes one attempt, whatever the timeout.
func TestTry(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for _, timeout := range []time.Duration{fdsock.NoTimeout, 0, patience} {
			a, b := w.narrowPair(t)
			a.SetTimeout(timeout)
			p := make([]byte, 64<<10)
			for _, flags := range [][]int{nil, {fdsock.MSG_PEEK}, {fdsock.MSG_WAITALL}} {
				n, err := a.TryRecv(p, flags...)
				want(t, err, sys.EAGAIN)
				if n != 0 || !fdsock.BlockingIOError(err) {
					t.Error(n, err)
				}
			}
			if n, err := a.TryRecv(nil); n != 0 || err != nil {
				t.Error(n, err)
			}
			send(t, b, "abc")
			until(t, "data comes", func() bool { n, _ := a.TryRecv(p, fdsock.MSG_PEEK); return n == 3 })
			n, err := a.TryRecv(p[:8], fdsock.MSG_WAITALL)
			want(t, err, nil)
			if string(p[:n]) != "abc" {
				t.Errorf("received %q", p[:n])
			}
			for err == nil {
				if n, err = a.TrySend(p); err == nil && n == 0 {
					t.Fatal("sent nothing")
				}
			}
			want(t, err, sys.EAGAIN)
			closeSocket(t, a)
			_, err = a.TryRecv(p)
			wantClosed(t, err)
			_, err = a.TrySend(p)
			wantClosed(t, err)
		}
	})
}

func TestTryAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		out, in := make([]byte, 64), make([]byte, 4096)
		wantNoAllocs(t, func() {
			if _, err := b.TryRecv(in); !fdsock.BlockingIOError(err) {
				t.Fatal(err)
			}
			if n, err := a.TrySend(out); n != len(out) || err != nil {
				t.Fatal(n, err)
			}
			if n, err := b.RecvInto(in); n != len(out) || err != nil {
				t.Fatal(n, err)
			}
		})
	})
}
