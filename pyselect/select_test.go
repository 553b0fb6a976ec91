package pyselect_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
)

func pair(t *testing.T) (a, b *fdsock.Socket) {
	t.Helper()
	a, b, err := fdsock.SocketPair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = a.Close(), b.Close() })
	return a, b
}

// TestSelectSeesSend is the promise of the harvest: what a peer has sent, a
// Select that does not wait finds, from any goroutine, whatever the loops do.
func TestSelectSeesSend(t *testing.T) {
	const goroutines, rounds = 4, 25_000
	var wg sync.WaitGroup
	for range goroutines {
		a, b := pair(t)
		wg.Go(func() {
			msg, buf := []byte{1}, make([]byte, 16)
			watched := []pyselect.Object{b}
			for i := range rounds {
				if r, _, _, err := pyselect.Select(watched, nil, nil, 0); err != nil || len(r) != 0 {
					t.Errorf("round %d: before the send: %v %v", i, r, err)
					return
				}
				if _, err := a.Send(msg); err != nil {
					t.Error(err)
					return
				}
				if r, _, _, err := pyselect.Select(watched, nil, nil, 0); err != nil || len(r) != 1 {
					t.Errorf("round %d: after the send: %v %v", i, r, err)
					return
				}
				if n, err := b.RecvInto(buf); n != 1 || err != nil {
					t.Error(n, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestSelectWaits(t *testing.T) {
	a, b := pair(t)
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	for i := range 1000 {
		done := make(chan struct{})
		go func() {
			defer close(done)
			if i%2 == 0 {
				a.Send([]byte("x"))
			} else {
				unix.Write(fds[1], []byte("x"))
			}
		}()
		r, w, _, err := pyselect.Select([]pyselect.Object{pyselect.FD(fds[0]), b}, nil, nil, 5*time.Second)
		if err != nil || len(r) != 1 || len(w) != 0 {
			t.Fatal(i, r, w, err)
		}
		var buf [1]byte
		if i%2 == 0 {
			b.RecvInto(buf[:])
		} else {
			unix.Read(fds[0], buf[:])
		}
		<-done
	}
	if _, _, _, err := pyselect.Select([]pyselect.Object{pyselect.FD(999)}, nil, nil, 0); !errors.Is(err, unix.EBADF) {
		t.Fatal(err)
	}
}
