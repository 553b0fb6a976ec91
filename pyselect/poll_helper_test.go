package pyselect_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/pyselect"
)

// events is what Poll and Epoll return.
type events = []pyselect.PollEvent

// polled is the answer of one Poll.
type polled struct {
	events events
	err    error
}

// at makes an event.
func at(o pyselect.Object, bits int) pyselect.PollEvent {
	return pyselect.PollEvent{FD: o.Fileno(), Events: bits}
}

// wants fails the test unless these are the events.
func (p polled) wants(tb testing.TB, want ...pyselect.PollEvent) {
	tb.Helper()
	must(tb, p.err)
	if !slices.Equal(p.events, want) {
		tb.Fatalf("answer is %v, want %v", p.events, want)
	}
}

// fails fails the test unless the error is of this class and text.
func fails[E error](tb testing.TB, err error, text string) {
	tb.Helper()
	var e E
	if !errors.As(err, &e) || text != "" && err.Error() != text {
		tb.Errorf("error is %T %v, want %T %s", err, err, e, text)
	}
}

// isErrno fails the test unless the error is an OSError of this number.
func isErrno(tb testing.TB, err error, errno unix.Errno) {
	tb.Helper()
	var e *pyselect.Error
	if !errors.Is(err, errno) || !errors.As(err, &e) {
		tb.Errorf("error is %v, want %v", err, errno)
	}
}

// newPoll makes a Poll with some objects registered.
func newPoll(tb testing.TB, mask int, objects ...pyselect.Object) *pyselect.Poll {
	tb.Helper()
	p := pyselect.NewPoll()
	tb.Cleanup(p.Close)
	for _, o := range objects {
		must(tb, p.Register(o, mask))
	}
	return p
}

func poll(p *pyselect.Poll, timeout time.Duration) polled {
	ev, err := p.Poll(timeout)
	return polled{ev, err}
}

// beginPoll calls a Poll or Epoll in another goroutine and returns when it
// waits.
func beginPoll(tb testing.TB, f func() (events, error)) <-chan polled {
	tb.Helper()
	c := make(chan polled, 1)
	begun.Add(1)
	go func() {
		ev, err := f()
		begun.Add(-1)
		c <- polled{ev, err}
	}()
	until(tb, "poll waits", allWait)
	return c
}

// forever waits without limit in a Poll.
func forever(p *pyselect.Poll) func() (events, error) {
	return func() (events, error) { return p.Poll(pyselect.Forever) }
}

// crowd makes n idle objects, so that a Poll is past asking about all.
func crowd(tb testing.TB, p *pyselect.Poll) {
	tb.Helper()
	for range 20 {
		_, b := pair(tb)
		must(tb, p.Register(b, pyselect.POLLIN))
	}
}

// fixed is a Fixed poll without a timeout.
func fixed(p *pyselect.Poll) func() (events, error) {
	return func() (events, error) {
		c := pyselect.Call{Fixed: true}
		return c.Poll(p, nil, pyselect.Forever)
	}
}
