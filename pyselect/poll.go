package pyselect

import (
	"cmp"
	"errors"
	"fmt"
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

// entry is a registered descriptor.
type entry struct {
	poll   *Poll
	fd     int
	order  uint64
	events int16
	on     reactor.Pollable // nil for a bare descriptor
	sub    reactor.Subscription
	before reactor.Snapshot
	tested reactor.Readiness // what a Tester says
	queued bool              // guarded by candidates.mu
}

// candidates are the entries that may be ready: those that have had an edge
// since the kernel last disproved it.
type candidates struct {
	mu   sync.Mutex
	list []*entry
	back []*entry // the list's other half
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
	on, ok := o.(reactor.Pollable)
	if !ok {
		on = reactor.Lookup(fd)
	}
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
		return 0, 0, &ValueError{fmt.Sprintf("file descriptor cannot be a negative integer (%d)", fd)}
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

// bind subscribes the entry to what it is about; call with mu held.
func (p *Poll) bind(e *entry, on reactor.Pollable) {
	e.on = on
	if on == nil {
		at, _ := slices.BinarySearchFunc(p.bare, e, byOrder)
		p.bare = slices.Insert(p.bare, at, e)
		return
	}
	p.loops[on.Handle().Loop()]++
	e.sub.Listener, e.sub.Mask = e, readinessOf(e.events)
	on.Subscribe(&e.sub)
	p.candidates.add(e)
}

// unbind undoes bind; call with mu held.
func (p *Poll) unbind(e *entry) {
	if e.on == nil {
		if i, found := slices.BinarySearchFunc(p.bare, e, byOrder); found {
			p.bare = slices.Delete(p.bare, i, i+1)
		}
		return
	}
	e.on.Unsubscribe(&e.sub)
	l := e.on.Handle().Loop()
	if p.loops[l]--; p.loops[l] == 0 {
		delete(p.loops, l)
	}
	e.on = nil
	p.candidates.drop(e)
}

func byOrder(a, b *entry) int { return cmp.Compare(a.order, b.order) }

// Notify implements reactor.Listener.
func (e *entry) Notify(*reactor.Subscription, reactor.Readiness) {
	e.poll.candidates.add(e)
	e.poll.waiter.Wake()
}

func (c *candidates) add(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !e.queued {
		e.queued = true
		c.list = append(c.list, e)
	}
}

func (c *candidates) drop(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.queued {
		e.queued = false
		c.list = slices.DeleteFunc(c.list, func(x *entry) bool { return x == e })
	}
}

// take empties the list. The result is valid until the next take.
func (c *candidates) take() []*entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list, c.back = c.back[:0], c.list
	for _, e := range c.back {
		e.queued = false
	}
	return c.back
}

// Poll waits until a registered object is ready, or the timeout ([Forever]
// for none) has passed, and returns what is, in the order of registration.
func (p *Poll) Poll(timeout time.Duration) ([]PollEvent, error) { return p.PollInto(nil, timeout) }

// PollInto is Poll, with the result appended to events[:0].
func (p *Poll) PollInto(events []PollEvent, timeout time.Duration) ([]PollEvent, error) {
	if !p.busy.CompareAndSwap(false, true) {
		return nil, ErrConcurrentPoll
	}
	defer p.busy.Store(false)
	deadline := reactor.Never
	if timeout >= 0 {
		deadline = after(timeout)
	}
	events, err := p.look(events[:0])
	for err == nil && len(events) == 0 && timeout != 0 {
		var inTime bool
		inTime, err = p.wait(deadline)
		if err == nil {
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
func (p *Poll) wait(deadline int64) (bool, error) {
	p.mu.Lock()
	bare := slices.Clone(p.bare)
	p.mu.Unlock()
	if len(bare) == 0 {
		return p.waiter.Wait(deadline), nil
	}
	stop, err := watchBare(p.waiter, bare)
	if err != nil {
		return false, err
	}
	defer p.waiter.Forget()
	defer stop()
	return p.waiter.Wait(deadline), nil
}

// look reports the entries that are ready just now.
func (p *Poll) look(events []PollEvent) ([]PollEvent, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.loops {
		l.Harvest()
	}
	p.fds, p.asked = p.fds[:0], p.asked[:0]
	for _, e := range p.candidates.take() {
		p.consider(e)
	}
	for _, e := range p.bare {
		p.ask(e, e.events)
	}
	if len(p.fds) == 0 {
		return events, nil
	}
	if _, errno := sys.PollNow(p.fds); errno != 0 {
		return events, &Error{Op: "poll", FD: -1, Errno: errno}
	}
	inOrder := true
	for i, e := range p.asked {
		got := p.judge(e, p.fds[i].Revents)
		if got == 0 {
			continue
		}
		inOrder = inOrder && (len(events) == 0 || p.entries[events[len(events)-1].FD].order < e.order)
		events = append(events, PollEvent{e.fd, int(uint16(got))})
	}
	if !inOrder {
		slices.SortFunc(events, func(a, b PollEvent) int { return byOrder(p.entries[a.FD], p.entries[b.FD]) })
	}
	return events, nil
}

func (p *Poll) ask(e *entry, events int16) {
	p.fds = append(p.fds, sys.PollFD{Fd: int32(e.fd), Events: events})
	p.asked = append(p.asked, e)
}

// consider puts a candidate to the kernel. The number of a closed object may
// have another by now, or be nobody's: then it is the kernel's matter.
func (p *Poll) consider(e *entry) {
	if e.on.Fileno() != e.fd {
		p.unbind(e)
		on := reactor.Lookup(e.fd)
		p.bind(e, on)
		if on == nil {
			return // asked about with the other bare ones
		}
	}
	e.before = e.on.Handle().Snapshot()
	events := e.events
	if t, ok := e.on.(reactor.Tester); ok {
		e.tested = t.Test(readinessOf(e.events))
		events &^= plainBits
	}
	p.ask(e, events)
}

// judge decides what an entry is ready for. One that is ready stays a
// candidate; the conditions that the kernel denies are cleared.
func (p *Poll) judge(e *entry, got int16) int16 {
	if e.on == nil {
		return got
	}
	mask := readinessOf(e.events)
	if _, ok := e.on.(reactor.Tester); ok && e.tested&reactor.Readable != 0 {
		got |= e.events & plainBits
	}
	if got == 0 {
		h := e.on.Handle()
		h.Clear(e.before, mask)
		if h.Readiness(mask)&mask == 0 {
			return 0
		}
	}
	p.candidates.add(e)
	return got
}

// readinessOf translates event bits into the reactor's conditions.
func readinessOf(events int16) reactor.Readiness {
	r := reactor.HangUp | reactor.Error
	if events&readBits != 0 {
		r |= reactor.Readable | reactor.ReadHangUp
	}
	if events&writeBits != 0 {
		r |= reactor.Writable
	}
	if events&POLLPRI != 0 {
		r |= reactor.Priority
	}
	return r
}
