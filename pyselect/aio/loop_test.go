package aio_test

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect/aio"
)

var errSpam = errors.New("no spam")

// TestCallSoonOrder calls first come, first served; what a callback schedules
// is called in the next iteration, after what has come between.
//
//inventory:row loop.call_soon
func TestCallSoonOrder(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		var got []string
		note := func(s string) func() { return func() { got = append(got, s) } }
		soon(t, l, func() {
			got = append(got, "a")
			soon(t, l, note("c"))
		})
		soon(t, l, note("b"))
		gone := soon(t, l, note("gone"))
		gone.Cancel()
		gone.Cancel()
		if !gone.Cancelled() {
			t.Error("not cancelled")
		}
		spin(t, l, 1)
		wants(t, got, "a", "b")
		soon(t, l, note("d"))
		spin(t, l, 1)
		wants(t, got, "a", "b", "c", "d")
	})
}

// TestIterationOrder has in one iteration first what was scheduled, then what
// is ready, then what is due.
//
//inventory:row loop iteration
func TestIterationOrder(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		a, b := pair(t)
		var got []string
		note := func(s string) func() error { return func() error { got = append(got, s); return nil } }
		must(t, l.AddReader(a, note("reader")))
		must(t, l.AddWriter(a, note("writer")))
		_, err := b.Send([]byte("x"))
		must(t, err)
		_, err = l.CallAt(0, note("timer"))
		must(t, err)
		_, err = l.CallSoon(note("soon"))
		must(t, err)
		spin(t, l, 1)
		wants(t, got, "soon", "reader", "writer", "timer")
	})
}

// TestCallAtOrder calls timers by their time, those of the same time in order,
// none before its time, none that was cancelled.
//
//inventory:row loop.call_later
//inventory:row loop.call_at
//inventory:row loop.time
func TestCallAtOrder(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		var got []string
		at := l.Time() + 5*time.Millisecond
		for _, c := range []struct {
			name  string
			delay time.Duration
		}{{"c", 2}, {"a", 0}, {"gone", 1}, {"d", 2}, {"b", 1}, {"e", 2}} {
			when := at + c.delay*time.Millisecond
			h, err := l.CallAt(when, func() error {
				if l.Time() < when {
					t.Error("too early")
				}
				got = append(got, c.name)
				return nil
			})
			must(t, err)
			if h.When() != when {
				t.Error(h.When())
			}
			if c.name == "gone" {
				h.Cancel()
			}
		}
		later(t, l, -time.Hour, func() { got = append(got, "now") })
		later(t, l, 20*time.Millisecond, l.Stop)
		must(t, l.RunForever())
		wants(t, got, "now", "a", "b", "c", "d", "e")
	})
}

// TestStop calls what was scheduled before the iteration, and not what that
// schedules; before RunForever it allows one iteration.
//
//inventory:row loop.stop
//inventory:row loop.run_forever
func TestStop(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		var got []string
		note := func(s string) func() { return func() { got = append(got, s) } }
		soon(t, l, func() {
			l.Stop()
			soon(t, l, note("next"))
			if !l.IsRunning() || !errors.Is(l.RunForever(), aio.ErrRunning) || !errors.Is(l.Close(), aio.ErrRunning) {
				t.Error("it does not know that it runs")
			}
		})
		soon(t, l, note("after stop"))
		must(t, l.RunForever())
		wants(t, got, "after stop")
		if l.IsRunning() {
			t.Error("it runs")
		}
		spin(t, l, 1)
		wants(t, got, "after stop", "next")
	})
}

// TestThreadsafe wakes a loop that waits, with a callback, a timer, a reader
// and the end.
//
//inventory:row loop.call_soon_threadsafe
func TestThreadsafe(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		wait := run(l)
		called := make(chan string, 3)
		for range 100 {
			_, err := l.CallSoonThreadsafe(func() error { called <- "soon"; return nil })
			must(t, err)
			if got := <-called; got != "soon" {
				t.Fatal(got)
			}
		}
		far := later(t, l, time.Hour, func() { called <- "far" })
		later(t, l, time.Millisecond, func() { called <- "near" })
		if got := <-called; got != "near" {
			t.Fatal(got)
		}
		far.Cancel()
		a, b := pair(t)
		must(t, l.AddReader(a, func() error {
			_, err := a.Recv(1)
			called <- "reader"
			return err
		}))
		_, err := b.Send([]byte("x"))
		must(t, err)
		if got := <-called; got != "reader" {
			t.Fatal(got)
		}
		l.RemoveReader(a)
		l.Stop()
		must(t, wait())
	})
}

// TestExceptionHandler is told of errors, and the loop goes on; without one an
// error ends RunForever, and the next one goes on after it.
//
//inventory:row loop.set_exception_handler
func TestExceptionHandler(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		calls := 0
		schedule := func() *aio.Handle {
			h, err := l.CallSoon(func() error { return errSpam })
			must(t, err)
			soon(t, l, func() { calls++ })
			return h
		}
		schedule()
		if err := l.RunForever(); !errors.Is(err, errSpam) || calls != 0 {
			t.Error(err, calls)
		}
		spin(t, l, 1)
		if calls != 1 {
			t.Error(calls)
		}
		var told aio.Failure
		l.SetExceptionHandler(func(of *aio.Loop, f aio.Failure) { told = f })
		h := schedule()
		spin(t, l, 1)
		if calls != 2 || !errors.Is(told.Err, errSpam) || told.Handle != h || told.Message == "" {
			t.Error(calls, told)
		}
	})
}

// TestClose forgets what is scheduled; every call fails from then on.
//
//inventory:row loop.close
func TestClose(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		leak.Check(t)
		a, _ := pair(t)
		soon(t, l, func() { t.Error("called") })
		must(t, l.AddReader(a, func() error { return nil }))
		receiving := l.SockSendAll(a, make([]byte, 1<<24))
		accepting := l.SockRecv(a, 1)
		if _, err := accepting.Result(); !errors.Is(err, aio.ErrBusy) {
			t.Error(err)
		}
		must(t, l.Close())
		must(t, l.Close())
		if _, err := receiving.Result(); !errors.Is(err, aio.ErrClosed) || !l.IsClosed() {
			t.Error(err)
		}
		nothing := func() error { return nil }
		_, err1 := l.CallSoon(nothing)
		_, err2 := l.CallLater(0, nothing)
		_, err3 := l.SockRecv(a, 1).Result()
		for _, err := range []error{err1, err2, err3, l.AddReader(a, nothing), l.RunForever()} {
			if !errors.Is(err, aio.ErrClosed) {
				t.Error(err)
			}
		}
		if l.RemoveReader(a) {
			t.Error("the reader is there")
		}
		l.Stop()
	})
}

// TestFull refuses callbacks past the limit, timers included; cancelled timers
// make room.
//
//inventory:row loop callbacks are bounded
func TestFull(t *testing.T) {
	l := newLoop(t, aio.Config{MaxCallbacks: 3})
	nothing := func() error { return nil }
	soon(t, l, func() {})
	soon(t, l, func() {})
	h := later(t, l, time.Hour, func() {})
	_, err1 := l.CallSoon(nothing)
	_, err2 := l.CallLater(0, nothing)
	if !errors.Is(err1, aio.ErrFull) || !errors.Is(err2, aio.ErrFull) {
		t.Error(err1, err2)
	}
	h.Cancel()
	h.Cancel()
	soon(t, l, func() {})
	spin(t, l, 1)
	soon(t, l, func() {})
}

// TestNewFails leaves nothing behind.
func TestNewFails(t *testing.T) {
	checkLeaks(t)
	for op, errno := range map[sys.Op]sys.Errno{
		sys.OpQueueCreate: sys.EMFILE, sys.OpSocketpair: sys.EMFILE, sys.OpQueueControl: unix.ENOSPC,
	} {
		restore := faulty(op, errno)
		l, err := aio.New(aio.Config{})
		restore()
		if !errors.Is(err, errno) || l != nil {
			t.Errorf("%v: %v", op, err)
		}
	}
}

// TestSelectorFails ends RunForever.
func TestSelectorFails(t *testing.T) {
	l := newLoop(t, aio.Config{})
	must(t, l.CloseSelector())
	if err := l.RunForever(); err == nil {
		t.Error("no error")
	}
}
