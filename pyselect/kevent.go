package pyselect

import (
	"cmp"
	"fmt"
)

// Kevent is Python's kevent object: a change to a kqueue, or an event of one.
// See kevent(2). Kqueues themselves are there on macOS and the BSDs only.
type Kevent struct {
	Ident  uint64 // a descriptor for most filters
	Filter int    // KQ_FILTER_...
	Flags  uint32 // KQ_EV_...
	Fflags uint32 // KQ_NOTE_..., or the error number with KQ_EV_EOF
	Data   int64  // bytes to read or room to write, for example
	Udata  uintptr
}

// Compare orders kevents as Python does: by each field in turn. Any goroutine.
func (k Kevent) Compare(o Kevent) int {
	return cmp.Or(cmp.Compare(k.Ident, o.Ident), cmp.Compare(k.Filter, o.Filter), cmp.Compare(k.Flags, o.Flags),
		cmp.Compare(k.Fflags, o.Fflags), cmp.Compare(k.Data, o.Data), cmp.Compare(k.Udata, o.Udata))
}

// String is the kevent in Python's words.
func (k Kevent) String() string {
	return fmt.Sprintf("<select.kevent ident=%d filter=%d flags=0x%x fflags=0x%x data=0x%x udata=0x%x>",
		k.Ident, k.Filter, k.Flags, k.Fflags, k.Data, k.Udata)
}

// The flags that decide about a registration's user data; every system has
// the same values.
const (
	evAdd     = 0x1
	evDelete  = 0x2
	evOneShot = 0x10
)

// userData keeps the user data of a kqueue's registrations. The kernel would
// do it, but its field is a pointer to Go's collector, which a number may not
// be in.
type userData map[filterOn]registered

// filterOn names a registration.
type filterOn struct {
	ident  uint64
	filter int
}

type registered struct {
	udata   uintptr
	oneShot bool
}

// note keeps what changes say. A change without EV_ADD keeps the data, as the
// kernel does, save that EV_DELETE ends it.
func (u userData) note(changes []Kevent) {
	for _, c := range changes {
		on := filterOn{c.Ident, c.Filter}
		switch {
		case c.Flags&evDelete != 0:
			delete(u, on)
		case c.Flags&evAdd != 0:
			u[on] = registered{c.Udata, c.Flags&evOneShot != 0}
		}
	}
}

// fill puts the data into events. A registration with EV_ONESHOT has ended.
func (u userData) fill(events []Kevent) {
	for i := range events {
		on := filterOn{events[i].Ident, events[i].Filter}
		r := u[on]
		events[i].Udata = r.udata
		if r.oneShot {
			delete(u, on)
		}
	}
}
