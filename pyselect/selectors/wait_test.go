package selectors_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/selectors"
)

//inventory:row test_selectors.BaseSelectorTestCase.test_empty_select
//inventory:row test_selectors.BaseSelectorTestCase.test_timeout
//inventory:row test_selectors.KqueueSelectorTestCase.test_empty_select_timeout
func TestTimeout(t *testing.T) {
	every(t, func(t *testing.T, s selectors.Selector) {
		waits := func() {
			t.Helper()
			start := time.Now()
			if ask(s, soon).wants(t); time.Since(start) < soon {
				t.Error("returned too soon")
			}
		}
		ask(s, 0).wants(t)
		waits()
		a, b := pair(t)
		key := register(t, s, b, write, nil)
		for _, timeout := range []time.Duration{0, -time.Second, patience} {
			ask(s, timeout).wants(t, selectors.Ready{Key: key, Events: write})
		}
		_, err := s.Unregister(b)
		must(t, err)
		register(t, s, a, read, nil)
		ask(s, 0).wants(t)
		ask(s, -time.Second).wants(t)
		waits()
	})
}

//inventory:row test_selectors.BaseSelectorTestCase.test_select_interrupt_exc
func TestContext(t *testing.T) {
	every(t, func(t *testing.T, s selectors.Selector) {
		a, b := pair(t)
		key := register(t, s, a, read, nil)
		ctx, cancel := context.WithCancel(context.Background())
		c := make(chan answer, 1)
		go func() {
			ready, err := s.SelectContext(ctx, forever)
			c <- answer{ready, err}
		}()
		untilWaiting(t)
		cancel()
		if err := receive(t, c).err; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		send(t, b, "x")
		ready, err := s.SelectContext(ctx, forever) // it need not wait
		answer{ready, err}.wants(t, selectors.Ready{Key: key, Events: read})
	})
}

//inventory:row test_selectors.BaseSelectorTestCase.test_select_interrupt_noraise
func TestInterrupted(t *testing.T) {
	every(t, func(t *testing.T, s selectors.Selector) {
		a, _ := pair(t)
		register(t, s, a, read, nil)
		var n atomic.Uint64
		defer sys.SetHook(func(sys.Call) sys.Fault {
			if n.Add(1)%3 != 0 {
				return sys.Fault{Errno: sys.EINTR}
			}
			return sys.Fault{}
		})()
		start := time.Now()
		if ask(s, soon).wants(t); time.Since(start) < soon {
			t.Error("returned too soon")
		}
	})
}

// TestRegisterWhileWaiting takes effect at once, and so does Close.
func TestRegisterWhileWaiting(t *testing.T) {
	every(t, func(t *testing.T, s selectors.Selector) {
		waiting := begin(t, s)
		a, b := pair(t)
		key := register(t, s, a, read, nil)
		send(t, b, "x")
		receive(t, waiting).wants(t, selectors.Ready{Key: key, Events: read})
		_, err := s.Unregister(a)
		must(t, err)
		waiting = begin(t, s)
		must(t, s.Close())
		if err := receive(t, waiting).err; !errors.Is(err, selectors.ErrClosed) {
			t.Error(err)
		}
	})
}

//inventory:row test_selectors.KqueueSelectorTestCase.test_register_bad_fd
func TestRegisterRefused(t *testing.T) {
	s, err := selectors.NewDefaultSelector()
	must(t, err)
	defer s.Close()
	const closed = pyselect.FD(1 << 20)
	_, err = s.Register(closed, read, nil)
	var e *pyselect.Error
	if !errors.As(err, &e) || !errors.Is(err, unix.EBADF) {
		t.Error(err)
	}
	_, err = s.GetKey(closed)
	isKeyError(t, err, "is not registered")
}

//inventory:row test_selectors.ScalableSelectorMixIn.test_above_fd_setsize
func TestAboveFDSetSize(t *testing.T) {
	var limit unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	n := min(3000, int(limit.Cur)-200) / 2
	if 2*n < 1100 {
		t.Skipf("only %d descriptors are allowed here", limit.Cur)
	}
	every(t, func(t *testing.T, s selectors.Selector) {
		for range n {
			a, b := pair(t)
			register(t, s, a, read, nil)
			register(t, s, b, write, nil)
		}
		if got := ask(s, forever); got.err != nil || len(got.ready) != n {
			t.Error(len(got.ready), got.err)
		}
	})
}
