package aio_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect/aio"
	"github.com/pollux-net/pollux/pyselect/selectors"
	"github.com/pollux-net/pollux/reactor"
)

const patience = 30 * time.Second

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// loops runs a test on loops over every selector.
func loops(t *testing.T, test func(t *testing.T, l *aio.Loop)) {
	t.Helper()
	for name, s := range map[string]selectors.Selector{
		"default": nil, "poll": selectors.NewPollSelector(), "select": selectors.NewSelectSelector(),
	} {
		t.Run(name, func(t *testing.T) { test(t, newLoop(t, aio.Config{Selector: s})) })
	}
}

func newLoop(tb testing.TB, c aio.Config) *aio.Loop {
	tb.Helper()
	l, err := aio.New(c)
	must(tb, err)
	tb.Cleanup(func() { must(tb, l.Close()) })
	return l
}

// checkLeaks is leak.Check, not counting the default group, which may not have
// begun yet.
func checkLeaks(tb testing.TB) {
	tb.Helper()
	_, err := reactor.Default()
	must(tb, err)
	leak.Check(tb)
}

// pair makes two nonblocking sockets.
func pair(tb testing.TB) (a, b *fdsock.Socket) {
	tb.Helper()
	a, b, err := fdsock.SocketPair()
	must(tb, err)
	a.SetBlocking(false)
	b.SetBlocking(false)
	tb.Cleanup(func() { must(tb, a.Close()); must(tb, b.Close()) })
	return a, b
}

// listen makes a nonblocking TCP listener.
func listen(tb testing.TB) (*fdsock.Socket, fdsock.Addr) {
	tb.Helper()
	s, err := fdsock.CreateServer("127.0.0.1", 0, fdsock.ServerOptions{})
	must(tb, err)
	s.SetBlocking(false)
	tb.Cleanup(func() { must(tb, s.Close()) })
	addr, err := s.GetSockName()
	must(tb, err)
	return s, addr
}

func newSocket(tb testing.TB, typ int) *fdsock.Socket {
	tb.Helper()
	s, err := fdsock.New(fdsock.AF_INET, typ, 0)
	must(tb, err)
	s.SetBlocking(false)
	tb.Cleanup(func() { must(tb, s.Close()) })
	return s
}

// soon schedules a callback that does not fail.
func soon(tb testing.TB, l *aio.Loop, f func()) *aio.Handle {
	tb.Helper()
	h, err := l.CallSoon(func() error { f(); return nil })
	must(tb, err)
	return h
}

// later is soon for CallLater.
func later(tb testing.TB, l *aio.Loop, d time.Duration, f func()) *aio.Handle {
	tb.Helper()
	h, err := l.CallLater(d, func() error { f(); return nil })
	must(tb, err)
	return h
}

// spin makes n iterations that do not wait.
func spin(tb testing.TB, l *aio.Loop, n int) {
	tb.Helper()
	for range n {
		l.Stop()
		must(tb, l.RunForever())
	}
}

// complete runs the loop until a future has its result, which must be one.
func complete[T any](tb testing.TB, l *aio.Loop, f *aio.Future[T]) T {
	tb.Helper()
	v, err := limited(tb, l, f)
	must(tb, err)
	return v
}

// limited is RunUntilComplete that ends a test whose result does not come.
func limited[T any](tb testing.TB, l *aio.Loop, f *aio.Future[T]) (T, error) {
	tb.Helper()
	h := later(tb, l, patience, func() { tb.Error("no result"); l.Stop() })
	defer h.Cancel()
	return aio.RunUntilComplete(l, f)
}

func wants(tb testing.TB, got []string, want ...string) {
	tb.Helper()
	if !slices.Equal(got, want) {
		tb.Errorf("got %q, want %q", got, want)
	}
}

// faulty has every attempt at a call fail until the result is called.
func faulty(op sys.Op, errno sys.Errno) (restore func()) {
	return sys.SetHook(func(c sys.Call) sys.Fault {
		if c.Op == op {
			return sys.Fault{Errno: errno}
		}
		return sys.Fault{}
	})
}

// run has the loop run in another goroutine; the result waits for its end.
func run(l *aio.Loop) (wait func() error) {
	c := make(chan error, 1)
	go func() { c <- l.RunForever() }()
	return func() error {
		select {
		case err := <-c:
			return err
		case <-time.After(patience):
			return errors.New("the loop does not end")
		}
	}
}

func within(tb testing.TB) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	tb.Cleanup(cancel)
	return ctx
}
