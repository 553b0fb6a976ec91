//go:build linux

package pyselect

import (
	"fmt"
	"sync"
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
// with all its flags. It can be watched itself. A TLS socket in it is readable
// when plaintext waits, as everywhere.
//
// Any goroutine may call any method, also while others are in Poll.
type Epoll struct {
	handle *reactor.Handle

	mu     sync.Mutex
	tls    map[int]tlsEntry
	events []sys.EpollEvent
}

// tlsEntry is a registered TLS socket, and what it was asked for.
type tlsEntry struct {
	on     reactor.Tester
	events uint32
}

// NewEpoll makes an epoll object: select.epoll(flags=flags). The descriptor is
// not inherited by child processes.
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
	return EpollFromFD(fd)
}

// EpollFromFD makes an epoll object of an epoll descriptor, which belongs to
// it from then on: select.epoll.fromfd(fd).
func EpollFromFD(fd int) (*Epoll, error) {
	g, err := reactor.Default()
	if err != nil {
		return nil, err
	}
	h, err := g.Next().NewHandle(fd, "epoll")
	if err != nil {
		return nil, err
	}
	return &Epoll{handle: h, tls: make(map[int]tlsEntry)}, nil
}

// Fileno returns the descriptor, or -1 once closed.
func (e *Epoll) Fileno() int { return e.handle.Fileno() }

// Closed reports whether the object was closed.
func (e *Epoll) Closed() bool { return e.Fileno() < 0 }

// Close closes the descriptor. A Poll in progress ends with an error; closing
// again does nothing.
func (e *Epoll) Close() error { return e.handle.Close() }

// Register adds an object, for EPOLLIN | EPOLLPRI | EPOLLOUT if no events are
// given. It fails with EEXIST if its descriptor is there, EPERM if it cannot
// be watched, EINVAL for the epoll object itself.
func (e *Epoll) Register(o Object, events ...uint32) error {
	mask := uint32(EPOLLIN | EPOLLPRI | EPOLLOUT)
	if len(events) > 0 {
		mask = events[0]
	}
	return e.control("epoll.register", sys.EpollAdd, o, mask)
}

// Modify changes the events of an object; ENOENT if it is not registered.
func (e *Epoll) Modify(o Object, events uint32) error {
	return e.control("epoll.modify", sys.EpollMod, o, events)
}

// Unregister removes an object; ENOENT if it is not registered, EBADF if it
// is closed.
func (e *Epoll) Unregister(o Object) error {
	remove := func(epfd, fd int, _ uint32, _ uint64) Errno { return sys.EpollDel(epfd, fd) }
	return e.control("epoll.unregister", remove, o, 0)
}

func (e *Epoll) control(op string, do func(epfd, fd int, events uint32, data uint64) Errno, o Object, events uint32) error {
	fd := o.Fileno()
	if fd < 0 {
		return negative(fd)
	}
	if _, ok := e.handle.Acquire(); !ok {
		return errEpollClosed
	}
	defer e.handle.Release()
	e.mu.Lock()
	defer e.mu.Unlock()
	if errno := do(e.handle.Fileno(), fd, events, uint64(fd)); errno != 0 {
		return &Error{Op: op, FD: fd, Errno: errno}
	}
	delete(e.tls, fd)
	if on, ok := testerOf(o, fd); ok && events != 0 {
		e.tls[fd] = tlsEntry{on, events}
	}
	return nil
}

// testerOf finds the TLS socket behind an object.
func testerOf(o Object, fd int) (reactor.Tester, bool) {
	t, ok := pollableOf(o, fd).(reactor.Tester)
	return t, ok
}

// Poll waits until something is ready, or the timeout ([Forever] or any
// negative one for none) has passed, and returns at most maxEvents events, in
// the kernel's order. -1 is 1023.
func (e *Epoll) Poll(timeout time.Duration, maxEvents int) ([]PollEvent, error) {
	return e.PollInto(nil, timeout, maxEvents)
}

// PollInto is Poll, with the result appended to events[:0].
func (e *Epoll) PollInto(events []PollEvent, timeout time.Duration, maxEvents int) ([]PollEvent, error) {
	var c Call
	return c.Epoll(e, events, timeout, maxEvents)
}

// Epoll is e.PollInto.
func (c *Call) Epoll(e *Epoll, events []PollEvent, timeout time.Duration, maxEvents int) ([]PollEvent, error) {
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
		return nil, err
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

// fetch takes what is ready just now.
func (e *Epoll) fetch(events []PollEvent, maxEvents int) ([]PollEvent, reactor.Snapshot, error) {
	before, ok := e.handle.Acquire()
	if !ok {
		return events, before, errEpollClosed
	}
	defer e.handle.Release()
	e.mu.Lock()
	defer e.mu.Unlock()
	if cap(e.events) < maxEvents {
		e.events = make([]sys.EpollEvent, maxEvents)
	}
	n, errno := sys.EpollWait(e.handle.Fileno(), e.events[:maxEvents])
	if errno != 0 {
		return events, before, &Error{Op: "epoll.poll", FD: -1, Errno: errno}
	}
	for i := range n {
		ev := PollEvent{int(sys.EpollData(&e.events[i])), int(e.events[i].Events)}
		if t, ok := e.tls[ev.FD]; ok {
			ev.Events = t.judge(ev.Events)
		}
		if ev.Events != 0 {
			events = append(events, ev)
		}
	}
	return e.buffered(events, maxEvents), before, nil
}

// judge replaces what the kernel says of a TLS socket's input by the truth.
func (t tlsEntry) judge(events int) int {
	if t.on.Test(reactor.Input)&reactor.Input == 0 {
		events &^= EPOLLIN | EPOLLRDNORM
	}
	return events
}

// buffered adds the TLS sockets that hold plaintext, of which the kernel
// knows nothing.
func (e *Epoll) buffered(events []PollEvent, maxEvents int) []PollEvent {
	for fd, t := range e.tls {
		if len(events) >= maxEvents {
			break
		}
		if t.events&EPOLLIN == 0 || t.on.Readiness(reactor.Readable)&reactor.Readable == 0 || reported(events, fd) {
			continue
		}
		if t.on.Test(reactor.Input)&reactor.Readable != 0 {
			events = append(events, PollEvent{fd, EPOLLIN})
		}
	}
	return events
}

func reported(events []PollEvent, fd int) bool {
	for _, ev := range events {
		if ev.FD == fd && ev.Events&EPOLLIN != 0 {
			return true
		}
	}
	return false
}
