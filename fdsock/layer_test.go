package fdsock_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// layered is a call that a package above would build: it receives two bytes
// at once.
func layered(s *fdsock.Socket, c *fdsock.Call) (n int, err error) {
	if err := c.Begin(reactor.Input); err != nil {
		return 0, err
	}
	w := reactor.NewWaiter()
	defer w.Release()
	if err := s.Handle().Arm(); err != nil {
		return 0, err
	}
	w.Watch(s, reactor.Input)
	p := make([]byte, 2)
	for n < len(p) {
		more, err := s.TryRecv(p[n:])
		n += more
		switch {
		case err == nil:
			continue
		case !fdsock.BlockingIOError(err):
			return n, err
		case !c.MayWait():
			return n, err
		}
		if err := c.Sleep(w, reactor.Input); err != nil {
			return n, err
		}
	}
	return n, nil
}

// TestLayeredCall waits by the rules of the socket, of a context, and of a
// view.
func TestLayeredCall(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		waiting := begin(func() (int, error) { return layered(a, a.Resume(0)) })
		untilInWait(t, 1)
		send(t, b, "x")
		send(t, b, "y")
		if got := receive(t, waiting, "two bytes"); got.n != 2 || got.err != nil {
			t.Error(got)
		}

		ctx, cancel := context.WithCancel(t.Context())
		waiting = begin(func() (int, error) { return layered(a, a.Resume(0).Within(ctx)) })
		untilInWait(t, 1)
		cancel()
		var ended *fdsock.ContextError
		if err := receive(t, waiting, "the context").err; !errors.As(err, &ended) || !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		send(t, b, "xy")
		if n, err := layered(a, a.Resume(0).Within(ctx)); n != 0 || !errors.As(err, &ended) {
			t.Errorf("by a context that is done: %d, %v", n, err)
		}
		wantRecv(t, a, "xy")

		a.SetTimeout(soon)
		_, err := layered(a, a.Resume(0))
		wantTimeout(t, err)
		a.SetTimeout(0)
		_, err = layered(a, a.Resume(0))
		want(t, err, sys.EAGAIN)
		a.SetTimeout(fdsock.NoTimeout)
		want(t, a.SetReadDeadline(past), nil)
		_, err = layered(a, a.Resume(0))
		wantTimeout(t, err)
	})
}

// TestLayeredCallOfView goes by the view's deadlines alone.
func TestLayeredCallOfView(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		a.SetTimeout(0)
		want(t, a.SetReadDeadline(past), nil)
		c := viewOf(t, a)
		waiting := begin(func() (int, error) { return layered(a, c.Resume(0)) })
		untilInWait(t, 1)
		send(t, b, "x")
		send(t, b, "y")
		if got := receive(t, waiting, "two bytes"); got.n != 2 || got.err != nil {
			t.Error(got)
		}
		waiting = begin(func() (int, error) { return layered(a, c.Resume(0)) })
		untilInWait(t, 1)
		want(t, c.SetReadDeadline(time.Now().Add(soon)), nil)
		wantTimeout(t, receive(t, waiting, "the deadline").err)
		send(t, b, "xy")
		want(t, c.SetReadDeadline(past), nil)
		n, err := layered(a, c.Resume(0))
		wantTimeout(t, err)
		if n != 0 {
			t.Error("data was taken after the deadline")
		}
		want(t, c.SetReadDeadline(time.Time{}), nil)
		want(t, c.SetWriteDeadline(past), nil)
		if n, err := layered(a, c.Resume(0)); n != 2 || err != nil {
			t.Error(n, err)
		}
		wantTimeout(t, c.Resume(0).Begin(reactor.Input|reactor.Output))
		closeSocket(t, a)
		wantClosed(t, c.Resume(0).Begin(reactor.Input))
	})
}
