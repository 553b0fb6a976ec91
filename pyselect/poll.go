package pyselect

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pollux-net/pollux/internal/poller"
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

// PollEvent is a ready descriptor and what it is ready for.
type PollEvent struct {
	FD     int
	Events int
}

// Poll is Python's poll object: a set of descriptors that is asked again and
// again which of them are ready, level-triggered. Asking costs as much as
// there is to answer, however many sockets are registered; bare descriptors,
// which no loop knows, cost what poll(2) takes for them.
//
// Any goroutine may call any method; only one may be in Poll at a time.
type Poll struct {
	busy   atomic.Bool
	waiter *reactor.Waiter

	mu      sync.Mutex // guards what follows; never held while waiting
	entries map[int]*entry
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

// Register adds an object, or replaces the events of one that is registered.
// Without events it is POLLIN | POLLPRI | POLLOUT. POLLERR, POLLHUP and
// POLLNVAL are reported unasked.
func (p *Poll) Register(o Object, events ...int) error {
	fd, mask, err := arguments(o, events)
	if err != nil {
		return err
	}
	on := pollableOf(o, fd)
	if on != nil {
		if err := on.Handle().Arm(); err != nil {
			on = nil // the kernel's matter, as a bare descriptor
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entries[fd]
	if e == nil {
		p.next++
		e = &entry{poll: p, fd: fd, order: p.next}
		p.entries[fd] = e
	} else {
		p.unbind(e)
	}
	e.events = mask
	p.bind(e, on)
	p.waiter.Wake()
	return nil
}

// Modify replaces the events of a registered object; ENOENT if it is not.
func (p *Poll) Modify(o Object, events int) error {
	fd, mask, err := arguments(o, []int{events})
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entries[fd]
	if e == nil {
		return &Error{Op: "poll.modify", FD: fd, Errno: sys.ENOENT}
	}
	on := e.on
	p.unbind(e)
	e.events = mask
	p.bind(e, on)
	p.waiter.Wake()
	return nil
}

// Unregister removes an object; [ErrNotRegistered] if it is not there.
func (p *Poll) Unregister(o Object) error {
	fd, _, err := arguments(o, nil)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entries[fd]
	if e == nil {
		return ErrNotRegistered
	}
	p.unbind(e)
	delete(p.entries, fd)
	return nil
}

// Len returns how many descriptors are registered.
func (p *Poll) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.entries)
}

// Close unregisters everything.
func (p *Poll) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for fd, e := range p.entries {
		p.unbind(e)
		delete(p.entries, fd)
	}
}

func arguments(o Object, events []int) (fd int, mask int16, err error) {
	if fd = o.Fileno(); fd < 0 {
		return 0, 0, negative(fd)
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

// Poll waits until a registered object is ready, or the timeout ([Forever]
// for none) has passed, and returns what is, in the order of registration.
func (p *Poll) Poll(timeout time.Duration) ([]PollEvent, error) { return p.PollInto(nil, timeout) }

// PollInto is Poll, with the result appended to events[:0].
func (p *Poll) PollInto(events []PollEvent, timeout time.Duration) ([]PollEvent, error) {
	var c Call
	return c.Poll(p, events, timeout)
}

// Poll is p.PollInto.
func (c *Call) Poll(p *Poll, events []PollEvent, timeout time.Duration) ([]PollEvent, error) {
	if !p.busy.CompareAndSwap(false, true) {
		return nil, ErrConcurrentPoll
	}
	defer p.busy.Store(false)
	deadline := c.deadline(timeout)
	events, err := p.look(events[:0])
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

// watchBare has the waiter told of bare descriptors.
func watchBare(waiter *reactor.Waiter, bare []*entry) (stop func(), err error) {
	raw, err := poller.NewWatch()
	if err != nil {
		return nil, err
	}
	for _, e := range bare {
		r := readinessOf(e.events)
		errno := raw.Add(e.fd, r&reactor.Readable != 0, r&reactor.Writable != 0, r&reactor.Priority != 0)
		if errno != 0 && errno != sys.EBADF { // a closed one is reported as POLLNVAL
			raw.Close()
			return nil, &Error{Op: "poll", FD: e.fd, Errno: errno}
		}
	}
	return watchRaw(waiter, raw)
}

// wait parks until an entry may be ready; false once the deadline has passed.
func (p *Poll) wait(c *Call, deadline int64) (bool, error) {
	p.mu.Lock()
	bare := slices.Clone(p.bare)
	p.mu.Unlock()
	if len(bare) == 0 {
		return c.wait("poll", p.waiter, deadline)
	}
	stop, err := watchBare(p.waiter, bare)
	if err != nil {
		return false, err
	}
	defer stop()
	defer p.waiter.Forget() // first, or the closing of the queue would wake the next wait
	return c.wait("poll", p.waiter, deadline)
}
