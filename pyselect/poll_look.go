package pyselect

import (
	"slices"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

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
