package aio_test

import (
	"errors"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect/aio"
)

// TestCancelTimerAfterClose cancels what the loop has forgotten.
func TestCancelTimerAfterClose(t *testing.T) {
	l := newLoop(t, aio.Config{})
	one, err := l.CallLater(time.Hour, func() error { return nil })
	must(t, err)
	two, err := l.CallLater(time.Hour, func() error { return nil })
	must(t, err)
	must(t, l.Close())
	two.Cancel()
	one.Cancel()
	if !one.Cancelled() || !two.Cancelled() {
		t.Error("not cancelled")
	}
}

// TestCloseEndsLookup closes a loop that has not run since the name of a
// SockConnect was found.
func TestCloseEndsLookup(t *testing.T) {
	l := newLoop(t, aio.Config{})
	s, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	must(t, err)
	defer func() { must(t, s.Close()) }()
	s.SetBlocking(false)
	f := l.SockConnect(s, fdsock.InetAddr{Name: "localhost", Port: 1})
	l.WaitLookups()
	must(t, l.Close())
	if _, err := f.Result(); !errors.Is(err, aio.ErrClosed) {
		t.Errorf("the future's error is %v, want %v", err, aio.ErrClosed)
	}
}

// TestReusedNumberEndsCall closes a socket that a call waits for, and watches
// another with its number.
func TestReusedNumberEndsCall(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		a, b, err := fdsock.SocketPair()
		must(t, err)
		defer func() { must(t, b.Close()) }()
		a.SetBlocking(false)
		fd := a.Fileno()
		f := l.SockRecv(a, 1)
		must(t, a.Close())
		c, d := pair(t)
		if c.Fileno() != fd {
			c = d
		}
		if c.Fileno() != fd {
			t.Skip("the number was given to somebody else")
		}
		must(t, l.AddReader(c, func() error { return nil }))
		if _, err := f.Result(); !errors.Is(err, aio.ErrCancelled) {
			t.Errorf("the future's error is %v, want %v", err, aio.ErrCancelled)
		}
		l.RemoveReader(c)
	})
}
