package reactor

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// plain is the model of a state word: the same fields, apart and unshared.
type plain struct {
	ready Readiness // with Closed
	seq   uint32
	users uint32
}

func (p *plain) word() uint64 {
	return uint64(p.ready) | uint64(p.seq)<<seqShift | uint64(p.users)<<userShift
}

func (p *plain) edge(r Readiness) bool {
	if p.ready&Closed != 0 {
		return false
	}
	p.ready |= r & kernel
	p.seq++
	return true
}

func (p *plain) clear(since plain, r Readiness) bool {
	if since.seq != p.seq {
		return false
	}
	p.ready &^= r & kernel
	return true
}

func (p *plain) enter() bool {
	if p.ready&Closed != 0 {
		return false
	}
	p.users++
	return true
}

func (p *plain) leave() bool {
	p.users--
	return p.ready&Closed != 0 && p.users == 0
}

func (p *plain) close() bool {
	if p.ready&Closed != 0 {
		return false
	}
	p.ready |= Closed
	p.users++
	return true
}

func (p *plain) reset() {
	p.ready &^= kernel
	p.seq++
}

const allConditions = kernel | Closed

// TestStateTransitions goes through every operation from every readiness, at
// the ends of the sequence numbers and with no, one and many users.
func TestStateTransitions(t *testing.T) {
	for ready := Readiness(0); ready <= allConditions; ready++ {
		for _, seq := range []uint32{0, 1, 1<<32 - 1} {
			for _, users := range []uint32{0, 1, 2, 1<<24 - 2} {
				testTransitions(t, plain{ready, seq, users})
			}
		}
	}
}

func testTransitions(t *testing.T, from plain) {
	t.Helper()
	for r := Readiness(0); r <= allConditions; r++ {
		check(t, from, "edge", r, func(s *state) bool { return s.edge(r) }, func(p *plain) bool { return p.edge(r) })
		check(t, from, "clear", r, func(s *state) bool { return s.clear(s.load(), r) }, func(p *plain) bool { return p.clear(*p, r) })
		old := from
		old.seq--
		check(t, from, "late clear", r,
			func(s *state) bool { return s.clear(Snapshot(old.word()), r) },
			func(p *plain) bool { return p.clear(old, r) })
	}
	check(t, from, "enter", 0, func(s *state) bool { _, ok := s.enter(); return ok }, (*plain).enter)
	check(t, from, "close", 0, (*state).close, (*plain).close)
	check(t, from, "reset", 0, func(s *state) bool { s.reset(); return true }, func(p *plain) bool { p.reset(); return true })
	if from.users > 0 {
		check(t, from, "leave", 0, (*state).leave, (*plain).leave)
	}
}

func check(t *testing.T, from plain, op string, r Readiness, word func(*state) bool, model func(*plain) bool) {
	t.Helper()
	var s state
	s.word.Store(from.word())
	want := from
	got, expected := word(&s), model(&want)
	if got != expected || s.word.Load() != want.word() {
		t.Errorf("%s %v from %+v: %v and %#x, want %v and %#x", op, r, from, got, s.word.Load(), expected, want.word())
	}
	if s.load().Readiness() != want.ready {
		t.Errorf("%s %v from %+v: readiness %v, want %v", op, r, from, s.load().Readiness(), want.ready)
	}
}

// TestStateRandomly makes long random walks across the wrap of the sequence
// number, with snapshots that grow old.
func TestStateRandomly(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %#x", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		model := plain{seq: 1<<32 - 5}
		var s state
		s.word.Store(model.word())
		snapshot, modelSnapshot := s.load(), model
		for range 200 {
			r := Readiness(rnd.Uint32N(uint32(allConditions + 1)))
			var got, want bool
			switch rnd.IntN(8) {
			case 0, 1:
				got, want = s.edge(r), model.edge(r)
			case 2, 3:
				got, want = s.clear(snapshot, r), model.clear(modelSnapshot, r)
			case 4:
				snapshot, modelSnapshot = s.load(), model
			case 5:
				snapshot, got = s.enter()
				modelSnapshot = model
				want = model.enter()
			case 6:
				if model.users > 0 {
					got, want = s.leave(), model.leave()
				}
			case 7:
				if rnd.IntN(30) == 0 {
					got, want = s.close(), model.close()
				}
			}
			if got != want || s.word.Load() != model.word() {
				t.Fatalf("%v and %#x, want %v and %+v", got, s.word.Load(), want, model)
			}
		}
	}
}

// TestStateLosesNoEdge has one goroutine take what others bring: as long as
// something is left, the word must say so.
func TestStateLosesNoEdge(t *testing.T) {
	var s state
	s.word.Store(seqMask - 100*seqOne)
	var brought atomic.Int64
	const each, producers = 20_000, 3
	var wg sync.WaitGroup
	for range producers {
		wg.Go(func() {
			for range each {
				brought.Add(1) // the kernel's state changes,
				s.edge(Readable)
			}
		})
	}
	taken := int64(0)
	for taken < each*producers {
		since := s.load()
		if since.Readiness()&Readable == 0 {
			continue // not ready means nothing is there, or its edge is yet to come
		}
		n := brought.Swap(0)
		if taken += n; n == 0 {
			s.clear(since, Readable)
		}
	}
	wg.Wait()
}

// TestStateClosesOnce races users with a closer: exactly one of them is the
// last, nobody enters afterwards, and nobody is inside then.
func TestStateClosesOnce(t *testing.T) {
	for range 2000 {
		var s state
		var inside, last atomic.Int32
		var freed atomic.Bool
		leave := func() {
			if s.leave() {
				last.Add(1)
				freed.Store(true)
				if n := inside.Load(); n != 0 {
					t.Errorf("the last user left %d behind", n)
				}
			}
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for {
					_, ok := s.enter()
					if !ok {
						return
					}
					inside.Add(1)
					if freed.Load() {
						t.Error("entered after the last user left")
					}
					inside.Add(-1)
					leave()
					runtime.Gosched() // or the closers hardly get a turn
				}
			})
		}
		var closers atomic.Int32
		for range 2 {
			wg.Go(func() {
				if s.close() {
					closers.Add(1)
					leave()
				}
			})
		}
		wg.Wait()
		if closers.Load() != 1 || last.Load() != 1 {
			t.Fatalf("%d closers and %d last users, want one of each", closers.Load(), last.Load())
		}
	}
}

func TestReadinessString(t *testing.T) {
	for _, c := range []struct {
		r    Readiness
		want string
	}{
		{0, "none"},
		{Readable | Writable, "readable|writable"},
		{Closed, "closed"},
		{kernel | Closed, "readable|writable|priority|read-hang-up|hang-up|error|closed"},
	} {
		if got := c.r.String(); got != c.want {
			t.Errorf("%#x is %q, want %q", uint32(c.r), got, c.want)
		}
	}
}
