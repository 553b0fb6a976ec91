package pyselect

import (
	"maps"
	"slices"
	"sync"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// pollSet is what a Poll knows of its descriptors. The zero value is none of
// NewPoll's.
type pollSet struct {
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

func newPollSet() *pollSet {
	return &pollSet{waiter: reactor.NewWaiter(), entries: make(map[int]*entry), loops: make(map[*reactor.Loop]int)}
}

// clone returns a set of the same.
func (p *pollSet) clone() *pollSet {
	p.mu.Lock()
	defer p.mu.Unlock()
	other := newPollSet()
	other.closed, other.next = p.closed, p.next
	for _, e := range slices.SortedFunc(maps.Values(p.entries), byOrder) {
		same := &entry{poll: other, fd: e.fd, order: e.order, events: e.events, byNumber: e.byNumber}
		other.entries[e.fd] = same
		other.bind(same, e.on)
	}
	return other
}

// register is [Poll.Register].
func (p *pollSet) register(o Object, events ...int) error {
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

// modify is [Poll.Modify].
func (p *pollSet) modify(o Object, events int) error {
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

// unregister is [Poll.Unregister].
func (p *pollSet) unregister(o Object) error {
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

// len is [Poll.Len].
func (p *pollSet) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.entries)
}

// close is [Poll.Close].
func (p *pollSet) close() {
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
func (p *pollSet) usable() error {
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
