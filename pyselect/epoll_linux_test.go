//go:build linux

package pyselect_test

import (
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
)

const closedEpoll = "I/O operation on closed epoll object"

func newEpoll(tb testing.TB, mask uint32, objects ...pyselect.Object) *pyselect.Epoll {
	tb.Helper()
	e, err := pyselect.NewEpoll()
	must(tb, err)
	tb.Cleanup(func() { must(tb, e.Close()) })
	for _, o := range objects {
		must(tb, e.Register(o, mask))
	}
	return e
}

// epoll calls Poll and sorts what comes.
func epoll(e *pyselect.Epoll, timeout time.Duration, most int) polled {
	ev, err := e.Poll(timeout, most)
	slices.SortFunc(ev, func(a, b pyselect.PollEvent) int { return a.FD - b.FD })
	return polled{ev, err}
}

//inventory:row test_epoll.TestEPoll.test_create
//inventory:row test_epoll.TestEPoll.test_close
//inventory:row test_epoll.TestEPoll.test_context_manager
//inventory:row test_epoll.TestEPoll.test_fd_non_inheritable
func TestEpollLife(t *testing.T) {
	for _, open := range []func() (*pyselect.Epoll, error){
		func() (*pyselect.Epoll, error) { return pyselect.NewEpoll() },
		func() (*pyselect.Epoll, error) { return pyselect.NewEpoll(0) },
		func() (*pyselect.Epoll, error) { return pyselect.NewEpoll(pyselect.EPOLL_CLOEXEC) },
		func() (*pyselect.Epoll, error) { return pyselect.NewEpollSize(16) },
		func() (*pyselect.Epoll, error) { return pyselect.NewEpollSize(-1, pyselect.EPOLL_CLOEXEC) },
	} {
		e, err := open()
		must(t, err)
		func() {
			defer e.Close()
			if e.Closed() || e.Fileno() < 0 {
				t.Error("closed from the beginning")
			}
			if flags, err := unix.FcntlInt(uintptr(e.Fileno()), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
				t.Error("inheritable", err)
			}
		}()
		if !e.Closed() || e.Fileno() != -1 {
			t.Error("not closed")
		}
		f := pyselect.FD(0)
		fails[*pyselect.ValueError](t, e.Register(f), closedEpoll)
		fails[*pyselect.ValueError](t, e.Modify(f, pyselect.EPOLLIN), closedEpoll)
		fails[*pyselect.ValueError](t, e.Unregister(f), closedEpoll)
		fails[*pyselect.ValueError](t, epoll(e, time.Second, 0).err, closedEpoll)
		must(t, e.Close())
	}
}

//inventory:row test_epoll.TestEPoll.test_badcreate
//inventory:row test_epoll.TestEPoll.test_errors
func TestEpollBadCreate(t *testing.T) {
	for _, hint := range []int{0, -2} {
		_, err := pyselect.NewEpollSize(hint)
		fails[*pyselect.ValueError](t, err, "negative sizehint")
	}
	_, err := pyselect.NewEpoll(12356)
	isErrno(t, err, unix.EINVAL)
	fails[*pyselect.ValueError](t, newEpoll(t, 0).Register(pyselect.FD(-1), pyselect.EPOLLIN), "file descriptor cannot be a negative integer (-1)")
	_, err = pyselect.EpollFromFD(-1)
	isErrno(t, err, unix.EBADF)
}

// TestEpollCreateFails leaves no descriptor behind.
func TestEpollCreateFails(t *testing.T) {
	must(t, shutdownDefault())
	leak.Check(t)
	for skip := range 2 { // the object's own, and that of the default group
		hit := failOnce(t, sys.OpQueueCreate, skip, sys.EMFILE)
		_, err := pyselect.NewEpoll()
		isErrno(t, err, unix.EMFILE)
		if !hit() {
			t.Error("the call was not made")
		}
	}
}

//inventory:row test_epoll.TestEPoll.test_add
func TestEpollAdd(t *testing.T) {
	a, b := pair(t)
	const mask = pyselect.EPOLLIN | pyselect.EPOLLOUT
	newEpoll(t, mask, a, b)
	newEpoll(t, mask, pyselect.FD(a.Fileno()), pyselect.FD(b.Fileno()))
	e := newEpoll(t, mask, a)
	fails[*pyselect.TypeError](t, e.Register(nil, mask), "argument must be an int, or have a fileno() method.")
	fails[*pyselect.ValueError](t, e.Register(pyselect.FD(-1), mask), "")
	if strconv.IntSize == 64 {
		fails[*pyselect.OverflowError](t, e.Register(pyselect.FD(math.MaxInt), mask), "Python int too large to convert to C int")
	}
	isErrno(t, e.Register(pyselect.FD(1<<20), mask), unix.EBADF)
	isErrno(t, e.Register(a, mask), unix.EEXIST)
	isErrno(t, e.Modify(b, mask), unix.ENOENT)
	isErrno(t, e.Unregister(b), unix.ENOENT)
	isErrno(t, e.Register(e, mask), unix.EINVAL)
	isErrno(t, e.Register(object(t), mask), unix.EPERM)
	must(t, e.Register(b, mask|pyselect.EPOLLEXCLUSIVE))
	isErrno(t, e.Modify(b, mask), unix.EINVAL)
}

//inventory:row test_epoll.TestEPoll.test_fromfd
func TestEpollFromFD(t *testing.T) {
	a, b := pair(t)
	one := newEpoll(t, 0)
	two, err := pyselect.EpollFromFD(one.Fileno())
	must(t, err)
	must(t, two.Register(a, pyselect.EPOLLIN|pyselect.EPOLLOUT))
	must(t, two.Register(b, pyselect.EPOLLIN|pyselect.EPOLLOUT))
	for _, e := range []*pyselect.Epoll{one, two} {
		if got := epoll(e, time.Second, 4); len(got.events) != 2 || got.err != nil {
			t.Error(got)
		}
	}
	must(t, one.Close())
	isErrno(t, epoll(two, time.Second, 4).err, unix.EBADF)
	isErrno(t, two.Register(a), unix.EBADF)
	must(t, two.Close())
	fails[*pyselect.ValueError](t, epoll(two, 0, -1).err, closedEpoll)

	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	must(t, err)
	adopted, err := pyselect.EpollFromFD(fd)
	must(t, err)
	must(t, adopted.Register(a, pyselect.EPOLLIN))
	waiting := beginPoll(t, func() (events, error) { return adopted.Poll(pyselect.Forever, -1) })
	send(t, b, "x")
	receive(t, waiting, "the answer").wants(t, at(a, pyselect.EPOLLIN))
	must(t, adopted.Close())
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != unix.EBADF {
		t.Error("the descriptor was not closed", err)
	}
}

//inventory:row test_epoll.TestEPoll.test_control_and_wait
func TestEpollControlAndWait(t *testing.T) {
	const in, out = pyselect.EPOLLIN, pyselect.EPOLLOUT
	a, b := pair(t)
	e := newEpoll(t, in|out|pyselect.EPOLLET, a, b)
	both := func(bits int) events { return events{at(a, bits), at(b, bits)} }
	epoll(e, time.Second, 4).wants(t, both(out)...)
	epoll(e, soon, 4).wants(t)
	send(t, a, "Hello!")
	send(t, b, "world!!!")
	epoll(e, time.Second, 4).wants(t, both(in|out)...)
	epoll(e, 0, 4).wants(t)
	must(t, e.Unregister(a))
	must(t, e.Modify(b, out))
	epoll(e, time.Second, 4).wants(t, at(b, out))
}

//inventory:row test_epoll.TestEPoll.test_unregister_closed
func TestEpollUnregisterClosed(t *testing.T) {
	_, b := pair(t)
	fd := pyselect.FD(b.Fileno())
	e := newEpoll(t, pyselect.EPOLLOUT, b)
	epoll(e, time.Second, 4).wants(t, at(b, pyselect.EPOLLOUT))
	must(t, b.Close())
	isErrno(t, e.Unregister(fd), unix.EBADF)
	epoll(e, 0, 4).wants(t)
}

// TestEpollFlags are the modes of a registration.
//
//inventory:row epoll modes
func TestEpollFlags(t *testing.T) {
	const in = pyselect.EPOLLIN
	a, b := pair(t)
	e := newEpoll(t, in, b)
	send(t, a, "x")
	for range 3 { // level
		epoll(e, pyselect.Forever, -1).wants(t, at(b, in))
	}
	must(t, e.Modify(b, in|pyselect.EPOLLET))
	epoll(e, pyselect.Forever, -1).wants(t, at(b, in))
	epoll(e, soon, -1).wants(t)
	must(t, e.Modify(b, in|pyselect.EPOLLONESHOT))
	epoll(e, pyselect.Forever, -1).wants(t, at(b, in))
	epoll(e, soon, -1).wants(t)
	must(t, e.Modify(b, in|pyselect.EPOLLONESHOT|pyselect.EPOLLWAKEUP))
	epoll(e, 0, -1).wants(t, at(b, in))
	must(t, e.Unregister(b))
	must(t, e.Register(b, in|pyselect.EPOLLRDHUP))
	must(t, a.Shutdown(fdsock.SHUT_WR))
	epoll(e, 0, -1).wants(t, at(b, in|pyselect.EPOLLRDHUP))
	must(t, a.Close())
	must(t, e.Modify(b, 0))
	if got := epoll(e, 0, -1); len(got.events) != 1 || got.events[0].Events&pyselect.EPOLLHUP == 0 {
		t.Error(got)
	}
	_, c := pair(t)
	one, two := newEpoll(t, in|pyselect.EPOLLEXCLUSIVE, c), newEpoll(t, in|pyselect.EPOLLEXCLUSIVE, c)
	must(t, c.Shutdown(fdsock.SHUT_RD))
	for _, e := range []*pyselect.Epoll{one, two} {
		epoll(e, 0, -1).wants(t, at(c, in))
	}
}

// TestEpollMaxEvents returns no more, and forgets nothing.
//
//inventory:row epoll maxevents
func TestEpollMaxEvents(t *testing.T) {
	e := newEpoll(t, 0)
	for _, most := range []int{0, -2, math.MinInt} {
		fails[*pyselect.ValueError](t, epoll(e, 0, most).err, "")
	}
	seen := map[int]bool{}
	for range 5 {
		_, b := pair(t)
		must(t, e.Register(b, pyselect.EPOLLOUT))
	}
	for range 5 {
		got := epoll(e, pyselect.Forever, 1)
		if must(t, got.err); len(got.events) != 1 {
			t.Fatal(got.events)
		}
		seen[got.events[0].FD] = true
	}
	if len(seen) != 5 {
		t.Error("the kernel's order was not kept:", seen)
	}
	for _, most := range []int{-1, 5, math.MaxInt} {
		if got := epoll(e, 0, most); len(got.events) != 5 {
			t.Error(most, got)
		}
	}
}

// TestEpollTimeouts are whole milliseconds, rounded up; negative ones are none.
//
//inventory:row epoll timeout
func TestEpollTimeouts(t *testing.T) {
	a, b := pair(t)
	e := newEpoll(t, pyselect.EPOLLIN, b)
	for _, timeout := range []time.Duration{1, 100 * time.Microsecond, 1500 * time.Microsecond} {
		start := time.Now()
		epoll(e, timeout, -1).wants(t)
		if d := time.Since(start); d < (timeout + time.Millisecond - 1).Truncate(time.Millisecond) {
			t.Errorf("%v: returned after %v", timeout, d)
		}
	}
	fails[*pyselect.OverflowError](t, epoll(e, 2147484*time.Second, -1).err, "timeout is too large")
	waiting := beginPoll(t, func() (events, error) { return e.Poll(-time.Hour, -1) })
	send(t, a, "x")
	receive(t, waiting, "the answer").wants(t, at(b, pyselect.EPOLLIN))
}

// TestEpollRegisterWhileWaiting and Close take effect at once, for all waiters.
func TestEpollRegisterWhileWaiting(t *testing.T) {
	e := newEpoll(t, 0)
	forever := func() (events, error) { return e.Poll(pyselect.Forever, -1) }
	one, two := beginPoll(t, forever), beginPoll(t, forever)
	a, b := pair(t)
	must(t, e.Register(b, pyselect.EPOLLIN))
	send(t, a, "x")
	receive(t, one, "the first answer").wants(t, at(b, pyselect.EPOLLIN))
	receive(t, two, "the second answer").wants(t, at(b, pyselect.EPOLLIN))
	recv(t, b)
	one, two = beginPoll(t, forever), beginPoll(t, forever)
	must(t, e.Close())
	fails[*pyselect.ValueError](t, receive(t, one, "the first answer").err, closedEpoll)
	fails[*pyselect.ValueError](t, receive(t, two, "the second answer").err, closedEpoll)
}

// TestEpollIsPollable watches the object itself.
//
//inventory:row epoll pollable
func TestEpollIsPollable(t *testing.T) {
	a, b := pair(t)
	e := newEpoll(t, pyselect.EPOLLIN, b)
	outer := newEpoll(t, pyselect.EPOLLIN, e)
	p := newPoll(t, pyselect.POLLIN, e)
	ask(list{e}, nil, nil, 0).wants(t, nil, nil, nil)
	waiting := beginPoll(t, forever(p))
	send(t, a, "x")
	receive(t, waiting, "the answer").wants(t, at(e, pyselect.POLLIN))
	ask(list{e}, nil, nil, pyselect.Forever).wants(t, list{e}, nil, nil)
	epoll(outer, pyselect.Forever, -1).wants(t, at(e, pyselect.EPOLLIN))
}
