//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poller

import (
	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
)

// batch is how many events one Fetch can take.
const batch = 256

// kqueue is the Queue over kqueue(2). EV_CLEAR makes a filter edge-triggered,
// and EV_ADD reports what holds already.
//
// The event's user data is a Go pointer in package unix, which must not hold
// a number. Tokens are therefore looked up by descriptor as events are
// fetched; the caller's lock makes that exact, for no event of a removed
// registration is left in the kernel.
type kqueue struct {
	fd     int
	tokens map[int]Token
	raw    [batch]unix.Kevent_t
}

func newKqueue() (*kqueue, error) {
	fd, errno := sys.Kqueue()
	if errno != 0 {
		return nil, failed("kqueue", errno)
	}
	return &kqueue{fd: fd, tokens: make(map[int]Token)}, nil
}

func (q *kqueue) Add(fd int, t Token) sys.Errno {
	if errno := q.change(fd, unix.EVFILT_READ, unix.EV_ADD|unix.EV_CLEAR); errno != 0 {
		return errno
	}
	// What cannot be written to, as another kqueue or a pipe that nobody reads
	// any more, refuses the filter.
	if errno := q.change(fd, unix.EVFILT_WRITE, unix.EV_ADD|unix.EV_CLEAR); errno != 0 && errno != sys.EINVAL && errno != sys.EPIPE {
		q.change(fd, unix.EVFILT_READ, unix.EV_DELETE)
		return errno
	}
	q.tokens[fd] = t
	return 0
}

// Remove deletes the filters one by one: kevent stops at the first change
// that fails, and one of the two may be gone already.
func (q *kqueue) Remove(fd int) sys.Errno {
	delete(q.tokens, fd)
	read := q.change(fd, unix.EVFILT_READ, unix.EV_DELETE)
	write := q.change(fd, unix.EVFILT_WRITE, unix.EV_DELETE)
	if read != 0 {
		return read
	}
	return write
}

func (q *kqueue) change(fd, filter, flags int) sys.Errno {
	var change [1]unix.Kevent_t
	unix.SetKevent(&change[0], fd, filter, flags)
	return sys.KqueueChange(q.fd, change[:])
}

func (q *kqueue) Fetch(events []Event) (int, sys.Errno) {
	n, errno := sys.KqueueWait(q.fd, q.raw[:min(len(events), batch)], 0)
	found := 0
	for i := range n {
		ev := &q.raw[i]
		if t, ok := q.tokens[int(ev.Ident)]; ok {
			events[found] = Event{t, decodeKevent(portable(ev))}
			found++
		}
	}
	return found, errno
}

func (q *kqueue) Close() { sys.Close(q.fd) }

func portable(ev *unix.Kevent_t) kevent {
	k := kevent{
		filter: filterOther,
		eof:    ev.Flags&unix.EV_EOF != 0,
		failed: ev.Flags&unix.EV_ERROR != 0,
		fflags: uint32(ev.Fflags),
	}
	switch int64(ev.Filter) {
	case int64(readFilter):
		k.filter = filterRead
	case int64(writeFilter):
		k.filter = filterWrite
	}
	return k
}

// kqueueGate is the outer queue of a thread-parked kqueue: it watches the
// inner queue and a waker.
type kqueueGate struct {
	outer *kqueue
	inner int
	waker waker
}

func openKqueueGate(inner *kqueue) (*kqueueGate, error) {
	outer, err := newKqueue()
	if err != nil {
		return nil, err
	}
	var change [1]unix.Kevent_t
	unix.SetKevent(&change[0], inner.fd, unix.EVFILT_READ, unix.EV_ADD)
	if errno := sys.KqueueChange(outer.fd, change[:]); errno != 0 {
		outer.Close()
		return nil, failed("kevent", errno)
	}
	w, err := newWaker(outer.fd)
	if err != nil {
		outer.Close()
		return nil, err
	}
	return &kqueueGate{outer: outer, inner: inner.fd, waker: w}, nil
}

func (g *kqueueGate) wait(ns int64) (woken bool) {
	n, _ := sys.KqueueWait(g.outer.fd, g.outer.raw[:2], ns)
	for i := range n {
		ev := &g.outer.raw[i]
		if int(ev.Ident) != g.inner || int64(ev.Filter) != int64(readFilter) {
			woken = true
		}
	}
	return woken
}

func (g *kqueueGate) wake() { g.waker.wake() }

func (g *kqueueGate) close() {
	g.waker.close()
	g.outer.Close()
}

// readFilter and writeFilter have the type of Kevent_t.Filter's values, which
// differs between the systems.
var (
	readFilter  = filterOf(unix.EVFILT_READ)
	writeFilter = filterOf(unix.EVFILT_WRITE)
)

// filterOf returns the number that a fetched event carries for a filter.
func filterOf(filter int) int64 {
	var ev unix.Kevent_t
	unix.SetKevent(&ev, 0, filter, 0)
	return int64(ev.Filter)
}
