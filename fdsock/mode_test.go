package fdsock_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

//inventory:row modes switched in a call
func TestSwitchToNonblocking(t *testing.T) {
	eachBlocked(t, func(t *testing.T, b blocked) {
		done := begin(b.call)
		untilInWait(t, 1)
		b.s.SetTimeout(0)
		got := receive(t, done, "the end of the call")
		if b.partial {
			want(t, got.err, nil)
			if got.n == 0 {
				t.Error("no part was transferred")
			}
			return
		}
		checkText(t, got.err)
		if !fdsock.BlockingIOError(got.err) {
			t.Errorf("error is %v, want a BlockingIOError", got.err)
		}
	})
}

//inventory:row modes switched in a call
func TestSwitchToTimeout(t *testing.T) {
	eachBlocked(t, func(t *testing.T, b blocked) {
		done := begin(b.call)
		untilInWait(t, 1)
		b.s.SetTimeout(soon)
		got := receive(t, done, "the end of the call")
		switch {
		case b.partial:
			want(t, got.err, nil)
		case b.instant:
			want(t, got.err, sys.EAGAIN)
		default:
			wantTimeout(t, got.err)
		}
	})
}

//inventory:row modes switched in a call
func TestSwitchToShorter(t *testing.T) {
	eachBlocked(t, func(t *testing.T, b blocked) {
		if b.partial || b.instant {
			t.Skip("does not wait under a timeout")
		}
		b.s.SetTimeout(time.Hour)
		done := begin(b.call)
		untilInWait(t, 1)
		b.s.SetTimeout(2 * time.Hour)
		b.s.SetTimeout(soon)
		wantTimeout(t, receive(t, done, "the end of the call").err)
	})
}

//inventory:row timeout None
//inventory:row modes switched in a call
func TestSwitchToForever(t *testing.T) {
	eachBlocked(t, func(t *testing.T, b blocked) {
		if b.finish == nil || b.partial || b.instant {
			t.Skip("does not wait under a timeout, or not for long")
		}
		// The old deadline passes unheeded. On a busy machine the switch may
		// come too late for that; such a run proves nothing.
		const old = 25 * time.Millisecond
		b.s.SetTimeout(old)
		start := time.Now()
		done := begin(b.call)
		until(t, "the call waits or has ended", func() bool { return inWait() == 1 || len(done) > 0 })
		b.s.SetTimeout(fdsock.NoTimeout)
		if time.Since(start) >= old {
			closeSocket(t, b.s)
			receive(t, done, "the end of the call")
			t.Skip("the machine is too busy")
		}
		<-time.After(old + time.Millisecond - time.Since(start))
		b.finish()
		want(t, receive(t, done, "the end of the call").err, nil)
	})
}

func TestFinish(t *testing.T) {
	eachBlocked(t, func(t *testing.T, b blocked) {
		if b.finish == nil {
			t.Skip("takes the kernel too long")
		}
		done := begin(b.call)
		untilInWait(t, 1)
		b.s.SetTimeout(fdsock.NoTimeout) // a change that changes nothing
		b.finish()
		want(t, receive(t, done, "the end of the call").err, nil)
	})
}

//inventory:row timeout > 0
func TestTimeouts(t *testing.T) {
	eachBlocked(t, func(t *testing.T, b blocked) {
		if b.partial {
			t.Skip("partial transfers have their own test")
		}
		b.s.SetTimeout(soon)
		start := time.Now()
		_, err := b.call()
		if b.instant {
			want(t, err, sys.EAGAIN)
			return
		}
		wantTimeout(t, err)
		if d := time.Since(start); d < soon {
			t.Errorf("timed out after %v, %v was asked", d, soon)
		}
	})
}

//inventory:row timeout 0
func TestNonblocking(t *testing.T) {
	eachBlocked(t, func(t *testing.T, b blocked) {
		b.s.SetTimeout(0)
		n, err := b.call()
		if b.partial && n > 0 {
			want(t, err, nil)
			return
		}
		checkText(t, err)
		if !fdsock.BlockingIOError(err) || n != 0 {
			t.Errorf("%d, error is %v, want a BlockingIOError", n, err)
		}
	})
}

// TestTimeoutSeesWhatIsThere lets a timeout run out at once, whatever the
// loop has noticed so far: data that was sent before the call is received.
//
//inventory:row timeout > 0
func TestTimeoutSeesWhatIsThere(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		for i := range rounds(500) {
			b.SetTimeout(time.Nanosecond)
			if _, err := b.Recv(8); !errors.Is(err, fdsock.ErrTimeout) { // registers, clears
				t.Fatal(err)
			}
			send(t, a, "x")
			switch i % 3 {
			case 1:
				b.SetTimeout(0)
			case 2:
				b.SetTimeout(fdsock.NoTimeout)
			}
			p, err := b.Recv(8)
			if err != nil || string(p) != "x" {
				t.Fatalf("round %d: %q, %v", i, p, err)
			}
		}
	})
}

// TestDontWaitSeesWhatIsThere does so with MSG_DONTWAIT on a blocking socket.
func TestDontWaitSeesWhatIsThere(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		for range rounds(500) {
			if _, err := b.Recv(8, fdsock.MSG_DONTWAIT); !errors.Is(err, sys.EAGAIN) {
				t.Fatal(err)
			}
			send(t, a, "x")
			wantRecv(t, b, "x", fdsock.MSG_DONTWAIT)
		}
	})
}

// TestRandomSwitches changes the timeout of both ends all the time: the
// stream arrives whole and in order all the same.
//
//inventory:row modes switched in a call
func TestRandomSwitches(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		rnd := seeded(t)
		a, b := w.pair(t)
		sent := pattern(rounds(1 << 20))
		var done atomic.Bool
		var wg sync.WaitGroup
		wg.Go(func() { sendPatiently(t, a, sent) })
		wg.Go(func() {
			timeouts := []time.Duration{fdsock.NoTimeout, 0, time.Nanosecond, 50 * time.Microsecond, time.Second}
			for !done.Load() {
				a.SetTimeout(timeouts[rnd.IntN(len(timeouts))])
				b.SetTimeout(timeouts[rnd.IntN(len(timeouts))])
			}
		})
		got := make([]byte, 0, len(sent))
		buf := make([]byte, 32<<10)
		for len(got) < len(sent) {
			n, err := b.RecvInto(buf)
			if err != nil && !fdsock.BlockingIOError(err) && !fdsock.TimeoutError(err) || err == nil && n == 0 {
				t.Error(n, err)
				break
			}
			got = append(got, buf[:n]...)
		}
		done.Store(true)
		closeSocket(t, b)
		wg.Wait()
		wantSame(t, got, sent)
	})
}

// sendPatiently sends p however often the socket's timeout ends a call.
func sendPatiently(t *testing.T, s *fdsock.Socket, p []byte) {
	t.Helper()
	for len(p) > 0 {
		n, err := s.Send(p[:min(len(p), 100<<10)])
		if err != nil && !fdsock.BlockingIOError(err) && !fdsock.TimeoutError(err) {
			t.Error(err)
			return
		}
		p = p[n:]
	}
}

// TestSendAllDeadline has the peer take what was sent bit by bit, so that
// every part is in time but the whole is not.
//
//inventory:row sendall timeout
func TestSendAllDeadline(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.narrowPair(t)
		a.SetTimeout(20 * time.Millisecond)
		stop := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			buf := make([]byte, 16<<10)
			for tick := time.NewTicker(time.Millisecond); ; {
				select {
				case <-stop:
					tick.Stop()
					return
				case <-tick.C:
					if _, err := b.RecvInto(buf, fdsock.MSG_DONTWAIT); err != nil && !fdsock.BlockingIOError(err) {
						t.Error(err)
						return
					}
				}
			}
		})
		err := a.SendAll(make([]byte, 4<<20))
		close(stop)
		wg.Wait()
		wantTimeout(t, err)
	})
}

// TestSendAllDeadlineWithoutWaiting has the kernel take a little at a time, so
// slowly that the time is up while there is always room for more.
//
//inventory:row sendall timeout
func TestSendAllDeadlineWithoutWaiting(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, _ := w.pair(t)
		a.SetTimeout(soon)
		defer sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op != sys.OpSend {
				return sys.Fault{}
			}
			if c.Len == 20 { // the second part
				<-time.After(2 * soon)
			}
			return sys.Fault{Max: 10}
		})()
		wantTimeout(t, a.SendAll(make([]byte, 30)))
	})
}

//inventory:row settimeout gettimeout
//inventory:row setblocking getblocking
func TestTimeoutAccessors(t *testing.T) {
	onDefault(t)
	s, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	want(t, err, nil)
	closeAtEnd(t, s)
	for _, c := range []struct {
		set, get time.Duration
		blocking bool
	}{
		{fdsock.NoTimeout, fdsock.NoTimeout, true},
		{-time.Hour, fdsock.NoTimeout, true},
		{0, 0, false},
		{1, 1, true},
		{time.Hour, time.Hour, true},
	} {
		s.SetTimeout(c.set)
		if s.GetTimeout() != c.get || s.GetBlocking() != c.blocking {
			t.Errorf("SetTimeout(%v): GetTimeout %v, GetBlocking %v", c.set, s.GetTimeout(), s.GetBlocking())
		}
	}
	s.SetBlocking(true)
	if s.GetTimeout() != fdsock.NoTimeout {
		t.Error("SetBlocking(true) leaves", s.GetTimeout())
	}
	s.SetBlocking(false)
	if s.GetTimeout() != 0 {
		t.Error("SetBlocking(false) leaves", s.GetTimeout())
	}
}

// TestSwitchPartSent has a blocking sendmsg find itself under a timeout with a
// part sent: that counts, as it does for send.
func TestSwitchPartSent(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		calls := map[string]func(s *fdsock.Socket, p []byte) (int, error){
			"send":    func(s *fdsock.Socket, p []byte) (int, error) { return s.Send(p) },
			"sendmsg": func(s *fdsock.Socket, p []byte) (int, error) { return s.SendMsg([][]byte{p}, nil, nil) },
		}
		for name, call := range calls {
			for _, timeout := range []time.Duration{0, time.Nanosecond} {
				a, _ := w.narrowPair(t)
				sending := begin(func() (int, error) { return call(a, make([]byte, big)) })
				untilInWait(t, 1)
				a.SetTimeout(timeout)
				if got := receive(t, sending, "the end of "+name); got.n <= 0 || got.n >= big || got.err != nil {
					t.Errorf("%s, timeout %v: %v", name, timeout, got)
				}
			}
		}
	})
}
