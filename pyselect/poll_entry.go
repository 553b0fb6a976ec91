package pyselect

import (
	"cmp"
	"slices"
	"sync"

	"github.com/pollux-net/pollux/reactor"
)

// entry is a registered descriptor.
type entry struct {
	poll     *pollSet
	fd       int
	order    uint64
	events   int16
	byNumber bool             // registered by a number, whose owner may change
	on       reactor.Pollable // nil for a bare descriptor
	handle   *reactor.Handle  // on's
	tester   reactor.Tester   // on, if it is one

	sub    reactor.Subscription
	before reactor.Snapshot
	tested reactor.Readiness // what a Tester says
	at     int               // where it is in candidates.list, from 1; 0 if it is not
}

// candidates are the entries that may be ready: those that have had an edge
// since the kernel last disproved it.
type candidates struct {
	mu   sync.Mutex // guards every entry's at, too
	list []*entry
	back []*entry // the list's other half
}

// bind subscribes the entry to what it is about; call with mu held.
func (p *pollSet) bind(e *entry, on reactor.Pollable) {
	e.on = on
	if on == nil {
		at, _ := slices.BinarySearchFunc(p.bare, e, byOrder)
		p.bare = slices.Insert(p.bare, at, e)
		return
	}
	e.handle = on.Handle()
	e.tester, _ = on.(reactor.Tester)
	p.loops[e.handle.Loop()]++
	e.sub.Listener, e.sub.Mask = e, heard(on, readinessOf(e.events))
	on.Subscribe(&e.sub)
	p.candidates.add(e)
}

// unbind undoes bind; call with mu held.
func (p *pollSet) unbind(e *entry) {
	if e.on == nil {
		if i, found := slices.BinarySearchFunc(p.bare, e, byOrder); found {
			p.bare = slices.Delete(p.bare, i, i+1)
		}
		return
	}
	e.on.Unsubscribe(&e.sub)
	l := e.handle.Loop()
	if p.loops[l]--; p.loops[l] == 0 {
		delete(p.loops, l)
	}
	e.on, e.handle, e.tester = nil, nil, nil
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
	if e.at == 0 {
		c.list = append(c.list, e)
		e.at = len(c.list)
	}
}

// drop takes an entry out; the last one takes its place.
func (c *candidates) drop(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.at == 0 {
		return
	}
	last := len(c.list) - 1
	c.list[e.at-1] = c.list[last]
	c.list[e.at-1].at = e.at
	c.list[last] = nil
	c.list, e.at = c.list[:last], 0
}

// take empties the list. The result is valid until the next take.
func (c *candidates) take() []*entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.back)
	c.list, c.back = c.back[:0], c.list
	for _, e := range c.back {
		e.at = 0
	}
	return c.back
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

// deniedBy is what does not hold when poll(2), asked for event bits, answers
// none of them. Bits that tell less than that there is something to read or
// room to write deny no more than themselves: who waits for input or output
// relies on those conditions.
func deniedBy(events int16) reactor.Readiness {
	r := reactor.HangUp | reactor.Error
	if events&plainBits != 0 {
		r |= reactor.Readable | reactor.ReadHangUp // an end of file can be read
	}
	if events&POLLRDHUP != 0 {
		r |= reactor.ReadHangUp
	}
	if events&(POLLOUT|POLLWRNORM) != 0 {
		r |= reactor.Writable
	}
	if events&POLLPRI != 0 {
		r |= reactor.Priority
	}
	return r
}
