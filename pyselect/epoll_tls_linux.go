//go:build linux

package pyselect

import (
	"sync"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// tlsSet is what an Epoll knows of the TLS sockets in it. The kernel speaks of
// their ciphertext; what it says of their input is replaced by the truth, and
// plaintext that has been decrypted, of which it knows nothing, is added.
// Everything but queue is guarded by the Epoll's mu.
type tlsSet struct {
	wake    func() // has those who wait look again
	entries map[int]*tlsEntry
	loops   map[*reactor.Loop]int
	round   uint64 // counts the fetches
	queue   tlsQueue
	back    []*tlsEntry // the queue's other half
}

// tlsEntry is a registered TLS socket.
type tlsEntry struct {
	set      *tlsSet
	on       reactor.Tester
	fd       int
	events   uint32
	disarmed bool // EPOLLONESHOT has been used up
	gone     bool // no longer in the set
	sub      reactor.Subscription
	round    uint64 // the last fetch that reported it,
	index    int    // and where among its events
	seen     uint64 // what edges was when it was last reported

	// Guarded by queue.mu.
	queued bool
	edges  uint64
}

// tlsQueue holds the sockets that may have plaintext: those that have had an
// edge since they were last found to have none.
type tlsQueue struct {
	mu   sync.Mutex
	list []*tlsEntry
}

const tlsInput = EPOLLIN | EPOLLRDNORM

// Notify implements reactor.Listener. For an edge nobody needs to be woken: what
// made it has made the epoll descriptor readable, too. Of plaintext that another
// call has received the kernel says nothing.
func (t *tlsEntry) Notify(_ *reactor.Subscription, r reactor.Readiness) {
	t.set.queue.add(t, 1)
	if r == 0 {
		t.set.wake()
	}
}

func (q *tlsQueue) add(t *tlsEntry, edges uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t.edges += edges
	if !t.queued {
		t.queued = true
		q.list = append(q.list, t)
	}
}

// take empties the queue into the given slice.
func (q *tlsQueue) take(into []*tlsEntry) []*tlsEntry {
	q.mu.Lock()
	defer q.mu.Unlock()
	clear(into)
	taken := q.list
	q.list = into[:0]
	for _, t := range taken {
		t.queued = false
	}
	return taken
}

func (q *tlsQueue) edgesOf(t *tlsEntry) uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return t.edges
}

// set notes what the kernel has been told about a descriptor; without events
// it is out of the set.
func (s *tlsSet) set(o Object, fd int, events uint32) {
	s.purge()
	if old := s.entries[fd]; old != nil {
		s.forget(old)
	}
	on, ok := pollableOf(o, fd).(reactor.Tester)
	if !ok || events == 0 {
		return
	}
	if s.entries == nil {
		s.entries, s.loops = make(map[int]*tlsEntry), make(map[*reactor.Loop]int)
	}
	t := &tlsEntry{set: s, on: on, fd: fd, events: events}
	s.entries[fd] = t
	s.loops[on.Handle().Loop()]++
	t.sub.Listener, t.sub.Mask = t, heard(on, reactor.Input)
	on.Subscribe(&t.sub)
	s.queue.add(t, 1)
}

func (s *tlsSet) forget(t *tlsEntry) {
	t.on.Unsubscribe(&t.sub)
	t.gone = true
	delete(s.entries, t.fd)
	l := t.on.Handle().Loop()
	if s.loops[l]--; s.loops[l] == 0 {
		delete(s.loops, l)
	}
}

// purge forgets the sockets that have been closed.
func (s *tlsSet) purge() {
	if len(s.entries) == 0 {
		return
	}
	s.back = s.queue.take(s.back)
	for _, t := range s.back {
		if !s.drop(t) {
			s.queue.add(t, 0)
		}
	}
}

// drop forgets an entry whose socket is closed; true if it is out of the set.
func (s *tlsSet) drop(t *tlsEntry) bool {
	if !t.gone && t.on.Fileno() != t.fd {
		s.forget(t)
	}
	return t.gone
}

func (s *tlsSet) empty() {
	for _, t := range s.entries {
		s.forget(t)
	}
}

// judge returns what is true of what the kernel says; index is where it will
// be reported. An event that comes to nothing has used up EPOLLONESHOT, which
// is therefore armed again.
func (s *tlsSet) judge(epfd int, ev PollEvent, index int) int {
	t := s.entries[ev.FD]
	if t == nil || s.drop(t) {
		return ev.Events
	}
	if t.disarmed {
		return 0
	}
	events := ev.Events
	if t.on.Test(reactor.Input)&reactor.Input == 0 {
		events &^= tlsInput
	}
	oneShot := t.events&EPOLLONESHOT != 0
	if events == 0 {
		if oneShot {
			sys.EpollMod(epfd, t.fd, t.events, uint64(t.fd))
		}
		return 0
	}
	t.round, t.index, t.disarmed = s.round, index, oneShot
	s.queue.add(t, 0)
	return events
}

// buffered adds the sockets that hold plaintext, of which the kernel knows
// nothing. The loops' queues come first: the plaintext's bytes had an edge
// there, which may not have been noted yet.
func (s *tlsSet) buffered(epfd int, events []PollEvent, maxEvents int) []PollEvent {
	for l := range s.loops {
		l.Harvest()
	}
	s.back = s.queue.take(s.back)
	for _, t := range s.back {
		if s.drop(t) || t.events&tlsInput == 0 {
			continue
		}
		reported := t.round == s.round
		if t.disarmed && !reported {
			continue // Modify will queue it again
		}
		if !reported && len(events) >= maxEvents {
			s.queue.add(t, 0)
			continue
		}
		edges := s.queue.edgesOf(t)
		if t.events&EPOLLET != 0 && edges == t.seen || t.on.Test(reactor.Input)&reactor.Readable == 0 {
			continue
		}
		s.queue.add(t, 0)
		t.seen = edges
		if reported {
			events[t.index].Events |= int(t.events & tlsInput)
			continue
		}
		events = append(events, PollEvent{t.fd, int(t.events & tlsInput)})
		if t.events&EPOLLONESHOT != 0 {
			t.disarmed = true
			sys.EpollMod(epfd, t.fd, t.events&^uint32(0xffff|EPOLLRDHUP), uint64(t.fd))
		}
	}
	return events
}
