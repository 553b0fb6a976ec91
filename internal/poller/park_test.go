package poller_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/clock"
	"github.com/pollux-net/pollux/internal/poller"
	"github.com/pollux-net/pollux/internal/sys"
)

// TestPark is the Parker's contract, clause by clause.
func TestPark(t *testing.T) {
	clauses := map[string]func(*testing.T, poller.Backend){
		"event already there":   testParkReady,
		"event later":           testParkEvent,
		"event taken by others": testParkStolen,
		"deadline":              testParkDeadline,
		"wake before Park":      testWakeBefore,
		"wake after Close":      testWakeAfterClose,
		"wakes from many":       testWakeRace,
		"wakes and deadlines":   testWakeDeadlines,
		"wakes and events":      testWakeEvents,
	}
	for _, b := range poller.Backends() {
		for name, clause := range clauses {
			t.Run(b.Name+"/"+name, func(t *testing.T) { clause(t, b) })
		}
	}
}

// parking is a queue and its parker under test. As in a loop, fetch holds a
// lock over the queue, so that others may call it too.
type parking struct {
	t       *testing.T
	queue   poller.Queue
	parker  poller.Parker
	mu      sync.Mutex
	fetches atomic.Int32
	events  atomic.Int32
}

func park(t *testing.T, b poller.Backend) *parking {
	t.Helper()
	q, p := open(t, b)
	return &parking{t: t, queue: q, parker: p}
}

func (p *parking) fetch() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	var events [8]poller.Event
	n, errno := p.queue.Fetch(events[:])
	if errno != 0 {
		p.t.Error(errno)
	}
	p.events.Add(int32(n))
	p.fetches.Add(1)
	return n > 0
}

// start parks in another goroutine and returns once fetch has been called,
// so that Park is under way.
func (p *parking) start(deadline int64) (done chan struct{}) {
	p.t.Helper()
	p.fetches.Store(0)
	p.events.Store(0)
	done = make(chan struct{})
	go func() {
		defer close(done)
		p.parker.Arm(deadline)
		p.parker.Park(p.fetch)
	}()
	for deadline := clock.After(patience); p.fetches.Load() == 0; runtime.Gosched() {
		if clock.Now() > deadline {
			p.t.Fatal("Park does not call fetch")
		}
	}
	return done
}

func (p *parking) end(done chan struct{}, what string) {
	p.t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case <-done:
	case <-timeout.C:
		p.parker.Wake()
		p.t.Fatalf("%s: Park has not returned", what)
	}
}

// add watches one end of a new pair, takes its first edge and returns both.
func (p *parking) add() (fd, peer int) {
	p.t.Helper()
	fd, peer = socketpair(p.t)
	if errno := p.queue.Add(fd, 1); errno != 0 {
		p.t.Fatal(errno)
	}
	p.fetch()
	return fd, peer
}

func testParkReady(t *testing.T, b poller.Backend) {
	t.Helper()
	p := park(t, b)
	_, peer := p.add()
	send(t, peer, "x", 0)
	p.end(p.start(clock.Never), "an event was there")
	if p.fetches.Load() != 1 || p.events.Load() != 1 {
		t.Errorf("%d fetches and %d events, want one of each", p.fetches.Load(), p.events.Load())
	}
}

func testParkEvent(t *testing.T, b poller.Backend) {
	t.Helper()
	p := park(t, b)
	fd, peer := p.add()
	for range rounds(2000) {
		done := p.start(clock.Never)
		send(t, peer, "x", 0)
		p.end(done, "an event came")
		if p.events.Load() != 1 {
			t.Fatalf("%d events", p.events.Load())
		}
		drain(fd)
	}
}

// testParkStolen takes the events away while the owner wakes up for them: it
// must park again, and not miss the next.
func testParkStolen(t *testing.T, b poller.Backend) {
	t.Helper()
	p := park(t, b)
	fd, peer := p.add()
	for range rounds(500) {
		done := p.start(clock.Never)
		for ended := false; !ended; {
			send(t, peer, "x", 0)
			p.fetch() // the owner or this goroutine gets it
			drain(fd)
			select {
			case <-done:
				ended = true
			default:
				send(t, peer, "y", 0)
				p.end(done, "an event came after a stolen one")
				ended = true
			}
		}
		drain(fd)
		p.fetch()
	}
}

func testParkDeadline(t *testing.T, b poller.Backend) {
	t.Helper()
	p := park(t, b)
	for _, past := range []int64{0, 1, clock.Now()} {
		p.end(p.start(past), "a deadline in the past")
	}
	for range 5 {
		deadline := clock.After(3 * time.Millisecond)
		for clock.Now() < deadline { // Park may return early
			p.end(p.start(deadline), "a deadline")
		}
	}
	p.end(p.start(clock.After(time.Millisecond)), "the last deadline")
	done := p.start(clock.Never) // the old deadline must not end this for good
	p.parker.Wake()
	p.end(done, "Wake")
}

func testWakeBefore(t *testing.T, b poller.Backend) {
	t.Helper()
	p := park(t, b)
	for range rounds(5000) {
		p.parker.Arm(clock.Never)
		p.parker.Wake()
		p.parker.Wake()
		p.parker.Park(p.fetch)
	}
}

func testWakeAfterClose(t *testing.T, b poller.Backend) {
	t.Helper()
	q, p, err := b.Open()
	if err != nil {
		t.Fatal(err)
	}
	q.Close()
	p.Close()
	restore := sys.SetHook(func(call sys.Call) sys.Fault {
		t.Errorf("Wake after Close makes a call: %v", call)
		return sys.Fault{Errno: sys.EBADF}
	})
	p.Wake()
	restore()
}

// testWakeRace has several goroutines wake the owner as it parks. Their calls
// may be late and end a later Park early, but a Wake after Arm is never lost.
func testWakeRace(t *testing.T, b poller.Backend) {
	t.Helper()
	p := park(t, b)
	var armed atomic.Int64
	var wg sync.WaitGroup
	n := int64(rounds(100_000))
	for range 2 {
		wg.Go(func() {
			for seen := int64(0); seen < n; runtime.Gosched() {
				if now := armed.Load(); now != seen {
					seen = now
					p.parker.Wake()
				}
			}
		})
	}
	watchdog := time.AfterFunc(4*patience, func() { panic("a wake-up was lost") })
	defer watchdog.Stop()
	for i := range n {
		p.parker.Arm(clock.Never)
		armed.Store(i + 1)
		p.parker.Park(p.fetch)
	}
	wg.Wait()
}

// testWakeDeadlines changes the deadline all the time while others wake.
func testWakeDeadlines(t *testing.T, b poller.Backend) {
	t.Helper()
	p := park(t, b)
	var armed atomic.Int64
	var wg sync.WaitGroup
	n := int64(rounds(20_000))
	wg.Go(func() {
		for seen := int64(0); seen < n; runtime.Gosched() {
			if now := armed.Load(); now != seen {
				seen = now
				p.parker.Wake()
			}
		}
	})
	watchdog := time.AfterFunc(4*patience, func() { panic("a wake-up was lost") })
	defer watchdog.Stop()
	for i := range n {
		switch i % 3 {
		case 0:
			p.parker.Arm(clock.Never)
		case 1:
			p.parker.Arm(clock.After(time.Hour))
		case 2:
			p.parker.Arm(clock.After(20 * time.Microsecond))
		}
		armed.Store(i + 1)
		p.parker.Park(p.fetch)
	}
	wg.Wait()
}

// testWakeEvents mixes wake-ups with events: Park returns for each event even
// when wake-ups come at the same time.
func testWakeEvents(t *testing.T, b poller.Backend) {
	t.Helper()
	p := park(t, b)
	fd, peer := p.add()
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !stop.Load() {
			p.parker.Wake()
			runtime.Gosched()
		}
	})
	for range rounds(5000) {
		done := p.start(clock.Never)
		send(t, peer, "x", 0)
		p.end(done, "an event came, or Wake")
		if p.events.Load() == 0 { // it was Wake
			p.end(p.start(clock.Never), "an event came after a Wake")
		}
		drain(fd)
		p.fetch()
	}
	stop.Store(true)
	wg.Wait()
}

// rounds is n, or a tenth of it under -short.
func rounds(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

func BenchmarkPark(b *testing.B) {
	for _, backend := range poller.Backends() {
		b.Run(backend.Name, func(b *testing.B) {
			_, p := open(b, backend)
			never := func() bool { return false }
			b.ReportAllocs()
			for b.Loop() {
				p.Arm(clock.Never)
				p.Wake()
				p.Park(never)
			}
		})
	}
}
