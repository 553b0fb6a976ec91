package fdsock_test

import (
	"encoding/binary"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// crowdSize is how many goroutines are on one pair of sockets in TestThousand.
const crowdSize = 1000

// ledger has a mark for each message of one direction.
type ledger struct {
	next     atomic.Int64 // the number to be sent next
	seen     []atomic.Bool
	received atomic.Int64
}

// thousand is one run of TestThousand.
type thousand struct {
	t     *testing.T
	ends  [2]*fdsock.Socket
	books [2]ledger // by the end that sends
	over  atomic.Bool
}

// TestThousand has a thousand goroutines send and receive numbered messages on
// one pair, others switch its modes and timeouts all the while, and at last
// close it under all of them. No message is lost, none comes twice, and every
// call ends.
//
//inventory:row modes switched in a call
//inventory:row close
func TestThousand(t *testing.T) {
	for _, p := range parkings {
		t.Run(p.name, func(t *testing.T) {
			a, b, err := fdsock.SocketPairOn(newGroup(t, p.config))
			want(t, err, nil)
			st := &thousand{t: t, ends: [2]*fdsock.Socket{closeAtEnd(t, a), closeAtEnd(t, b)}}
			st.run(rounds(10_000))
		})
	}
}

func (st *thousand) run(messages int) {
	const switchers = crowdSize / 50
	var senders, others sync.WaitGroup
	for side := range st.books {
		st.books[side].seen = make([]atomic.Bool, messages)
		for range (crowdSize - switchers) / 4 {
			senders.Go(func() { st.send(side) })
			others.Go(func() { st.receive(side) })
		}
	}
	rnd := seeded(st.t)
	for range switchers {
		seed := rnd.Int()
		others.Go(func() { st.switchModes(seed) })
	}
	senders.Wait()
	until(st.t, "every message arrives", func() bool {
		return st.books[0].received.Load()+st.books[1].received.Load() >= int64(2*messages) || st.t.Failed()
	})
	st.over.Store(true)
	for _, s := range st.ends {
		closeSocket(st.t, s)
	}
	others.Wait()
	for side := range st.books {
		book := &st.books[side]
		if n := book.received.Load(); n != int64(messages) {
			st.t.Errorf("end %d has sent %d messages, %d were received", side, messages, n)
		}
	}
}

// fleeting reports whether a call is to be made again under another mode.
func fleeting(err error) bool { return fdsock.BlockingIOError(err) || fdsock.TimeoutError(err) }

// send sends messages, each of its own, until all are sent.
func (st *thousand) send(side int) {
	book := &st.books[side]
	var p [8]byte
	for v := book.next.Add(1) - 1; v < int64(len(book.seen)); v = book.next.Add(1) - 1 {
		binary.NativeEndian.PutUint64(p[:], uint64(v))
		for {
			n, err := st.ends[side].Send(p[:])
			if err == nil && n == len(p) {
				break
			}
			if err == nil || !fleeting(err) {
				st.t.Errorf("sent %d bytes of a message, %v", n, err)
				return
			}
			runtime.Gosched()
		}
	}
}

// receive receives what an end sends until the other is closed.
func (st *thousand) receive(from int) {
	book := &st.books[from]
	var p [8]byte
	for {
		n, err := st.ends[1-from].RecvInto(p[:])
		switch {
		case err == nil && n == len(p):
			if v := binary.NativeEndian.Uint64(p[:]); book.seen[v].Swap(true) {
				st.t.Errorf("message %d came twice", v)
			}
			book.received.Add(1)
		case err == nil && n == 0 && st.over.Load(): // the other end was closed first
		case errors.Is(err, sys.EBADF) && st.over.Load():
			return
		case err == nil || !fleeting(err) && !st.over.Load():
			st.t.Errorf("received %d bytes of a message, %v", n, err)
			return
		default:
			runtime.Gosched()
		}
	}
}

// switchModes changes the timeouts until the sockets are about to be closed.
func (st *thousand) switchModes(seed int) {
	timeouts := []time.Duration{fdsock.NoTimeout, fdsock.NoTimeout, 0, 20 * time.Microsecond, time.Second, time.Minute}
	for !st.over.Load() {
		seed = (seed*1103515245 + 12345) & (1<<31 - 1)
		st.ends[seed>>8&1].SetTimeout(timeouts[(seed>>16)%len(timeouts)])
		w := reactor.NewWaiter() // a pause in which others run
		w.Wait(reactor.Now() + int64(100*time.Microsecond))
		w.Release()
	}
}
