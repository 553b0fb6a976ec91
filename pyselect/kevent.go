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
