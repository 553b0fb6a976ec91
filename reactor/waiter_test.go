package reactor_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

func TestWaiterDeadline(t *testing.T) {
	w := reactor.NewWaiter()
	defer w.Release()
	for _, past := range []int64{-1, 0, 1, reactor.Now()} {
		if w.Wait(past) {
			t.Errorf("Wait(%d) is true", past)
		}
	}
	deadline := reactor.Now() + int64(5*time.Millisecond)
	for w.Wait(deadline) {
	}
	if now := reactor.Now(); now < deadline {
		t.Errorf("gave up %d ns early", deadline-now)
	}
}

func TestWaiterWake(t *testing.T) {
	for _, deadline := range []int64{reactor.Never, reactor.Now() + int64(time.Hour)} {
		w := reactor.NewWaiter()
		w.Wake() // before Wait, and many times
		w.Wake()
		if !w.Wait(deadline) {
			t.Error("Wait is false before its deadline")
		}
		for range rounds(20_000) {
			go w.Wake()
			if !w.Wait(deadline) {
				t.Error("Wait is false before its deadline")
			}
		}
		w.Release()
	}
}

// TestWaiterReuse releases waiters with a notification pending and an alarm
// just gone off: whoever is given them next must still be woken.
func TestWaiterReuse(t *testing.T) {
	g := newGroup(t, reactor.Config{}, 1)
	h, peer := pair(t, g.Next())
	arm(t, h)
	for range rounds(2000) {
		w := reactor.NewWaiter()
		w.Watch(h, reactor.Input)
		w.Wait(reactor.Now() + 1000)
		send(t, peer, "x")
		w.Release()
		drain(h)
		await(t, h, reactor.Output)
	}
}

// TestWaiterMany watches many pollables; one of them must end the wait, and
// no subscription may be left afterwards.
func TestWaiterMany(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			const n = 50
			g := newGroup(t, c, 2)
			var handles []*reactor.Handle
			var peers []int
			for range n {
				h, peer := pair(t, g.Next())
				handles, peers = append(handles, h), append(peers, peer)
			}
			rnd := seeded(t)
			for range rounds(1000) {
				chosen := rnd.IntN(n)
				w := reactor.NewWaiter()
				for _, h := range handles {
					w.Watch(h, reactor.Readable)
				}
				settleAll(handles)
				go sys.Send(peers[chosen], []byte("x"), 0)
				for handles[chosen].Readiness(reactor.Readable) == 0 {
					if !w.Wait(reactor.Now() + int64(patience)) {
						t.Fatalf("handle %d of %d woke nobody", chosen, n)
					}
				}
				w.Release()
				drain(handles[chosen])
			}
		})
	}
}

// settleAll has every edge noted that is still in the kernel.
func settleAll(handles []*reactor.Handle) {
	for _, h := range handles {
		h.Loop().Harvest()
	}
}

// listener counts what it is told.
type listener struct {
	told atomic.Int32
	last atomic.Uint32
}

func (l *listener) Notify(_ *reactor.Subscription, r reactor.Readiness) {
	l.told.Add(1)
	l.last.Store(uint32(r))
}

func TestSubscriptionMask(t *testing.T) {
	g := newGroup(t, reactor.Config{}, 1)
	l := g.Next()
	h, peer := pair(t, l)
	arm(t, h)
	l.Harvest()
	var in, urgent listener
	subIn := reactor.Subscription{Listener: &in, Mask: reactor.Readable}
	subUrgent := reactor.Subscription{Listener: &urgent, Mask: reactor.Priority}
	for range 2 { // the second time changes nothing
		h.Subscribe(&subIn)
		h.Subscribe(&subUrgent)
	}
	send(t, peer, "x")
	l.Harvest()
	if got := reactor.Readiness(in.last.Load()); in.told.Load() != 1 || got != reactor.Readable {
		t.Errorf("told %d times, last %v, want once %v", in.told.Load(), got, reactor.Readable)
	}
	if urgent.told.Load() != 0 {
		t.Errorf("told of %v without having asked", reactor.Readiness(urgent.last.Load()))
	}
	h.Kick()
	if in.told.Load() != 2 || urgent.told.Load() != 1 || in.last.Load() != 0 {
		t.Errorf("Kick: told %d and %d times", in.told.Load(), urgent.told.Load())
	}
	for range 2 {
		h.Unsubscribe(&subIn)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if got := reactor.Readiness(urgent.last.Load()); got != reactor.Closed {
		t.Errorf("Close told %v, want %v unasked", got, reactor.Closed)
	}
	if in.told.Load() != 2 {
		t.Error("told after Unsubscribe")
	}
	h.Unsubscribe(&subUrgent)
}

// TestSubscribeAnyOrder subscribes and unsubscribes in random order: exactly
// those subscribed are told.
func TestSubscribeAnyOrder(t *testing.T) {
	g := newGroup(t, reactor.Config{}, 1)
	h, _ := pair(t, g.Next())
	arm(t, h)
	g.Next().Harvest()
	rnd := seeded(t)
	var listeners [12]listener
	var subs [12]reactor.Subscription
	var active [12]bool
	for i := range subs {
		subs[i] = reactor.Subscription{Listener: &listeners[i], Mask: reactor.Priority}
	}
	for range rounds(20_000) {
		i := rnd.IntN(len(subs))
		if active[i] = !active[i]; active[i] {
			h.Subscribe(&subs[i])
		} else {
			h.Unsubscribe(&subs[i])
		}
		h.Kick()
		for j := range listeners {
			want := int32(0)
			if active[j] {
				want = 1
			}
			if got := listeners[j].told.Swap(0); got != want {
				t.Fatalf("listener %d was told %d times, want %d", j, got, want)
			}
		}
	}
	for i := range subs {
		h.Unsubscribe(&subs[i])
	}
}

// TestNoNotifyAfterUnsubscribe checks the promise that lets a waiter be used
// again: when Unsubscribe has returned, no Notify is under way.
func TestNoNotifyAfterUnsubscribe(t *testing.T) {
	g := newGroup(t, reactor.Config{}, 1)
	h, _ := pair(t, g.Next())
	arm(t, h)
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !stop.Load() {
			h.Kick()
			runtime.Gosched()
		}
	})
	var l oneOwner
	sub := reactor.Subscription{Listener: &l, Mask: reactor.Input}
	for range rounds(20_000) {
		h.Subscribe(&sub)
		runtime.Gosched()
		h.Unsubscribe(&sub)
		l.told = 0 // a race, and the detector's report, if Notify still ran
	}
	stop.Store(true)
	wg.Wait()
}

type oneOwner struct{ told int }

func (l *oneOwner) Notify(*reactor.Subscription, reactor.Readiness) { l.told++ }
