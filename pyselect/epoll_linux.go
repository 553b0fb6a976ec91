//go:build linux

package pyselect

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// The event bits of an Epoll, see epoll_ctl(2).
const (
	EPOLLIN        = 0x1
	EPOLLPRI       = 0x2
	EPOLLOUT       = 0x4
	EPOLLERR       = 0x8
	EPOLLHUP       = 0x10
	EPOLLRDNORM    = 0x40
	EPOLLRDBAND    = 0x80
	EPOLLWRNORM    = 0x100
	EPOLLWRBAND    = 0x200
	EPOLLMSG       = 0x400
	EPOLLRDHUP     = 0x2000
	EPOLLEXCLUSIVE = 1 << 28
	EPOLLWAKEUP    = 1 << 29
	EPOLLONESHOT   = 1 << 30
	EPOLLET        = 1 << 31

	// EPOLL_CLOEXEC is the only flag of NewEpoll, and always on.
	EPOLL_CLOEXEC = 0x80000
)

// defaultMaxEvents is what a maxevents of -1 means, Python's FD_SETSIZE - 1.
const defaultMaxEvents = 1023

// mostEvents is what one Poll returns at the most; more wait for the next.
const mostEvents = 1 << 16

// errEpollClosed is Python's ValueError on a closed epoll object.
var errEpollClosed = &ValueError{"I/O operation on closed epoll object"}

// Epoll is Python's epoll object: a kernel epoll descriptor of one's own,
// with all its flags and its rules: a descriptor that is closed leaves it
// without a word. It can be watched itself. A TLS socket in it is readable
// when plaintext waits, as everywhere.
//
// Any goroutine may call any method, also while others are in Poll.
type Epoll struct {
	*epollQueue
	closed atomic.Bool
}

// epollQueue is an epoll descriptor, and what is known of what is in it. The
// objects that EpollFromFD has made of one descriptor share it.
type epollQueue struct {
	handle *reactor.Handle

	mu     sync.Mutex
	events []sys.EpollEvent
	tls    tlsSet
}

// epollOwner is what the descriptor's number is known by.
type epollOwner struct {
	reactor.Pollable // the handle
	queue            *epollQueue
}

// NewEpoll makes an epoll object: select.epoll(flags=flags). The descriptor is
// not inherited by child processes. Flags other than EPOLL_CLOEXEC are EINVAL.
func NewEpoll(flags ...int) (*Epoll, error) {
	for _, f := range flags {
		if f&^EPOLL_CLOEXEC != 0 {
			return nil, &Error{Op: "epoll", FD: -1, Errno: sys.EINVAL}
		}
	}
	fd, errno := sys.EpollCreate()
	if errno != 0 {
		return nil, &Error{Op: "epoll", FD: -1, Errno: errno}
	}
	e, err := EpollFromFD(fd)
	if err != nil {
		sys.Close(fd)
	}
	return e, err
}

// NewEpollSize is [NewEpoll] with Python's sizehint: -1 or greater than 0, and
// otherwise ignored.
func NewEpollSize(sizehint int, flags ...int) (*Epoll, error) {
	if sizehint != -1 && sizehint <= 0 {
		return nil, &ValueError{"negative sizehint"}
	}
	return NewEpoll(flags...)
}

// EpollFromFD makes an epoll object of an epoll descriptor, which belongs to
// it from then on, unless it fails: select.epoll.fromfd(fd). The descriptor
// may be that of another Epoll: then both are one set, whichever is closed
// first closes it, and the other fails with EBADF.
func EpollFromFD(fd int) (*Epoll, error) {
	if owner, ok := reactor.Lookup(fd).(*epollOwner); ok {
		return &Epoll{epollQueue: owner.queue}, nil
	}
	g, err := reactor.Default()
	if err != nil {
		return nil, failed("epoll", fd, err)
	}
	h, err := g.Next().NewHandle(fd, "epoll")
	if err != nil {
		return nil, failed("epoll", fd, err)
	}
	q := &epollQueue{handle: h, tls: tlsSet{wake: h.Kick}}
	h.SetOwner(&epollOwner{h, q})
	return &Epoll{epollQueue: q}, nil
}

// Fileno returns the descriptor, or -1 once closed. Any goroutine.
func (e *Epoll) Fileno() int { return e.handle.Fileno() }

// Closed reports whether the object was closed. Any goroutine.
func (e *Epoll) Closed() bool { return e.closed.Load() }

// Close closes the descriptor. A Poll in progress ends with an error; closing
// again does nothing. Any goroutine.
func (e *Epoll) Close() error {
	if e.closed.Swap(true) {
		return nil
	}
	err := e.handle.Close()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tls.empty()
	return err
}

// enter begins a call that uses the descriptor, until e.handle.Release.
func (e *Epoll) enter(op string) (reactor.Snapshot, error) {
	if e.closed.Load() {
		return 0, errEpollClosed
	}
	before, ok := e.handle.Acquire()
	switch {
	case ok:
		return before, nil
	case e.closed.Load():
		return 0, errEpollClosed
	}
	return 0, &Error{Op: op, FD: -1, Errno: sys.EBADF} // its other owner has closed it
}

// Register adds an object, for EPOLLIN | EPOLLPRI | EPOLLOUT if no events are
// given. It fails with EEXIST if its descriptor is there, EPERM if it cannot
// be watched, as a regular file, EBADF if it is not open, EINVAL for the epoll
// object itself and for flags that do not go together. Any goroutine.
//
// Source: epoll_ctl(2).
func (e *Epoll) Register(o Object, events ...uint32) error {
	mask := uint32(EPOLLIN | EPOLLPRI | EPOLLOUT)
	if len(events) > 0 {
		mask = events[0]
	}
	return e.control("epoll.register", sys.EpollAdd, o, mask)
}

// Modify changes the events of an object, and arms it again after
// EPOLLONESHOT; ENOENT if it is not registered, EINVAL if it is with
// EPOLLEXCLUSIVE. Any goroutine.
func (e *Epoll) Modify(o Object, events uint32) error {
	return e.control("epoll.modify", sys.EpollMod, o, events)
}

// Unregister removes an object; ENOENT if it is not registered, EBADF if it
// is closed. Any goroutine.
func (e *Epoll) Unregister(o Object) error {
	remove := func(epfd, fd int, _ uint32, _ uint64) Errno { return sys.EpollDel(epfd, fd) }
	return e.control("epoll.unregister", remove, o, 0)
}

func (e *Epoll) control(op string, do func(epfd, fd int, events uint32, data uint64) Errno, o Object, events uint32) error {
	if e.closed.Load() {
		return errEpollClosed
	}
	fd, err := descriptorOf(o)
	if err != nil {
		return err
	}
	if _, err := e.enter(op); err != nil {
		return err
	}
	defer e.handle.Release()
	e.mu.Lock()
	defer e.mu.Unlock()
	if errno := do(e.handle.Fileno(), fd, events, uint64(fd)); errno != 0 {
		e.tls.purge()
		return &Error{Op: op, FD: fd, Errno: errno}
	}
	e.tls.set(o, fd, events)
	return nil
}

// Poll waits until something is ready, or the timeout has passed, and returns
// at most maxEvents events, in the kernel's order; -1 is 1023. The timeout is
// rounded up to whole milliseconds; [Forever], or any negative one, is none;
// one of 2^31 milliseconds or more is an [*OverflowError]. Any goroutine.
//
// Source: select.epoll.poll.
func (e *Epoll) Poll(timeout time.Duration, maxEvents int) ([]PollEvent, error) {
	return e.PollInto(nil, timeout, maxEvents)
}

// PollInto is Poll, with the result appended to events[:0].
func (e *Epoll) PollInto(events []PollEvent, timeout time.Duration, maxEvents int) ([]PollEvent, error) {
	var c Call
	return c.Epoll(e, events, timeout, maxEvents)
}

// PollContext is Poll that fails with the context's error when it would have
// to wait and the context has ended. Any goroutine.
func (e *Epoll) PollContext(ctx context.Context, timeout time.Duration, maxEvents int) ([]PollEvent, error) {
	c := Call{Context: ctx}
	return c.Epoll(e, nil, timeout, maxEvents)
}

// Epoll is e.PollInto.
func (c *Call) Epoll(e *Epoll, events []PollEvent, timeout time.Duration, maxEvents int) ([]PollEvent, error) {
	if e.closed.Load() {
		return nil, errEpollClosed
	}
	timeout, err := wholeMilliseconds(timeout)
	if err != nil {
		return nil, err
	}
	if maxEvents == -1 {
		maxEvents = defaultMaxEvents
	}
	if maxEvents < 1 {
		return nil, &ValueError{fmt.Sprintf("maxevents must be greater than 0, got %d", maxEvents)}
	}
	maxEvents = min(maxEvents, mostEvents)
	events, before, err := e.fetch(events[:0], maxEvents)
	if err != nil || len(events) > 0 || timeout == 0 {
		return events, err
	}
	deadline := c.deadline(timeout)
	if err := e.handle.Arm(); err != nil {
		return nil, failed("epoll.poll", -1, err)
	}
	waiter := reactor.NewWaiter()
	defer waiter.Release()
	waiter.Watch(e.handle, reactor.Input)
	for {
		e.handle.Clear(before, reactor.Input)
		inTime := true
		if e.handle.Readiness(reactor.Input) == 0 {
			if inTime, err = c.wait("epoll.poll", waiter, deadline); err != nil {
				return nil, err
			}
		}
		if events, before, err = e.fetch(events, maxEvents); err != nil || len(events) > 0 || !inTime {
			return events, err
		}
	}
}

// fetch takes what is ready just now. Where everything that the kernel gave
// was a TLS socket's that has nothing to say, it asks for more: what is left
// in the kernel's list has had its edge already.
func (e *Epoll) fetch(events []PollEvent, maxEvents int) ([]PollEvent, reactor.Snapshot, error) {
	before, err := e.enter("epoll.poll")
	if err != nil {
		return events, before, err
	}
	defer e.handle.Release()
	e.mu.Lock()
	defer e.mu.Unlock()
	if cap(e.events) < maxEvents {
		e.events = make([]sys.EpollEvent, maxEvents)
	}
	epfd := e.handle.Fileno()
	e.tls.round++
	for {
		n, errno := sys.EpollWait(epfd, e.events[:maxEvents])
		if errno != 0 {
			return events, before, &Error{Op: "epoll.poll", FD: -1, Errno: errno}
		}
		for i := range n {
			ev := PollEvent{int(sys.EpollData(&e.events[i])), int(e.events[i].Events)}
			if len(e.tls.entries) > 0 {
				ev.Events = e.tls.judge(epfd, ev, len(events))
			}
			if ev.Events != 0 {
				events = append(events, ev)
			}
		}
		if len(events) > 0 || n < maxEvents {
			break
		}
	}
	if len(e.tls.entries) > 0 {
		events = e.tls.buffered(epfd, events, maxEvents)
	}
	return events, before, nil
}
