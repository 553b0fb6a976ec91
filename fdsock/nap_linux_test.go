//go:build linux

package fdsock_test

import (
	"runtime"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// crowd makes a Unix datagram socket whose queue others have filled, one who
// wants to send to it, and the address.
func crowd(t *testing.T) (receiver, sender *fdsock.Socket, to fdsock.Addr) {
	t.Helper()
	onDefault(t)
	socket := func() *fdsock.Socket {
		s, err := fdsock.New(fdsock.AF_UNIX, fdsock.SOCK_DGRAM, 0)
		want(t, err, nil)
		return closeAtEnd(t, s)
	}
	receiver, sender = socket(), socket()
	want(t, receiver.Bind(fdsock.UnixAddr("")), nil)
	to, err := receiver.GetSockName()
	want(t, err, nil)
	other := socket()
	other.SetTimeout(0)
	for err == nil {
		_, err = other.SendTo([]byte("x"), to)
	}
	want(t, err, sys.EAGAIN)
	return receiver, sender, to
}

// crowdedCalls are the ways to send to it.
func crowdedCalls(s *fdsock.Socket, to fdsock.Addr) map[string]func() (int, error) {
	return map[string]func() (int, error){
		"sendto":  func() (int, error) { return s.SendTo([]byte("y"), to) },
		"sendmsg": func() (int, error) { return s.SendMsg([][]byte{[]byte("y")}, nil, to) },
	}
}

// TestUnixDatagramCrowded waits for room in a queue that others have filled,
// which no event announces, and does not spin.
func TestUnixDatagramCrowded(t *testing.T) {
	for name := range crowdedCalls(nil, nil) {
		t.Run(name, func(t *testing.T) {
			receiver, sender, to := crowd(t)
			call := crowdedCalls(sender, to)[name]
			var attempts atomic.Int64
			defer sys.SetHook(func(c sys.Call) (f sys.Fault) {
				if c.Op == sys.OpSend {
					attempts.Add(1)
				}
				return f
			})()
			sender.SetTimeout(20 * soon)
			_, err := call()
			wantTimeout(t, err)
			if n := attempts.Load(); n > 50 {
				t.Errorf("%d attempts in %v", n, 20*soon)
			}
			for _, timeout := range []int64{-1, int64(patience)} {
				sender.SetTimeout(timeoutOf(timeout))
				waiting := begin(call)
				untilInWait(t, 1)
				wantRecv(t, receiver, "x")
				if got := receive(t, waiting, "the end of the call"); got.n != 1 || got.err != nil {
					t.Error(got)
				}
			}
			waiting := begin(call)
			untilInWait(t, 1)
			sender.SetTimeout(0)
			want(t, receive(t, waiting, "the end of the call").err, sys.EAGAIN)
			_, err = call()
			want(t, err, sys.EAGAIN)
			sender.SetTimeout(fdsock.NoTimeout)
			waiting = begin(call)
			untilInWait(t, 1)
			closeSocket(t, sender)
			wantClosed(t, receive(t, waiting, "the end of the call").err)
		})
	}
}

// TestUnixDatagramConnected waits for such a queue when connected, where the
// kernel does say when there is room.
func TestUnixDatagramConnected(t *testing.T) {
	receiver, sender, to := crowd(t)
	want(t, sender.Connect(to), nil)
	var attempts atomic.Int64
	defer sys.SetHook(func(c sys.Call) (f sys.Fault) {
		if c.Op == sys.OpSend {
			attempts.Add(1)
		}
		return f
	})()
	for name, call := range map[string]func() (int, error){
		"send":    func() (int, error) { return sender.Send([]byte("y")) },
		"sendall": func() (int, error) { return 1, sender.SendAll([]byte("y")) },
		"sendmsg": func() (int, error) { return sender.SendMsg([][]byte{[]byte("y")}, nil, nil) },
	} {
		attempts.Store(0)
		sender.SetTimeout(20 * soon)
		_, err := call()
		wantTimeout(t, err)
		if n := attempts.Load(); n > 50 {
			t.Errorf("%s: %d attempts in %v", name, n, 20*soon)
		}
		sender.SetTimeout(patience)
		waiting := begin(call)
		untilInWait(t, 1)
		wantRecv(t, receiver, "x")
		if got := receive(t, waiting, "the end of the call"); got.n != 1 || got.err != nil {
			t.Error(name, got)
		}
	}
}

// TestInterruptible has a signal end every way of waiting.
//
//inventory:row EINTR
func TestInterruptible(t *testing.T) {
	t.Run("crowded sendto", func(t *testing.T) {
		_, sender, to := crowd(t)
		wantInterrupted(t, sender, func() error { _, err := sender.SendTo([]byte("y"), to); return err })
	})
	listeners(t, func(t *testing.T, w *world) {
		t.Run("recv", func(t *testing.T) {
			a, _ := w.pair(t)
			wantInterrupted(t, a, func() error { _, err := a.Recv(8); return err })
		})
		t.Run("peek all", func(t *testing.T) {
			a, b := w.pair(t)
			send(t, b, "abc")
			p := make([]byte, 8)
			n := 0
			if err := interrupt(t, a, func() (err error) {
				n, err = a.RecvInto(p, fdsock.MSG_PEEK|fdsock.MSG_WAITALL)
				return err
			}); err != nil && !fdsock.InterruptedError(err) || err == nil && n != 3 {
				t.Errorf("%d bytes, %v", n, err)
			}
		})
		t.Run("connect", func(t *testing.T) {
			_, addr := w.fullBacklog(t)
			s := w.socket(t)
			wantInterrupted(t, s, func() error { return s.Connect(addr) })
		})
	})
}

func wantInterrupted(t *testing.T, s *fdsock.Socket, call func() error) {
	t.Helper()
	if err := interrupt(t, s, call); !fdsock.InterruptedError(err) {
		t.Errorf("error is %v, want %v", err, sys.EINTR)
	}
}

// interrupt makes a call on a thread that is sent signals until it ends.
func interrupt(t *testing.T, s *fdsock.Socket, call func() error) error {
	t.Helper()
	want(t, s.SetOptions(fdsock.Interruptible), nil)
	thread := make(chan int, 1)
	done := begin(func() (int, error) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		thread <- unix.Gettid()
		return 0, call()
	})
	tid := <-thread
	var got result
	until(t, "the call ends", func() bool {
		select {
		case got = <-done:
			return true
		default:
			_ = unix.Tgkill(unix.Getpid(), tid, unix.SIGURG)
			return false
		}
	})
	return got.err
}
