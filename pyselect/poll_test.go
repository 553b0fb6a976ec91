package pyselect_test

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
)

//inventory:row poll.poll level
func TestPollLevel(t *testing.T) {
	a, b := pair(t)
	p := pyselect.NewPoll()
	defer p.Close()
	if err := p.Register(b, pyselect.POLLIN); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Poll(0); err != nil || len(got) != 0 {
		t.Fatal(got, err)
	}
	if _, err := a.Send([]byte("x")); err != nil {
		t.Fatal(err)
	}
	for range 3 { // level: as long as it is not read
		got, err := p.Poll(0)
		if err != nil || len(got) != 1 || got[0] != (pyselect.PollEvent{FD: b.Fileno(), Events: pyselect.POLLIN}) {
			t.Fatal(got, err)
		}
	}
	if err := p.Modify(b, pyselect.POLLOUT); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Poll(0); err != nil || len(got) != 1 || got[0].Events != pyselect.POLLOUT {
		t.Fatal(got, err)
	}
	if err := p.Modify(a, pyselect.POLLOUT); !errors.Is(err, unix.ENOENT) {
		t.Fatal(err)
	}
	if err := p.Unregister(a); !errors.Is(err, pyselect.ErrNotRegistered) {
		t.Fatal(err)
	}
	if err := p.Unregister(b); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Poll(time.Millisecond); err != nil || len(got) != 0 {
		t.Fatal(got, err)
	}
}

//inventory:row poll.poll closed fd
func TestPollClosedAndReused(t *testing.T) {
	_, b := pair(t)
	p := pyselect.NewPoll()
	defer p.Close()
	fd := b.Fileno()
	if err := p.Register(pyselect.FD(fd), pyselect.POLLIN); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := p.Poll(pyselect.Forever)
	if err != nil || len(got) != 1 || got[0] != (pyselect.PollEvent{FD: fd, Events: pyselect.POLLNVAL}) {
		t.Fatal(got, err)
	}
}

func BenchmarkPollOneReadyOf1000(b *testing.B) {
	p := pyselect.NewPoll()
	defer p.Close()
	for i := range 1000 {
		x, y, err := fdsock.SocketPair()
		if err != nil {
			b.Fatal(err)
		}
		defer x.Close()
		defer y.Close()
		if err := p.Register(y, pyselect.POLLIN); err != nil {
			b.Fatal(err)
		}
		if i == 500 {
			if _, err := x.Send([]byte("x")); err != nil {
				b.Fatal(err)
			}
		}
	}
	var events []pyselect.PollEvent
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if events, err = p.PollInto(events, 0); err != nil || len(events) != 1 {
			b.Fatal(events, err)
		}
	}
}
