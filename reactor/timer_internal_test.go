package reactor

import (
	"math/rand/v2"
	"testing"

	"github.com/pollux-net/pollux/internal/clock"
)

// timerModel drives timers by a clock of its own, against a table.
type timerModel struct {
	t     *testing.T
	rnd   *rand.Rand
	real  timers
	all   []*Timer
	when  []int64 // the model: a deadline for each of all, 0 when not set
	due   []int32 // how many deadlines there are at each tick
	now   int64
	took  int // the index of the timer whose function was called last
	fired int
}

const timerTicks = 1 << 20

func TestTimersAgainstModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %#x", seed)
	n := 1_000_000
	if testing.Short() || Race {
		n = 50_000 // the detector makes it thirty times as slow
	}
	m := &timerModel{t: t, rnd: rand.New(rand.NewPCG(seed, 0)), due: make([]int32, timerTicks+1)}
	m.real.first.Store(clock.Never)
	for i := range n {
		m.all = append(m.all, &Timer{pos: -1, fn: func() { m.took = i }})
		m.when = append(m.when, 0)
		m.set(i)
		if i%3 == 0 {
			m.set(m.rnd.IntN(i + 1)) // reset another, earlier or later
		}
		if i%4 == 0 {
			m.stop(m.rnd.IntN(i + 1))
		}
	}
	for round := 0; m.now < timerTicks; round++ {
		if round%64 == 0 {
			m.verify()
		}
		m.advance(1 + m.rnd.Int64N(timerTicks/64))
		for range 1000 {
			if m.now < timerTicks {
				m.set(m.rnd.IntN(n))
				m.stop(m.rnd.IntN(n))
			}
		}
	}
	m.verify()
	if got := m.real.len(); got != 0 || m.real.first.Load() != clock.Never {
		t.Errorf("%d timers left, the first at %d", got, m.real.first.Load())
	}
	t.Logf("%d timers fired", m.fired)
}

func (m *timerModel) set(i int) {
	m.forget(i)
	tm := m.all[i]
	if tm.pos >= 0 && m.real.heap[tm.pos] != tm {
		m.t.Fatalf("a timer is not at its position %d", tm.pos)
	}
	deadline := m.now + 1 + m.rnd.Int64N(timerTicks-m.now)
	m.when[i] = deadline
	m.due[deadline]++
	m.real.set(tm, deadline)
}

func (m *timerModel) stop(i int) {
	if got, want := m.real.drop(m.all[i]), m.when[i] != 0; got != want {
		m.t.Fatalf("Stop is %v, want %v", got, want)
	}
	m.forget(i)
}

func (m *timerModel) forget(i int) {
	if m.when[i] != 0 {
		m.due[m.when[i]]--
		m.when[i] = 0
	}
}

// advance moves the clock and takes what is due, which must come in order.
func (m *timerModel) advance(by int64) {
	from := m.now
	m.now = min(m.now+by, timerTicks)
	want := 0
	for tick := from + 1; tick <= m.now; tick++ {
		want += int(m.due[tick])
		m.due[tick] = 0
	}
	got, last := 0, from
	for m.real.first.Load() <= m.now {
		tm, when := m.real.due(m.now)
		if tm == nil {
			continue
		}
		if when < last || when > m.now || tm.when != when || tm.pos != -1 {
			m.t.Fatalf("took the timer of %d after that of %d, at %d", when, last, m.now)
		}
		last = when
		got++
		tm.fn()
		if m.when[m.took] != when {
			m.t.Fatalf("took a timer at %d that is set to %d", when, m.when[m.took])
		}
		m.when[m.took] = 0
	}
	if got != want {
		m.t.Fatalf("%d timers fired from %d to %d, want %d", got, from, m.now, want)
	}
	m.fired += got
}

// verify checks the heap's order and that no key is after its deadline.
func (m *timerModel) verify() {
	set := 0
	for i, when := range m.when {
		if when != 0 {
			set++
			if m.all[i].when != when {
				m.t.Fatalf("a deadline is %d, want %d", m.all[i].when, when)
			}
		}
	}
	if len(m.real.heap) != set {
		m.t.Fatalf("%d timers in the heap, want %d", len(m.real.heap), set)
	}
	for i, tm := range m.real.heap {
		if tm.pos != i || tm.key > tm.when || i > 0 && m.real.heap[(i-1)/4].key > tm.key {
			m.t.Fatalf("the heap is in disorder at %d", i)
		}
	}
	if set > 0 && m.real.first.Load() != m.real.heap[0].key {
		m.t.Fatalf("the first is said to be at %d", m.real.first.Load())
	}
}

// TestTimerLazyReset moves a deadline later many times: the heap learns of it
// once, when the old one comes up.
func TestTimerLazyReset(t *testing.T) {
	var h timers
	h.first.Store(clock.Never)
	tm := &Timer{pos: -1}
	if !h.set(tm, 10) {
		t.Error("the only timer is not the earliest")
	}
	for when := int64(11); when <= 50; when++ {
		if h.set(tm, when) {
			t.Error("a later deadline asks for a wake-up")
		}
	}
	if h.first.Load() != 10 {
		t.Errorf("the heap is ordered by %d, want the old 10", h.first.Load())
	}
	if got, _ := h.due(49); got != nil || h.first.Load() != 50 {
		t.Errorf("at 49: %v is due and the first is %d", got, h.first.Load())
	}
	if !h.set(tm, 20) {
		t.Error("an earlier deadline asks for no wake-up")
	}
	if got, when := h.due(20); got != tm || when != 20 {
		t.Errorf("at 20: %v is due, of %d", got, when)
	}
}
