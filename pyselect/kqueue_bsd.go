//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package pyselect

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/pollux-net/pollux/internal/poller"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// The filters and flags of a Kqueue, with the platform's values.
const (
	KQ_FILTER_READ   = sys.EVFILT_READ
	KQ_FILTER_WRITE  = sys.EVFILT_WRITE
	KQ_FILTER_AIO    = sys.EVFILT_AIO
	KQ_FILTER_VNODE  = sys.EVFILT_VNODE
	KQ_FILTER_PROC   = sys.EVFILT_PROC
	KQ_FILTER_SIGNAL = sys.EVFILT_SIGNAL
	KQ_FILTER_TIMER  = sys.EVFILT_TIMER

	KQ_EV_ADD      = sys.EV_ADD
	KQ_EV_DELETE   = sys.EV_DELETE
	KQ_EV_ENABLE   = sys.EV_ENABLE
	KQ_EV_DISABLE  = sys.EV_DISABLE
	KQ_EV_ONESHOT  = sys.EV_ONESHOT
	KQ_EV_CLEAR    = sys.EV_CLEAR
	KQ_EV_SYSFLAGS = sys.EV_SYSFLAGS
	KQ_EV_FLAG1    = sys.EV_FLAG1
	KQ_EV_EOF      = sys.EV_EOF
	KQ_EV_ERROR    = sys.EV_ERROR

	KQ_NOTE_LOWAT    = sys.NOTE_LOWAT
	KQ_NOTE_DELETE   = sys.NOTE_DELETE
	KQ_NOTE_WRITE    = sys.NOTE_WRITE
	KQ_NOTE_EXTEND   = sys.NOTE_EXTEND
	KQ_NOTE_ATTRIB   = sys.NOTE_ATTRIB
	KQ_NOTE_LINK     = sys.NOTE_LINK
	KQ_NOTE_RENAME   = sys.NOTE_RENAME
	KQ_NOTE_REVOKE   = sys.NOTE_REVOKE
	KQ_NOTE_EXIT     = sys.NOTE_EXIT
	KQ_NOTE_FORK     = sys.NOTE_FORK
	KQ_NOTE_EXEC     = sys.NOTE_EXEC
	KQ_NOTE_TRACK    = sys.NOTE_TRACK
	KQ_NOTE_CHILD    = sys.NOTE_CHILD
	KQ_NOTE_TRACKERR = sys.NOTE_TRACKERR
)

// mostKevents is what one Control returns at the most.
const mostKevents = 1 << 16

// errKqueueClosed is Python's ValueError on a closed kqueue object.
var errKqueueClosed = &ValueError{"I/O operation on closed kqueue object"}

// Kqueue is Python's kqueue object: a kernel queue of one's own. What it says
// is the kernel's word, for TLS sockets too.
//
// Any goroutine may call any method, also while others are in Control.
type Kqueue struct {
	*kqueueQueue
	closed atomic.Bool
}

// kqueueQueue is a kqueue's descriptor and what is known of what is in it. The
// objects that KqueueFromFD has made of one descriptor share it.
type kqueueQueue struct {
	handle *reactor.Handle
	set    keventSet
}

// kqueueOwner is what the descriptor's number is known by.
type kqueueOwner struct {
	reactor.Pollable // the handle
	queue            *kqueueQueue
}

// NewKqueue makes a kqueue object: select.kqueue(). Child processes do not
// inherit it. Any goroutine.
func NewKqueue() (*Kqueue, error) {
	fd, errno := sys.Kqueue()
	if errno != 0 {
		return nil, &Error{Op: "kqueue", FD: -1, Errno: errno}
	}
	k, err := KqueueFromFD(fd)
	if err != nil {
		sys.Close(fd)
	}
	return k, err
}

// KqueueFromFD makes a kqueue object of a kqueue's descriptor, which belongs
// to it from then on, unless it fails: select.kqueue.fromfd(fd). The
// descriptor may be that of another Kqueue: then both are one set, whichever
// is closed first closes it, and the other fails. Any goroutine.
func KqueueFromFD(fd int) (*Kqueue, error) {
	if owner, ok := reactor.Lookup(fd).(*kqueueOwner); ok {
		return &Kqueue{kqueueQueue: owner.queue}, nil
	}
	g, err := reactor.Default()
	if err != nil {
		return nil, failed("kqueue", fd, err)
	}
	h, err := g.Next().NewHandle(fd, "kqueue")
	if err != nil {
		return nil, failed("kqueue", fd, err)
	}
	q := &kqueueQueue{handle: h, set: keventSet{lives: lives}}
	q.set.kevent = q.kevent
	h.SetOwner(&kqueueOwner{h, q})
	return &Kqueue{kqueueQueue: q}, nil
}

// Fileno returns the descriptor, or -1 once closed. Any goroutine.
func (k *Kqueue) Fileno() int { return k.handle.Fileno() }

// Closed reports whether the object was closed. Any goroutine.
func (k *Kqueue) Closed() bool { return k.closed.Load() }

// Close closes the descriptor. A Control in progress ends with an error;
// closing again does nothing. Any goroutine.
func (k *Kqueue) Close() error {
	k.closed.Store(true)
	return k.handle.Close()
}

// NewKevent describes the wish to add an object for reading: kevent(ident).
// Any goroutine.
func NewKevent(o Object) (Kevent, error) {
	fd, err := descriptorOf(o)
	return Kevent{Ident: uint64(fd), Filter: KQ_FILTER_READ, Flags: KQ_EV_ADD}, err
}

// Control applies changes and then waits for at most maxEvents events, until
// the timeout ([Forever] for none, other negative ones are a [*ValueError])
// has passed. With a maxEvents of 0 it only applies the changes. A change that
// fails is an event with KQ_EV_ERROR, or the error where there is no room for
// it. Any goroutine.
//
// Source: select.kqueue.control, kevent(2).
func (k *Kqueue) Control(changes []Kevent, maxEvents int, timeout time.Duration) ([]Kevent, error) {
	var c Call
	return c.Kqueue(k, changes, maxEvents, timeout)
}

// ControlContext is Control that fails with the context's error when it would
// have to wait and the context has ended. Any goroutine.
func (k *Kqueue) ControlContext(ctx context.Context, changes []Kevent, maxEvents int, timeout time.Duration) ([]Kevent, error) {
	c := Call{Context: ctx}
	return c.Kqueue(k, changes, maxEvents, timeout)
}

// Kqueue is k.Control.
func (c *Call) Kqueue(k *Kqueue, changes []Kevent, maxEvents int, timeout time.Duration) ([]Kevent, error) {
	switch {
	case k.closed.Load():
		return nil, errKqueueClosed
	case maxEvents < 0:
		return nil, &ValueError{"Length of eventlist must be 0 or positive"}
	case timeout < 0 && timeout != Forever:
		return nil, &ValueError{"timeout must be positive or None"}
	}
	events := make([]Kevent, min(maxEvents, mostKevents))
	got, before, err := k.fetch(changes, events)
	if err != nil || len(got) > 0 || maxEvents == 0 || timeout == 0 {
		return got, err
	}
	deadline := c.deadline(timeout)
	if err := k.handle.Arm(); err != nil {
		return nil, failed("kqueue.control", -1, err)
	}
	waiter := reactor.NewWaiter()
	defer waiter.Release()
	waiter.Watch(k.handle, reactor.Input)
	for {
		k.handle.Clear(before, reactor.Input)
		inTime := true
		if k.handle.Readiness(reactor.Input) == 0 {
			if inTime, err = c.wait("kqueue.control", waiter, deadline); err != nil {
				return nil, err
			}
		}
		if got, before, err = k.fetch(nil, events); err != nil || len(got) > 0 || !inTime {
			return got, err
		}
	}
}

// fetch applies changes and takes what is there just now, into room.
func (k *Kqueue) fetch(changes, room []Kevent) ([]Kevent, reactor.Snapshot, error) {
	before, ok := k.handle.Acquire()
	if !ok {
		return nil, before, errKqueueClosed
	}
	defer k.handle.Release()
	n, errno := k.set.control(changes, room)
	if errno != 0 {
		return nil, before, &Error{Op: "kqueue.control", FD: -1, Errno: errno}
	}
	return room[:n], before, nil
}

// kevent is the system call, without user data.
func (q *kqueueQueue) kevent(changes, room []Kevent) (int, Errno) {
	todo, got := make([]poller.Kevent, len(changes)), make([]poller.Kevent, len(room))
	for i, c := range changes {
		todo[i] = poller.Kevent{Ident: c.Ident, Filter: c.Filter, Flags: c.Flags, Fflags: c.Fflags, Data: c.Data}
	}
	n, errno := poller.KqueueControl(q.handle.Fileno(), todo, got)
	for i, e := range got[:n] {
		room[i] = Kevent{Ident: e.Ident, Filter: e.Filter, Flags: e.Flags, Fflags: e.Fflags, Data: e.Data}
	}
	return n, errno
}

// lives reports whether a registration may be there: not if its descriptor is
// closed.
func lives(on filterOn) bool {
	switch on.filter {
	case KQ_FILTER_READ, KQ_FILTER_WRITE, KQ_FILTER_VNODE:
		_, errno := sys.Inheritable(int(on.ident))
		return errno != sys.EBADF
	}
	return true
}
