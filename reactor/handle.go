package reactor

import (
	"runtime"
	"sync/atomic"

	"github.com/pollux-net/pollux/internal/poller"
	"github.com/pollux-net/pollux/internal/sys"
)

// Handler receives a handle's edges on its loop.
type Handler interface {
	// Ready is called on the loop after an edge with the conditions that are
	// known to hold. Edges are not repeated: read or write until the kernel
	// says EAGAIN or is short, or call [Handle.Requeue] to go on in the next
	// turn. It must not block. Loop-only.
	Ready(h *Handle, r Readiness)
}

// Handle is a descriptor that belongs to a loop. It owns the descriptor: the
// last call that uses it closes it after [Handle.Close].
//
// The descriptor is registered with the kernel once, when somebody first
// wants to wait for it, edge-triggered for everything, until the handle is
// closed. Before that its readiness counts as unknown, that is as ready.
type Handle struct {
	state   state
	loop    *Loop
	handler Handler
	subs    subscribers
	owner   atomic.Pointer[Pollable]
	origin  *origin

	fd     int32
	slot   uint32
	watch  atomic.Uint32 // unwatched, watched or unwatchable
	gone   atomic.Bool   // see Gone
	queued bool          // in loop.pending; guarded by loop.mu
	left   chan struct{} // set by Detach, before it leaves: closed when the last user has left
}

// origin is what reports say of a handle. Handles of a kind share it, unless
// the group is traced.
type origin struct {
	kind    string
	created string // where, when the group is traced
}

// What the kernel does about a descriptor. It changes once, under loop.mu.
const (
	unwatched   uint32 = iota // nobody has asked yet, or the kernel had no room
	watched                   // the loop's queue reports edges
	unwatchable               // a regular file: always ready
)

// Fileno returns the descriptor, or -1 once closed. Any goroutine.
func (h *Handle) Fileno() int {
	if h.state.load().Readiness()&Closed != 0 {
		return -1
	}
	return int(h.fd)
}

// Handle returns h itself, as [Pollable] asks. Any goroutine.
func (h *Handle) Handle() *Handle { return h }

// Loop returns the loop the handle belongs to. Any goroutine.
func (h *Handle) Loop() *Loop { return h.loop }

// Kind returns the word the handle was made with. Any goroutine.
func (h *Handle) Kind() string { return h.origin.kind }

// Acquire begins a call that uses the descriptor, so that a Close meanwhile
// does not hand the number to somebody else. It returns false when the handle
// is closed; otherwise the caller must call Release, and must not wait in
// between. Any goroutine.
func (h *Handle) Acquire() (Snapshot, bool) { return h.state.enter() }

// Release ends what Acquire began. Any goroutine.
func (h *Handle) Release() {
	if h.state.leave() {
		_ = h.finish()
	}
}

// Snapshot returns the present state. Any goroutine.
func (h *Handle) Snapshot() Snapshot { return h.state.load() }

// Clear notes that a call found the conditions not to hold: one that returned
// EAGAIN, or on a stream socket was short (see epoll(7)). It does nothing if
// an edge has come since the snapshot was taken. Any goroutine.
func (h *Handle) Clear(since Snapshot, r Readiness) {
	if h.Armed() {
		h.state.clear(since, r)
	}
}

// Armed reports whether the kernel watches the descriptor, so that the known
// readiness is exact in the not-ready direction. Any goroutine.
func (h *Handle) Armed() bool { return h.watch.Load() == watched }

// Readiness implements [Pollable]. Any goroutine.
func (h *Handle) Readiness(mask Readiness) Readiness {
	return h.state.load().Readiness() & (mask | unasked)
}

// Subscribe implements [Pollable]. Any goroutine.
func (h *Handle) Subscribe(s *Subscription) {
	h.subs.add(s)
	if err := h.Arm(); err != nil {
		h.edge(Error)
	}
}

// Unsubscribe implements [Pollable]. Any goroutine.
func (h *Handle) Unsubscribe(s *Subscription) { h.subs.remove(s) }

// Kick makes every waiter look again, as when a timeout has changed. Any
// goroutine.
func (h *Handle) Kick() { h.subs.notify(0) }

// Arm makes the kernel watch the descriptor. Subscribe and SetHandler do it;
// a caller that needs the error calls it first. A descriptor that cannot be
// watched, a regular file, counts as always ready. Any goroutine.
func (h *Handle) Arm() error {
	if h.watch.Load() != unwatched {
		return nil
	}
	return h.loop.arm(h)
}

// SetHandler makes the loop call handler for every edge, the first of which
// reports what holds already. Call it before or instead of waiting. Any
// goroutine; but a handler that is there already is replaced on the loop only.
func (h *Handle) SetHandler(handler Handler) error {
	h.loop.mu.Lock()
	h.handler = handler
	if h.watch.Load() != unwatched {
		h.loop.enqueue(h)
	}
	h.loop.mu.Unlock()
	err := h.Arm()
	h.loop.signal()
	return err
}

// Requeue makes the loop call the handler again in its next turn. Without a
// handler it does nothing. Any goroutine.
func (h *Handle) Requeue() {
	h.loop.mu.Lock()
	h.loop.enqueue(h)
	h.loop.mu.Unlock()
	h.loop.signal()
}

// SetOwner names what [Lookup] returns for the descriptor: the pollable that
// knows more about it than the handle does. Any goroutine.
func (h *Handle) SetOwner(p Pollable) { h.owner.Store(&p) }

// Close marks the handle closed, takes the descriptor off the loop, wakes
// every waiter and closes the descriptor, at the latest when the calls in
// progress end. Only the first call does anything. Any goroutine.
func (h *Handle) Close() error {
	if !h.state.close() {
		return nil
	}
	h.loop.detach(h)
	h.subs.notify(Closed)
	if h.state.leave() {
		return h.finish()
	}
	return nil
}

// Detach is Close without closing the descriptor, which is the caller's from
// then on: the calls of others have ended, or will find the handle closed, and
// none uses the descriptor any more. For that it waits until those have called
// Release that had called Acquire, which takes no longer than a system call
// that does not block. Called on the loop it holds up the loop so long; called
// between Acquire and Release it would wait for itself, and must not be. It
// returns -1 when the handle was closed already. Any goroutine.
func (h *Handle) Detach() int {
	if !h.state.close() {
		return -1
	}
	h.left = make(chan struct{})
	h.loop.detach(h)
	descriptors.remove(h)
	h.subs.notify(Closed)
	if !h.state.leave() {
		<-h.left
	}
	h.part()
	return int(h.fd)
}

// Gone reports whether the handle is closed and has no descriptor any more: it
// is closed too, or the caller's of Detach. Subscribers are told of [Closed]
// when the closing begins, and again when it has come so far. Any goroutine.
func (h *Handle) Gone() bool { return h.gone.Load() }

// part notes that the descriptor is the handle's no more.
func (h *Handle) part() {
	h.gone.Store(true)
	h.subs.notify(Closed)
}

// finish closes the descriptor after the last user has left, or tells Detach.
func (h *Handle) finish() error {
	if h.left != nil {
		close(h.left)
		return nil
	}
	descriptors.remove(h)
	errno := sys.Close(int(h.fd))
	h.part()
	if errno != 0 {
		return errno
	}
	return nil
}

// edge notes conditions reported by the kernel and tells the waiters. It
// returns how many there were.
func (h *Handle) edge(r Readiness) int {
	if !h.state.edge(r) {
		return 0
	}
	return h.subs.notify(r)
}

// token is the handle's registration; call with loop.mu held.
func (h *Handle) token() poller.Token {
	return poller.NewToken(h.slot, h.loop.slots[h.slot].generation)
}

// caller names the first function outside this package that the call came
// through.
func caller() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		frame, more := frames.Next()
		if !more || !isOurs(frame.Function) {
			return position(frame)
		}
	}
}
