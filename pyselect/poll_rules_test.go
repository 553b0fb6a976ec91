package pyselect_test

import (
	"errors"
	"math"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
)

//inventory:row test_poll.PollTests.test_poll3
//inventory:row test_poll.PollTests.test_poll_c_limits
func TestPollArguments(t *testing.T) {
	_, b := pair(t)
	p := newPoll(t, pyselect.POLLIN, b)
	const small, big = "value must be positive", "Python int too large for C unsigned short"
	fails[*pyselect.ValueError](t, p.Register(b, -1), small)
	fails[*pyselect.ValueError](t, p.Modify(b, -1), small)
	fails[*pyselect.OverflowError](t, p.Register(b, 1<<16), big)
	fails[*pyselect.OverflowError](t, p.Modify(b, math.MaxInt), big)
	must(t, p.Modify(b, 0xffff))
	for _, ms := range []time.Duration{1 << 31, 1 << 32, math.MaxInt64 / time.Millisecond} {
		fails[*pyselect.OverflowError](t, poll(p, ms*time.Millisecond).err, "timeout is too large")
	}
	fails[*pyselect.OverflowError](t, poll(p, (1<<31-1)*time.Millisecond+1).err, "timeout is too large")
}

//inventory:row test_poll.PollTests.test_poll_unit_tests
//inventory:row poll.modify unknown
//inventory:row poll.unregister unknown
func TestPollNoDescriptor(t *testing.T) {
	p := newPoll(t, 0)
	for _, call := range []func(o pyselect.Object) error{
		func(o pyselect.Object) error { return p.Register(o, 0) },
		func(o pyselect.Object) error { return p.Modify(o, 0) },
		p.Unregister,
	} {
		fails[*pyselect.TypeError](t, call(nil), "argument must be an int, or have a fileno() method.")
		fails[*pyselect.ValueError](t, call(pyselect.FD(-1)), "file descriptor cannot be a negative integer (-1)")
		if strconv.IntSize == 64 {
			one := 1
			big := one << 31
			fails[*pyselect.OverflowError](t, call(pyselect.FD(big)), "Python int too large to convert to C int")
		}
	}
	if err := p.Unregister(pyselect.FD(3)); !errors.Is(err, pyselect.ErrNotRegistered) {
		t.Error(err)
	}
	isErrno(t, p.Modify(pyselect.FD(3), pyselect.POLLIN), unix.ENOENT)
}

// TestPollRounding waits whole milliseconds, rounded up.
//
//inventory:row poll.poll rounding
func TestPollRounding(t *testing.T) {
	p := newPoll(t, 0)
	for _, timeout := range []time.Duration{1, 100 * time.Microsecond, time.Millisecond} {
		start := time.Now()
		poll(p, timeout).wants(t)
		if d := time.Since(start); d < time.Millisecond {
			t.Errorf("%v: returned after %v", timeout, d)
		}
	}
}

//inventory:row test_poll.PollTests.test_poll_blocks_with_negative_ms
func TestPollNegative(t *testing.T) {
	for _, timeout := range []time.Duration{-1, -time.Microsecond, -time.Hour, math.MinInt64} {
		r, w := pipe(t)
		p := newPoll(t, pyselect.POLLIN, r)
		waiting := beginPoll(t, func() (events, error) { return p.Poll(timeout) })
		write(t, w, "spam")
		receive(t, waiting, "the answer").wants(t, at(r, pyselect.POLLIN))
	}
}

//inventory:row test_poll.PollTests.test_poll_unit_tests
func TestPollInvalid(t *testing.T) {
	file := object(t)
	r, w := openPipe(t)
	closeBare(t, r)
	closeBare(t, w)
	p := newPoll(t, pyselect.POLLIN|pyselect.POLLPRI|pyselect.POLLOUT, r, file)
	for _, timeout := range []time.Duration{0, soon, pyselect.Forever} {
		poll(p, timeout).wants(t, at(r, pyselect.POLLNVAL), at(file, pyselect.POLLIN|pyselect.POLLOUT))
	}
	must(t, p.Unregister(r))
	must(t, p.Modify(file, 0))
	poll(p, soon).wants(t)
}

// TestPollUnasked reports errors and hang-ups to those who asked for nothing.
//
//inventory:row poll unasked events
func TestPollUnasked(t *testing.T) {
	for _, crowded := range []bool{false, true} {
		p := newPoll(t, 0)
		if crowded {
			crowd(t, p)
		}
		a, b := pair(t)
		r, w := openPipe(t)
		defer closeBare(t, r)
		defer closeBare(t, w)
		must(t, p.Register(b, 0))
		must(t, p.Register(r, 0))
		send(t, a, "x")
		write(t, w, "x")
		poll(p, 0).wants(t)
		waiting := beginPoll(t, forever(p))
		must(t, a.Close())
		receive(t, waiting, "the answer").wants(t, at(b, pyselect.POLLHUP))
		must(t, p.Unregister(b))
		r2, w2 := openPipe(t)
		defer closeBare(t, w2)
		must(t, p.Register(w2, 0))
		poll(p, 0).wants(t)
		closeBare(t, r2)
		poll(p, pyselect.Forever).wants(t, at(w2, pyselect.POLLERR))
	}
}

// TestPollMasks reports what was asked for, by each name the system has.
func TestPollMasks(t *testing.T) {
	a, b := pair(t)
	send(t, a, "x")
	for _, crowded := range []bool{false, true} {
		p := newPoll(t, 0)
		if crowded {
			crowd(t, p)
		}
		for _, mask := range []int{
			pyselect.POLLIN, pyselect.POLLOUT, pyselect.POLLIN | pyselect.POLLOUT, pyselect.POLLRDNORM, pyselect.POLLWRNORM,
			pyselect.POLLIN | pyselect.POLLRDNORM, pyselect.POLLPRI, pyselect.POLLRDHUP, 0, 0xffff,
		} {
			must(t, p.Register(b, mask))
			var want []pyselect.PollEvent
			if bits := raw(t, b, mask); bits != 0 {
				want = append(want, at(b, bits))
			}
			poll(p, 0).wants(t, want...)
		}
		must(t, p.Unregister(b))
	}
	must(t, a.Shutdown(fdsock.SHUT_WR))
	p := newPoll(t, pyselect.POLLRDHUP, b)
	poll(p, 0).wants(t, at(b, pyselect.POLLRDHUP))
	must(t, p.Modify(b, pyselect.POLLIN|pyselect.POLLRDHUP))
	poll(p, pyselect.Forever).wants(t, at(b, pyselect.POLLIN|pyselect.POLLRDHUP))
}

// raw asks poll(2) about one descriptor.
func raw(t *testing.T, o pyselect.Object, mask int) int {
	t.Helper()
	fds := []unix.PollFd{{Fd: int32(o.Fileno()), Events: int16(uint16(mask))}}
	pollRaw(t, fds)
	return int(uint16(fds[0].Revents))
}

// TestPollUrgent waits for urgent data.
func TestPollUrgent(t *testing.T) {
	g := newGroup(t, reactorConfig)
	a, b := tcpPairOn(t, g)
	p := newPoll(t, pyselect.POLLPRI, b)
	waiting := beginPoll(t, forever(p))
	send(t, a, "!", fdsock.MSG_OOB)
	receive(t, waiting, "the answer").wants(t, at(b, pyselect.POLLPRI))
	if _, err := b.Recv(1, fdsock.MSG_OOB); err != nil {
		t.Fatal(err)
	}
	poll(p, 0).wants(t)
}

// TestPollOrder answers in the order of registration, which registering again
// does not change.
//
//inventory:row poll.register again
//inventory:row poll.poll order
func TestPollOrder(t *testing.T) {
	for _, n := range []int{3, 30} {
		p := newPoll(t, 0)
		var want []pyselect.PollEvent
		var objects list
		for i := range n {
			a, b := pair(t)
			r, w := pipe(t)
			send(t, a, "x")
			write(t, w, "x")
			objects = append(objects, b, r)
			if i%2 == 1 {
				objects[2*i], objects[2*i+1] = r, b
			}
		}
		for _, o := range objects {
			must(t, p.Register(o, pyselect.POLLIN))
			want = append(want, at(o, pyselect.POLLIN))
		}
		poll(p, 0).wants(t, want...)
		must(t, p.Register(objects[0], pyselect.POLLIN))
		must(t, p.Modify(objects[1], pyselect.POLLIN))
		poll(p, 0).wants(t, want...)
		must(t, p.Unregister(objects[0]))
		must(t, p.Register(objects[0], pyselect.POLLIN))
		poll(p, 0).wants(t, append(want[1:], want[0])...)
		if p.Len() != 2*n {
			t.Error(p.Len())
		}
	}
}

// TestPollUnregisterMany takes entries out from everywhere.
func TestPollUnregisterMany(t *testing.T) {
	rnd := seeded(t)
	p := newPoll(t, 0)
	var all []*fdsock.Socket
	for range 60 {
		a, b := pair(t)
		send(t, a, "x")
		must(t, p.Register(b, pyselect.POLLIN))
		all = append(all, b)
	}
	for len(all) > 0 {
		i := rnd.IntN(len(all))
		must(t, p.Unregister(all[i]))
		all = append(all[:i], all[i+1:]...)
		var want []pyselect.PollEvent
		for _, s := range all {
			want = append(want, at(s, pyselect.POLLIN))
		}
		poll(p, 0).wants(t, want...)
	}
}
