package pyselect

import "sync"

// The flags that decide about a registration's user data; every system has
// the same values.
const (
	evAdd     = 0x1
	evDelete  = 0x2
	evOneShot = 0x10
	evError   = 0x4000
)

// keventSet is a kqueue's system call with the user data of registrations put
// in. The kernel would keep it, but its field is a pointer to Go's collector,
// which a number may not be in.
type keventSet struct {
	// kevent is kevent(2) that does not wait and knows no user data.
	kevent func(changes, room []Kevent) (int, Errno)
	// lives tells whether the kernel may have a registration yet, which it
	// forgets without a word when the descriptor is closed.
	lives func(on filterOn) bool

	mu    sync.Mutex
	udata map[filterOn]registered
	kept  int // how many there were after the last sweep
}

// filterOn names a registration.
type filterOn struct {
	ident  uint64
	filter int
}

type registered struct {
	udata   uintptr
	oneShot bool
}

// leastSwept is how many registrations there are before any is looked at
// whether it lives.
const leastSwept = 64

// control applies changes and takes what is there into room.
func (s *keventSet) control(changes, room []Kevent) (int, Errno) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, errno := s.kevent(changes, room)
	refused := s.fillRefused(changes, room[:n])
	for _, c := range changes {
		if on := (filterOn{c.Ident, c.Filter}); !refused[on] {
			s.note(on, c, errno != 0)
		}
	}
	s.fill(room[:n])
	if len(s.udata) > max(2*s.kept, leastSwept) {
		s.sweep()
	}
	return n, errno
}

// fillRefused puts the changes' data into the events that say they have
// failed, and returns which those are.
func (s *keventSet) fillRefused(changes, events []Kevent) (refused map[filterOn]bool) {
	for i := range events {
		e := &events[i]
		if e.Flags&evError == 0 || e.Data == 0 { // with 0 EV_RECEIPT tells of a success
			continue
		}
		for _, c := range changes {
			if c.Ident == e.Ident && c.Filter == e.Filter {
				e.Udata = c.Udata
			}
		}
		if refused == nil {
			refused = make(map[filterOn]bool)
		}
		refused[filterOn{e.Ident, e.Filter}] = true
	}
	return refused
}

// note keeps what a change says. One without EV_ADD keeps the data, as the
// kernel does, save that EV_DELETE ends it. When the call has failed it is not
// known which changes were made before: data of what is not there does no harm.
func (s *keventSet) note(on filterOn, c Kevent, failed bool) {
	switch {
	case c.Flags&evDelete != 0:
		if !failed {
			delete(s.udata, on)
		}
	case c.Flags&evAdd != 0:
		if s.udata == nil {
			s.udata = make(map[filterOn]registered)
		}
		s.udata[on] = registered{c.Udata, c.Flags&evOneShot != 0}
	}
}

// fill puts the data into events. A registration with EV_ONESHOT, which the
// kernel adds to that of a process that has ended, is over.
func (s *keventSet) fill(events []Kevent) {
	for i := range events {
		e := &events[i]
		if e.Flags&evError != 0 && e.Data != 0 {
			continue
		}
		on := filterOn{e.Ident, e.Filter}
		r := s.udata[on]
		e.Udata = r.udata
		if r.oneShot || e.Flags&evOneShot != 0 {
			delete(s.udata, on)
		}
	}
}

// sweep forgets the registrations that have ended with their descriptors. It
// comes when their number has doubled, and so costs each a constant.
func (s *keventSet) sweep() {
	for on := range s.udata {
		if !s.lives(on) {
			delete(s.udata, on)
		}
	}
	s.kept = len(s.udata)
}
