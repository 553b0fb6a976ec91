package aio_test

import (
	"errors"
	"testing"

	"github.com/pollux-net/pollux/pyselect/aio"
)

// TestFuture has one result, and tells of it in the next iteration, in order.
//
//inventory:row Future
func TestFuture(t *testing.T) {
	l := newLoop(t, aio.Config{})
	f := aio.NewFuture[int](l)
	if _, err := f.Result(); !errors.Is(err, aio.ErrInvalidState) || f.Done() || f.Cancelled() {
		t.Error(err)
	}
	var got []string
	f.AddDoneCallback(func(*aio.Future[int]) { got = append(got, "a") })
	f.AddDoneCallback(func(of *aio.Future[int]) {
		if of != f {
			t.Error("another future")
		}
		got = append(got, "b")
	})
	soon(t, l, func() {
		must(t, f.SetResult(7))
		got = append(got, "set")
	})
	spin(t, l, 1)
	wants(t, got, "set")
	f.AddDoneCallback(func(*aio.Future[int]) { got = append(got, "c") })
	spin(t, l, 1)
	wants(t, got, "set", "a", "b", "c")
	if err := f.SetException(errSpam); !errors.Is(err, aio.ErrInvalidState) || f.Cancel() {
		t.Error(err)
	}
	if v, err := f.Result(); v != 7 || err != nil {
		t.Error(v, err)
	}
	failed := aio.NewFuture[int](l)
	must(t, failed.SetException(errSpam))
	if _, err := failed.Result(); !errors.Is(err, errSpam) || failed.Cancelled() {
		t.Error(err)
	}
}

// TestRunUntilComplete runs until the future has its result, fails when the loop
// is stopped before, and does not stop the next run then.
//
//inventory:row loop.run_until_complete
func TestRunUntilComplete(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		f := aio.NewFuture[string](l)
		soon(t, l, func() { l.Stop() })
		if _, err := aio.RunUntilComplete(l, f); !errors.Is(err, aio.ErrNotCompleted) {
			t.Error(err)
		}
		g := aio.NewFuture[string](l)
		soon(t, l, func() {
			must(t, f.SetResult("late"))
			later(t, l, 1, func() { must(t, g.SetResult("spam")) })
		})
		if v := complete(t, l, g); v != "spam" {
			t.Errorf("%q", v)
		}
		if v := complete(t, l, f); v != "late" {
			t.Errorf("%q", v)
		}
		h, err := l.CallSoon(func() error { return errSpam })
		must(t, err)
		if _, err := aio.RunUntilComplete(l, aio.NewFuture[int](l)); !errors.Is(err, errSpam) {
			t.Error(err)
		}
		h.Cancel()
	})
}
