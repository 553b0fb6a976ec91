//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poller

import (
	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
)

// Kevent is struct kevent without its user data, in types that are the same
// on every system.
type Kevent struct {
	Ident  uint64
	Filter int
	Flags  uint32
	Fflags uint32
	Data   int64
}

// KqueueControl applies changes to a kqueue and takes the events there are, at
// most len(events), without waiting. Any goroutine.
func KqueueControl(kq int, changes, events []Kevent) (int, sys.Errno) {
	todo := make([]unix.Kevent_t, len(changes))
	for i, c := range changes {
		unix.SetKevent(&todo[i], int(c.Ident), c.Filter, int(c.Flags))
		todo[i].Fflags = c.Fflags
		assign(&todo[i].Data, c.Data)
	}
	raw := make([]unix.Kevent_t, len(events))
	n, errno := sys.KqueueControl(kq, todo, raw)
	for i := range n {
		ev := &raw[i]
		events[i] = Kevent{
			Ident: uint64(ev.Ident), Filter: int(ev.Filter), Flags: uint32(ev.Flags), Fflags: ev.Fflags, Data: int64(ev.Data),
		}
	}
	return n, errno
}

// assign sets a field whose width differs between the systems.
func assign[T ~int | ~int32 | ~int64](field *T, v int64) { *field = T(v) }
