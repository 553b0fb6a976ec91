package pyselect

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
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
// where Python's poll would go on with the set that it began with.
type Poll struct {
	busy   atomic.Bool
	waiter *reactor.Waiter

	mu      sync.Mutex // guards what follows; never held while waiting
	closed  bool
	entries map[int]*entry
	all     []*entry // all entries in order, if they are few; nil if that must be found out anew
	bare    []*entry // those that no loop knows, in order
	loops   map[*reactor.Loop]int
	next    uint64
	fds     []sys.PollFD
	asked   []*entry // fds[i] is about asked[i]

	candidates candidates
}

// NewPoll returns an empty set: select.poll().
func NewPoll() *Poll {
	return &Poll{waiter: reactor.NewWaiter(), entries: make(map[int]*entry), loops: make(map[*reactor.Loop]int)}
}

// Register adds an object, or replaces the events of one that is registered,
// which keeps its place. Without events it is POLLIN | POLLPRI | POLLOUT.
// POLLERR, POLLHUP and POLLNVAL are reported unasked. A descriptor that is not
// open is taken, and reported as POLLNVAL.
//
// Negative descriptors and events are a [*ValueError], greater ones than fit
// into C's int and unsigned short an [*OverflowError]. Any goroutine.
func (p *Poll) Register(o Object, events ...int) error {
	fd, mask, err := arguments(o, events)
	if err != nil {
		return err
	}
	on := armed(pollableOf(o, fd))
	_, itself := o.(reactor.Pollable)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.usable(); err != nil {
		return err
	}
	e := p.entries[fd]
	if e == nil {
		p.next++
		e = &entry{poll: p, fd: fd, order: p.next}
		p.entries[fd] = e
		p.all = nil
	} else {
		p.unbind(e)
	}
	e.events, e.byNumber = mask, !itself
	p.bind(e, on)
	p.waiter.Wake()
	return nil
}

// Modify replaces the events of a registered object; ENOENT if it is not. A
// TLS socket takes the place of the socket that it was made of. Any goroutine.
func (p *Poll) Modify(o Object, events int) error {
	fd, mask, err := arguments(o, []int{events})
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.usable(); err != nil {
		return err
	}
	e := p.entries[fd]
	if e == nil {
		return &Error{Op: "poll.modify", FD: fd, Errno: sys.ENOENT}
	}
	on := e.on
	if _, itself := o.(reactor.Pollable); itself { // a TLS socket perhaps, of the plain one
		on, e.byNumber = armed(pollableOf(o, fd)), false
	}
	p.unbind(e)
	e.events = mask
	p.bind(e, on)
	p.waiter.Wake()
	return nil
}

// Unregister removes an object; [ErrNotRegistered] if it is not there. Any
// goroutine.
func (p *Poll) Unregister(o Object) error {
	fd, err := descriptorOf(o)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.usable(); err != nil {
		return err
	}
	e := p.entries[fd]
	if e == nil {
		return ErrNotRegistered
	}
	p.unbind(e)
	delete(p.entries, fd)
	p.all = nil
	return nil
}

// Len returns how many descriptors are registered. Any goroutine.
func (p *Poll) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.entries)
}

// Close unregisters everything and ends a Poll in progress, which fails, as do
// all further calls but Len, with the [*ValueError] of a closed object. Closing
// again does nothing. Python needs no such method: there, nobody else refers to
// what is polled. Any goroutine.
func (p *Poll) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed, p.all = true, nil
	for fd, e := range p.entries {
		p.unbind(e)
		delete(p.entries, fd)
	}
	if p.waiter != nil {
		p.waiter.Wake()
	}
}

// usable fails if the object is closed, or none of NewPoll's; call with mu held.
func (p *Poll) usable() error {
	switch {
	case p.closed:
		return errPollClosed
	case p.entries == nil:
		return errNoPoll
	}
	return nil
}

func arguments(o Object, events []int) (fd int, mask int16, err error) {
	if fd, err = descriptorOf(o); err != nil {
		return 0, 0, err
	}
	bits := defaultEvents
	if len(events) > 0 {
		bits = events[0]
	}
	switch {
	case bits < 0:
		return 0, 0, &ValueError{"value must be positive"}
	case bits > 0xffff:
		return 0, 0, &OverflowError{"Python int too large for C unsigned short"}
	}
	return fd, int16(uint16(bits)), nil
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
	var deadline int64
	if timeout != 0 { // otherwise nobody looks at the clock
		deadline = c.deadline(timeout)
	}
	events, err = p.look(events[:0])
	for err == nil && len(events) == 0 && timeout != 0 {
		var inTime bool
		if inTime, err = p.wait(c, deadline); err == nil {
			events, err = p.look(events)
		}
		if !inTime {
			break
		}
	}
	return events, err
}
