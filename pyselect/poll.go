package pyselect

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
)

// The event bits of a Poll, with the platform's values.
const (
	POLLIN   = sys.PollIn
	POLLPRI  = sys.PollPri
	POLLOUT  = sys.PollOut
	POLLERR  = sys.PollErr
	POLLHUP  = sys.PollHup
	POLLNVAL = sys.PollNval

	POLLRDNORM = sys.PollRdNorm
	POLLRDBAND = sys.PollRdBand
	POLLWRNORM = sys.PollWrNorm
	POLLWRBAND = sys.PollWrBand
	POLLRDHUP  = sys.PollRdHup // 0 where the system has none

	readBits      = POLLIN | POLLRDNORM | POLLRDBAND | POLLRDHUP
	writeBits     = POLLOUT | POLLWRNORM | POLLWRBAND
	plainBits     = POLLIN | POLLRDNORM // what a TLS socket answers for itself
	defaultEvents = POLLIN | POLLPRI | POLLOUT
)

// Errors of a Poll besides [*Error].
var (
	// ErrNotRegistered is Python's KeyError of unregister.
	ErrNotRegistered = errors.New("pyselect: descriptor is not registered")
	// ErrConcurrentPoll is Python's RuntimeError("concurrent poll() invocation").
	ErrConcurrentPoll = errors.New("pyselect: concurrent poll() invocation")
)

// errPollClosed is what a closed Poll answers, worded as Python's epoll does.
var errPollClosed = &ValueError{"I/O operation on closed poll object"}

// errNoPoll is what a Poll answers that NewPoll has not made.
var errNoPoll = &TypeError{"cannot create 'select.poll' instances"}

// PollEvent is a ready descriptor and what it is ready for. As in Python, whose
// it is the program knows: by a map with Fileno for its key, say, or with package
// selectors.
type PollEvent struct {
	FD     int
	Events int
}

// Poll is Python's poll object: a set of descriptors that is asked again and
// again which of them are ready, level-triggered. Asking costs as much as
// there is to answer, however many sockets are registered; bare descriptors,
// which no loop knows, cost what poll(2) takes for them.
//
// [NewPoll] makes it. Any goroutine may call any method; only one may be in Poll at a time. What
// Register, Modify and Unregister change while it waits takes effect at once,
// unless the call is Fixed, as Python's are: that goes on with the set that it
// began with.
type Poll struct {
	busy atomic.Bool

	mu   sync.Mutex
	set  *pollSet // what calls change
	held *pollSet // that of a Fixed Poll in progress
}

// NewPoll returns an empty set: select.poll().
func NewPoll() *Poll { return &Poll{set: newPollSet()} }

// changing returns the set that a change is for: another than a Fixed Poll has.
func (p *Poll) changing() *pollSet {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.set {
	case nil:
		return new(pollSet) // which says that it is none of NewPoll's
	case p.held:
		p.set = p.held.clone()
	}
	return p.set
}

// Register adds an object, or replaces the events of one that is registered,
// which keeps its place. Without events it is POLLIN | POLLPRI | POLLOUT.
// POLLERR, POLLHUP and POLLNVAL are reported unasked. A descriptor that is not
// open is taken, and reported as POLLNVAL.
//
// Negative descriptors and events are a [*ValueError], greater ones than fit
// into C's int and unsigned short an [*OverflowError]. Any goroutine.
func (p *Poll) Register(o Object, events ...int) error { return p.changing().register(o, events...) }

// Modify replaces the events of a registered object; ENOENT if it is not. A
// TLS socket takes the place of the socket that it was made of. Any goroutine.
func (p *Poll) Modify(o Object, events int) error { return p.changing().modify(o, events) }

// Unregister removes an object; [ErrNotRegistered] if it is not there. Any
// goroutine.
func (p *Poll) Unregister(o Object) error { return p.changing().unregister(o) }

// Len returns how many descriptors are registered. Any goroutine.
func (p *Poll) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.set == nil {
		return 0
	}
	return p.set.len()
}

// Close unregisters everything and ends a Poll in progress, which fails, as do
// all further calls but Len, with the [*ValueError] of a closed object. Closing
// again does nothing. Python needs no such method: there, nobody else refers to
// what is polled. Any goroutine.
func (p *Poll) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.set == nil {
		p.set = new(pollSet)
	}
	p.set.close()
	if p.held != nil {
		p.held.close()
	}
}

// Poll waits until a registered object is ready, or the timeout has passed,
// and returns what is, in the order of registration. The timeout is rounded up
// to whole milliseconds; [Forever], or any negative one, is none; one of 2^31
// milliseconds or more is an [*OverflowError]. A second Poll meanwhile is
// [ErrConcurrentPoll]. Any goroutine.
//
// Source: select.poll.poll.
func (p *Poll) Poll(timeout time.Duration) ([]PollEvent, error) { return p.PollInto(nil, timeout) }

// PollInto is Poll, with the result appended to events[:0]: with room there it
// allocates nothing.
func (p *Poll) PollInto(events []PollEvent, timeout time.Duration) ([]PollEvent, error) {
	var c Call
	return c.Poll(p, events, timeout)
}

// PollContext is Poll that fails with the context's error when it would have
// to wait and the context has ended. Any goroutine.
func (p *Poll) PollContext(ctx context.Context, timeout time.Duration) ([]PollEvent, error) {
	c := Call{Context: ctx}
	return c.Poll(p, nil, timeout)
}

// Poll is p.PollInto.
func (c *Call) Poll(p *Poll, events []PollEvent, timeout time.Duration) ([]PollEvent, error) {
	timeout, err := wholeMilliseconds(timeout)
	if err != nil {
		return nil, err
	}
	if !p.busy.CompareAndSwap(false, true) {
		return nil, ErrConcurrentPoll
	}
	defer p.busy.Store(false)
	set := p.begin(c.Fixed)
	defer p.end()
	var deadline int64
	if timeout != 0 { // otherwise nobody looks at the clock
		deadline = c.deadline(timeout)
	}
	events, err = set.look(events[:0])
	for err == nil && len(events) == 0 && timeout != 0 {
		var inTime bool
		if inTime, err = set.wait(c, deadline); err == nil {
			events, err = set.look(events)
		}
		if !inTime {
			break
		}
	}
	return events, err
}

// begin returns the set for a Poll.
func (p *Poll) begin(fixed bool) *pollSet {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.set == nil {
		return new(pollSet)
	}
	if fixed {
		p.held = p.set
	}
	return p.set
}

// end ends what begin began.
func (p *Poll) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held != nil && p.held != p.set {
		p.held.close()
	}
	p.held = nil
}
