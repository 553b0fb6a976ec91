package poller_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/poller"
	"github.com/pollux-net/pollux/internal/sys"
)

// TestOpenFaults fails each call that opening makes: the error surfaces, and
// nothing stays open.
func TestOpenFaults(t *testing.T) {
	leak.Check(t)
	for _, b := range poller.Backends() {
		for _, errno := range []sys.Errno{sys.EMFILE, sys.ENOMEM, sys.EINTR} {
			for n := int32(1); failOpen(t, b, n, errno); n++ {
				if n > 20 {
					t.Fatal("opening makes more than 20 calls")
				}
			}
		}
	}
}

// failOpen fails the nth call and reports whether there was one.
func failOpen(t *testing.T, b poller.Backend, n int32, errno sys.Errno) bool {
	t.Helper()
	var calls atomic.Int32
	restore := sys.SetHook(func(call sys.Call) sys.Fault {
		if call.Op != sys.OpClose && calls.Add(1) == n {
			return sys.Fault{Errno: errno}
		}
		return sys.Fault{}
	})
	q, p, err := b.Open()
	restore()
	if err == nil {
		q.Close()
		p.Close()
	}
	if calls.Load() < n {
		return false
	}
	switch {
	case errno == sys.EINTR && err != nil:
		t.Errorf("%s: call %d was interrupted: %v", b.Name, n, err)
	case errno != sys.EINTR && !errors.Is(err, errno):
		t.Errorf("%s: call %d failed with %v, Open with %v", b.Name, n, errno, err)
	}
	return true
}

func TestDefault(t *testing.T) {
	if got, want := poller.Default().Name, poller.Backends()[0].Name; got != want {
		t.Errorf("the default is %q, want the first, %q", got, want)
	}
}

func TestToken(t *testing.T) {
	for _, slot := range []uint32{0, 1, 1<<32 - 1} {
		for _, generation := range []uint32{0, 1, 1<<32 - 1} {
			token := poller.NewToken(slot, generation)
			if token.Slot() != slot || token.Generation() != generation {
				t.Errorf("slot %d generation %d became %d and %d", slot, generation, token.Slot(), token.Generation())
			}
		}
	}
}

func TestReadyString(t *testing.T) {
	for r, want := range map[poller.Ready]string{
		0:                                   "none",
		poller.Readable:                     "readable",
		poller.Error | poller.HangUp:        "hang-up|error",
		poller.Error<<1 - 1:                 "readable|writable|priority|read-hang-up|hang-up|error",
		poller.Priority | poller.Writable:   "writable|priority",
		poller.ReadHangUp | poller.Readable: "readable|read-hang-up",
	} {
		if got := r.String(); got != want {
			t.Errorf("%#x is %q, want %q", uint8(r), got, want)
		}
	}
}
