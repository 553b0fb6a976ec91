package pyselect_test

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

// reactorConfig is that of the tests' own groups.
var reactorConfig = reactor.Config{Loops: 2}

//inventory:row test_poll.PollTests.test_poll1
func TestPollPipes(t *testing.T) {
	rnd := seeded(t)
	p := newPoll(t, 0)
	peer := make(map[int]pyselect.FD)
	for range 12 {
		r, w := openPipe(t)
		must(t, p.Register(r))
		must(t, p.Modify(r, pyselect.POLLIN))
		must(t, p.Register(w, pyselect.POLLOUT))
		peer[int(w)], peer[int(r)] = r, w
	}
	pick := func(bit int) pyselect.FD {
		var found []pyselect.FD
		got := poll(p, pyselect.Forever)
		must(t, got.err)
		for _, ev := range got.events {
			if ev.Events&bit != 0 {
				found = append(found, pyselect.FD(ev.FD))
			}
		}
		if len(found) == 0 {
			t.Fatalf("nothing has %#x in %v", bit, got.events)
		}
		return found[rnd.IntN(len(found))]
	}
	for n := 12; n > 0; n-- {
		w := pick(pyselect.POLLOUT)
		write(t, w, "a message")
		r := pick(pyselect.POLLIN)
		if r != peer[int(w)] || read(t, r) != "a message" {
			t.Fatal("it is another that can be read")
		}
		closeBare(t, w)
		closeBare(t, r)
		must(t, p.Unregister(w))
		must(t, p.Unregister(r))
	}
	if p.Len() != 0 {
		t.Error(p.Len())
	}
}

//inventory:row test_poll.PollTests.test_poll2
//inventory:row test_select.SelectTestCase.test_select
func TestChildOutput(t *testing.T) {
	cmd := exec.Command("sh", "-c", "for i in 1 2 3 4 5; do echo testing; sleep 0.01; done")
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	fd := pyselect.FD(out.(*os.File).Fd())
	must(t, unix.SetNonblock(int(fd), true))
	p := newPoll(t, pyselect.POLLIN, fd)
	text := ""
	for i, ended := 0, false; !ended; i++ {
		if i%2 == 0 {
			got := poll(p, pyselect.Forever)
			must(t, got.err)
			if len(got.events) != 1 || got.events[0].FD != int(fd) {
				t.Fatal(got.events)
			}
		} else {
			ask(list{fd}, nil, nil, patience).wants(t, list{fd}, nil, nil)
		}
		line := read(t, fd)
		text += line
		ended = line == ""
	}
	if text != "testing\ntesting\ntesting\ntesting\ntesting\n" {
		t.Errorf("read %q", text)
	}
	must(t, cmd.Wait())
}

//inventory:row test_poll.PollTests.test_threaded_poll
func TestPollConcurrent(t *testing.T) {
	r, w := pipe(t)
	p := newPoll(t, pyselect.POLLIN)
	var dups []pyselect.FD
	for range 10 {
		fd, err := unix.FcntlInt(uintptr(r), unix.F_DUPFD_CLOEXEC, 0)
		must(t, err)
		defer unix.Close(fd)
		dups = append(dups, pyselect.FD(fd))
		must(t, p.Register(pyselect.FD(fd), pyselect.POLLIN))
	}
	waiting := beginPoll(t, forever(p))
	for _, fd := range dups {
		must(t, p.Unregister(fd))
	}
	if _, err := p.Poll(0); !errors.Is(err, pyselect.ErrConcurrentPoll) {
		t.Error(err)
	}
	must(t, p.Register(w, pyselect.POLLOUT))
	receive(t, waiting, "the answer").wants(t, at(w, pyselect.POLLOUT))
	poll(p, 0).wants(t, at(w, pyselect.POLLOUT))
}

// TestPollRegisterWhileWaiting takes effect at once: sockets, bare descriptors
// and new masks.
func TestPollRegisterWhileWaiting(t *testing.T) {
	p := newPoll(t, pyselect.POLLIN)
	a, b := pair(t)
	r, w := pipe(t)
	for range 5 {
		waiting := beginPoll(t, forever(p))
		must(t, p.Register(b, pyselect.POLLIN))
		send(t, a, "x")
		receive(t, waiting, "the answer").wants(t, at(b, pyselect.POLLIN))
		recv(t, b)
		waiting = beginPoll(t, forever(p))
		must(t, p.Register(r, pyselect.POLLIN))
		write(t, w, "x")
		receive(t, waiting, "the answer").wants(t, at(r, pyselect.POLLIN))
		read(t, r)
		waiting = beginPoll(t, forever(p))
		must(t, p.Modify(b, pyselect.POLLOUT))
		receive(t, waiting, "the answer").wants(t, at(b, pyselect.POLLOUT))
		must(t, p.Unregister(b))
		must(t, p.Unregister(r))
	}
}

// TestPollCloseEndsWait has Close end a Poll in progress, and every call after.
func TestPollCloseEndsWait(t *testing.T) {
	const text = "I/O operation on closed poll object"
	_, b := pair(t)
	r, _ := pipe(t)
	for _, objects := range []list{nil, {b}, {r}, {b, r}} {
		p := newPoll(t, pyselect.POLLIN, objects...)
		waiting := beginPoll(t, forever(p))
		p.Close()
		fails[*pyselect.ValueError](t, receive(t, waiting, "the answer").err, text)
		fails[*pyselect.ValueError](t, poll(p, 0).err, text)
		fails[*pyselect.ValueError](t, p.Register(b), text)
		fails[*pyselect.ValueError](t, p.Modify(b, 0), text)
		fails[*pyselect.ValueError](t, p.Unregister(b), text)
		if n := p.Len(); n != 0 {
			t.Error(n, "are registered")
		}
		p.Close()
	}
}

//inventory:row test_select.SelectTestCase.test_disallow_instantiation
func TestPollNotInstantiated(t *testing.T) {
	const text = "cannot create 'select.poll' instances"
	var p pyselect.Poll
	fails[*pyselect.TypeError](t, p.Register(pyselect.FD(0)), text)
	fails[*pyselect.TypeError](t, p.Modify(pyselect.FD(0), 0), text)
	fails[*pyselect.TypeError](t, p.Unregister(pyselect.FD(0)), text)
	fails[*pyselect.TypeError](t, poll(&p, 0).err, text)
	p.Close()
}

// TestPollSocketClosedWhileWaiting wakes the waiter with POLLNVAL.
func TestPollSocketClosedWhileWaiting(t *testing.T) {
	for _, crowded := range []bool{false, true} {
		_, b := pair(t)
		fd := b.Fileno()
		p := newPoll(t, pyselect.POLLIN, b)
		if crowded {
			crowd(t, p)
		}
		waiting := beginPoll(t, forever(p))
		must(t, b.Close())
		receive(t, waiting, "the answer").wants(t, pyselect.PollEvent{FD: fd, Events: pyselect.POLLNVAL})
	}
}

// TestPollNumberReused answers for whoever has the number now.
func TestPollNumberReused(t *testing.T) {
	for _, crowded := range []bool{false, true} {
		p := newPoll(t, pyselect.POLLIN)
		if crowded {
			crowd(t, p)
		}
		_, b := pair(t)
		r, w := pipe(t)
		fd := b.Fileno()
		must(t, p.Register(b, pyselect.POLLIN))
		must(t, b.Close())
		poll(p, 0).wants(t, pyselect.PollEvent{FD: fd, Events: pyselect.POLLNVAL})
		// A bare descriptor comes to have the number,
		if got, err := unix.FcntlInt(uintptr(r), unix.F_DUPFD_CLOEXEC, fd); err != nil || got != fd {
			t.Fatal("the number went to somebody else", got, err)
		}
		poll(p, 0).wants(t)
		write(t, w, "x")
		poll(p, pyselect.Forever).wants(t, pyselect.PollEvent{FD: fd, Events: pyselect.POLLIN})
		must(t, unix.Close(fd))
		c, d := pair(t) // then another socket
		if c.Fileno() != fd && d.Fileno() != fd {
			t.Skip("the number went to somebody else")
		}
		if c.Fileno() == fd {
			c, d = d, c
		}
		poll(p, 0).wants(t)
		waiting := beginPoll(t, forever(p))
		send(t, c, "x")
		receive(t, waiting, "the answer").wants(t, at(d, pyselect.POLLIN))
	}
}

// TestPollFaults surfaces errors under poll's name.
func TestPollFaults(t *testing.T) {
	onDefault(t)
	r, _ := pipe(t)
	for _, f := range []struct {
		op   sys.Op
		skip int
	}{{sys.OpPoll, 0}, {sys.OpQueueCreate, 0}, {sys.OpQueueControl, 0}, {sys.OpQueueControl, 1}} {
		p := newPoll(t, pyselect.POLLIN, r)
		pair(t) // the default group runs
		hit := failOnce(t, f.op, f.skip, sys.ENOMEM)
		_, err := p.Poll(soon)
		isErrno(t, err, unix.ENOMEM)
		var e *pyselect.Error
		if errors.As(err, &e) && e.Op != "poll" {
			t.Errorf("%v: error is of %q", f.op, e.Op)
		}
		if !hit() {
			t.Error("the call was not made")
		}
	}
}

// TestPollAllocations allows none into the caller's slice.
func TestPollAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	a, b := pair(t)
	for _, crowded := range []bool{false, true} {
		p := newPoll(t, pyselect.POLLIN, b)
		if crowded {
			crowd(t, p)
		}
		var ev events
		var err error
		wantAllocs(t, 0, func() {
			if ev, err = p.PollInto(ev, 0); err != nil || len(ev) != 0 {
				t.Fatal(ev, err)
			}
		})
		wantAllocs(t, 0, func() {
			if ev, err = p.PollInto(ev, 1000); err != nil || len(ev) != 0 {
				t.Fatal(ev, err)
			}
		})
		send(t, a, "x")
		wantAllocs(t, 0, func() {
			if ev, err = p.PollInto(ev, pyselect.Forever); err != nil || len(ev) != 1 {
				t.Fatal(ev, err)
			}
		})
		recv(t, b)
		msg, buf := []byte{1}, make([]byte, 8)
		sends, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for range sends {
				_, _ = a.Send(msg)
			}
		}()
		wantAllocs(t, 0, func() {
			sends <- struct{}{}
			if ev, err = p.PollInto(ev, pyselect.Forever); err != nil || len(ev) != 1 {
				t.Fatal(ev, err)
			}
			_, _ = b.RecvInto(buf)
		})
		close(sends)
		<-done
	}
}

// TestPollFixed has everything change while a Fixed poll waits: it goes on with
// what it began with, is the only one, and the next one has what came.
func TestPollFixed(t *testing.T) {
	r, w := pipe(t)
	a, b := pair(t)
	p := newPoll(t, pyselect.POLLIN, r, b)
	for range 20 {
		waiting := beginPoll(t, fixed(p))
		must(t, p.Unregister(r))
		must(t, p.Unregister(b))
		must(t, p.Register(w, pyselect.POLLOUT))
		must(t, p.Modify(w, pyselect.POLLOUT|pyselect.POLLIN))
		if _, err := p.Poll(0); !errors.Is(err, pyselect.ErrConcurrentPoll) {
			t.Fatal(err)
		}
		if n := p.Len(); n != 1 {
			t.Errorf("%d are registered", n)
		}
		send(t, a, "x")
		receive(t, waiting, "the answer").wants(t, at(b, pyselect.POLLIN))
		poll(p, 0).wants(t, at(w, pyselect.POLLOUT))
		recv(t, b)
		must(t, p.Unregister(w))
		must(t, p.Register(r, pyselect.POLLIN))
		must(t, p.Register(b, pyselect.POLLIN))
	}
	waiting := beginPoll(t, fixed(p))
	must(t, p.Unregister(r))
	p.Close()
	if got := receive(t, waiting, "the end"); got.err == nil {
		t.Error(got)
	}
}
