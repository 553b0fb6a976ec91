package pyselect

import (
	"maps"
	"slices"

	"github.com/pollux-net/pollux/internal/poller"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// look reports the entries that are ready just now.
func (p *pollSet) look(events []PollEvent) ([]PollEvent, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.usable(); err != nil {
		return nil, err
	}
	p.choose()
	if len(p.asked) == 0 {
		return events, nil
	}
	p.fds = p.fds[:0]
	for _, e := range p.asked {
		p.fds = append(p.fds, e.question())
	}
	if _, errno := sys.PollNow(p.fds); errno != 0 {
		return events, &Error{Op: "poll", FD: -1, Errno: errno}
	}
	for i, e := range p.asked {
		if got := p.judge(e, p.fds[i].Revents); got != 0 {
			events = append(events, PollEvent{e.fd, int(uint16(got))})
		}
	}
	return events, nil
}

// choose puts into asked, in order, whom the kernel is to be asked about: all
// if they are few, which costs less than a look into the loops' queues, and
// otherwise the candidates and the bare ones.
func (p *pollSet) choose() {
	p.adopt()
	if len(p.entries) <= few {
		if p.all == nil {
			p.all = slices.SortedFunc(maps.Values(p.entries), byOrder)
		}
		for _, e := range p.all {
			p.identify(e)
		}
		p.asked = append(p.asked[:0], p.all...)
		return
	}
	for l := range p.loops {
		l.Harvest()
	}
	p.asked = p.asked[:0]
	for _, e := range p.candidates.take() {
		if p.identify(e); e.on != nil {
			p.asked = append(p.asked, e)
		}
	}
	p.asked = append(p.asked, p.bare...)
	slices.SortFunc(p.asked, byOrder)
}

// adopt finds the bare numbers that belong to a socket by now.
func (p *pollSet) adopt() {
	for i := 0; i < len(p.bare); i++ {
		e := p.bare[i]
		if on := armed(reactor.Lookup(e.fd)); on != nil {
			p.unbind(e)
			p.bind(e, on)
			i--
		}
	}
}

// identify makes sure that the entry is about whom its number belongs to. That
// of a closed object may have another owner by now, or none: then it is the
// kernel's matter. A plain socket may have become a TLS socket.
func (p *pollSet) identify(e *entry) {
	switch {
	case e.on == nil, e.on.Fileno() == e.fd && !e.byNumber:
		return
	case e.on.Fileno() < 0 && !e.handle.Gone():
		return // it is being closed; the number says nothing yet, and we are told again
	}
	if on := reactor.Lookup(e.fd); on != e.on {
		p.unbind(e)
		p.bind(e, armed(on))
	}
}

// armed returns what the loop watches; nil for what the kernel must be asked
// about, as when it has no room for another registration.
func armed(on reactor.Pollable) reactor.Pollable {
	if on == nil || on.Handle().Arm() != nil {
		return nil
	}
	return on
}

// question is what poll(2) is asked about the entry. What a TLS socket knows
// better, it is asked here.
func (e *entry) question() sys.PollFD {
	events := e.events
	if e.on != nil {
		e.before = e.handle.Snapshot()
		if e.tester != nil {
			e.tested = e.tester.Test(readinessOf(e.events))
			events &^= plainBits
		}
	}
	return sys.PollFD{Fd: int32(e.fd), Events: events}
}

// judge decides what an entry is ready for. One that is ready stays a
// candidate; the conditions that the kernel denies are cleared.
func (p *pollSet) judge(e *entry, got int16) int16 {
	if e.on == nil {
		return got
	}
	if e.tester != nil && e.tested&reactor.Readable != 0 {
		got |= e.events & plainBits
	}
	if got == 0 {
		mask := deniedBy(e.events)
		e.handle.Clear(e.before, mask)
		if e.handle.Readiness(mask)&mask == 0 {
			return 0
		}
	}
	p.candidates.add(e)
	return got
}

// wait parks until an entry may be ready; false once the deadline has passed.
func (p *pollSet) wait(c *Call, deadline int64) (bool, error) {
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

// watchBare has the waiter told of bare descriptors.
func watchBare(waiter *reactor.Waiter, bare []*entry) (stop func(), err error) {
	raw, err := poller.NewWatch()
	if err != nil {
		return nil, failed("poll", -1, err)
	}
	for _, e := range bare {
		errno := raw.AddEvents(e.fd, e.events)
		if errno != 0 && errno != sys.EBADF { // a closed one is reported as POLLNVAL
			raw.Close()
			return nil, &Error{Op: "poll", FD: e.fd, Errno: errno}
		}
	}
	return watchRaw("poll", nil, waiter, raw)
}
