package fdsock_test

import (
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// wantDeadline fails the test unless a blocked call was ended by a deadline.
func wantDeadline(t *testing.T, b blocked, got result) {
	t.Helper()
	if !b.partial {
		wantTimeout(t, got.err)
		return
	}
	want(t, got.err, nil)
	if got.n == 0 {
		t.Error("no part was transferred")
	}
}

// TestDeadlineEndsWaiting sets a deadline that has passed, and one to come,
// under calls that wait.
func TestDeadlineEndsWaiting(t *testing.T) {
	for name, deadline := range map[string]func() time.Time{
		"past": func() time.Time { return past },
		"soon": func() time.Time { return time.Now().Add(soon) },
	} {
		t.Run(name, func(t *testing.T) {
			eachBlocked(t, func(t *testing.T, b blocked) {
				done := begin(b.call)
				untilInWait(t, 1)
				want(t, b.s.SetDeadline(deadline()), nil)
				wantDeadline(t, b, receive(t, done, "the end of the call"))
			})
		})
	}
}

func TestDeadlineAhead(t *testing.T) {
	eachBlocked(t, func(t *testing.T, b blocked) {
		end := time.Now().Add(soon)
		want(t, b.s.SetDeadline(end), nil)
		n, err := b.call()
		wantDeadline(t, b, result{n, err})
		if time.Now().Before(end) {
			t.Error("the call ended before its deadline")
		}
	})
}

// TestDeadlineCleared takes deadlines away from calls that wait.
func TestDeadlineCleared(t *testing.T) {
	eachBlocked(t, func(t *testing.T, b blocked) {
		if b.finish == nil {
			t.Skip("takes the kernel too long")
		}
		want(t, b.s.SetDeadline(time.Now().Add(time.Hour)), nil)
		done := begin(b.call)
		untilInWait(t, 1)
		want(t, b.s.SetDeadline(time.Time{}), nil)
		want(t, b.s.SetDeadline(time.Now().Add(2*time.Hour)), nil)
		b.finish()
		want(t, receive(t, done, "the end of the call").err, nil)
	})
}

// TestDeadlineAndTimeout has the earlier of the two end the call.
func TestDeadlineAndTimeout(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, _ := w.pair(t)
		for _, c := range []struct{ timeout, deadline time.Duration }{
			{soon, time.Hour}, {time.Hour, soon}, {time.Hour, -time.Hour},
		} {
			a.SetTimeout(c.timeout)
			want(t, a.SetReadDeadline(time.Now().Add(c.deadline)), nil)
			_, err := a.Recv(1)
			wantTimeout(t, err)
		}
		a.SetTimeout(0)
		_, err := a.Recv(1)
		want(t, err, sys.EAGAIN) // it never waits, so nothing ends its waiting
	})
}

// TestDeadlineDirections has a deadline end the calls of its direction only,
// and only those that must wait.
func TestDeadlineDirections(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.narrowPair(t)
		want(t, a.SetWriteDeadline(past), nil)
		send(t, a, "there is room")
		wantRecv(t, b, "there is room")
		reading := begin(func() (int, error) { return a.RecvInto(make([]byte, 8)) })
		untilInWait(t, 1)
		want(t, a.SetWriteDeadline(past), nil)
		send(t, b, "x")
		want(t, receive(t, reading, "data").err, nil)
		wantTimeout(t, a.SendAll(make([]byte, big)))

		want(t, a.SetReadDeadline(past), nil)
		want(t, a.SetWriteDeadline(time.Time{}), nil)
		send(t, b, "there is data")
		wantRecv(t, a, "there is data")
		_, err := a.Recv(1)
		wantTimeout(t, err)
		drain(t, b)
		send(t, a, "y")
		want(t, a.SetReadDeadline(time.Time{}), nil)
		send(t, b, "z")
		wantRecv(t, a, "z")
	})
}

// TestDeadlineDespiteProgress has SendAll end while its peer reads on.
func TestDeadlineDespiteProgress(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.narrowPair(t)
		reading := begin(func() (int, error) {
			p, n := make([]byte, 512), 0
			for {
				got, err := b.RecvInto(p)
				if n += got; got == 0 || err != nil {
					return n, err
				}
			}
		})
		want(t, a.SetWriteDeadline(time.Now().Add(soon)), nil)
		wantTimeout(t, a.SendAll(make([]byte, 64<<20)))
		want(t, a.Shutdown(fdsock.SHUT_WR), nil)
		want(t, receive(t, reading, "the end").err, nil)
	})
}

func TestDeadlineOfClosed(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, _ := w.pair(t)
		closeSocket(t, a)
		for _, set := range []func(time.Time) error{a.SetDeadline, a.SetReadDeadline, a.SetWriteDeadline} {
			wantClosed(t, set(past))
		}
	})
}

func TestDeadlineAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	worlds(t, func(t *testing.T, w *world) {
		a, _ := w.pair(t)
		p := make([]byte, 8)
		wantNoAllocs(t, func() {
			if err := a.SetDeadline(time.Now().Add(time.Microsecond)); err != nil {
				t.Fatal(err)
			}
			if _, err := a.RecvInto(p); !fdsock.TimeoutError(err) {
				t.Fatal(err)
			}
		})
	})
}
