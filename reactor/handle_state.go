package reactor

import "sync/atomic"

// Snapshot is a handle's state at one moment: its readiness, and a sequence
// number that every edge moves. It is taken before a system call and given to
// [Handle.Clear] after one that found nothing.
type Snapshot uint64

// Readiness returns the conditions known at that moment.
func (s Snapshot) Readiness() Readiness { return Readiness(s) & (kernel | Closed) }

// The state word, from the low end: 8 bits of readiness, 32 of sequence
// number, 24 of users (calls in progress that rely on the descriptor).
const (
	seqShift  = 8
	seqOne    = uint64(1) << seqShift
	seqMask   = uint64(1<<32-1) << seqShift
	userShift = 40
	userOne   = uint64(1) << userShift
)

// state is a handle's readiness, sequence number, closed mark and users in
// one word, so that one atomic operation sees or changes them together.
type state struct{ word atomic.Uint64 }

func (s *state) load() Snapshot { return Snapshot(s.word.Load()) }

// edge adds conditions and moves the sequence number. It returns false when
// the handle is closed.
func (s *state) edge(r Readiness) bool {
	for {
		old := s.word.Load()
		if Readiness(old)&Closed != 0 {
			return false
		}
		next := old&^seqMask | (old+seqOne)&seqMask | uint64(r&kernel)
		if s.word.CompareAndSwap(old, next) {
			return true
		}
	}
}

// clear removes conditions, unless an edge has come since the snapshot.
func (s *state) clear(since Snapshot, r Readiness) bool {
	for {
		old := s.word.Load()
		if (old^uint64(since))&seqMask != 0 {
			return false
		}
		if old&uint64(r&kernel) == 0 || s.word.CompareAndSwap(old, old&^uint64(r&kernel)) {
			return true
		}
	}
}

// enter adds a user, unless the handle is closed.
func (s *state) enter() (Snapshot, bool) {
	for {
		old := s.word.Load()
		if Readiness(old)&Closed != 0 {
			return Snapshot(old), false
		}
		if s.word.CompareAndSwap(old, old+userOne) {
			return Snapshot(old), true
		}
	}
}

// leave removes a user and reports whether it was the last of a closed handle.
func (s *state) leave() (last bool) {
	next := s.word.Add(^(userOne - 1))
	return Readiness(next)&Closed != 0 && next>>userShift == 0
}

// close marks the handle closed and adds a user, so that the descriptor
// outlives what the caller still has to do. It returns false when the handle
// was closed already.
func (s *state) close() (first bool) {
	for {
		old := s.word.Load()
		if Readiness(old)&Closed != 0 {
			return false
		}
		if s.word.CompareAndSwap(old, (old|uint64(Closed))+userOne) {
			return true
		}
	}
}

// reset forgets every condition, for a registration that is about to report
// them anew. It moves the sequence number too.
func (s *state) reset() {
	for {
		old := s.word.Load()
		next := old&^(seqMask|uint64(kernel)) | (old+seqOne)&seqMask
		if s.word.CompareAndSwap(old, next) {
			return
		}
	}
}
