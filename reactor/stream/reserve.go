package stream

import (
	"sync"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
)

// How long a listener rests that cannot accept: the first time, and at most.
// The time doubles as long as nothing is accepted.
const (
	minRest = 50 * time.Millisecond
	maxRest = time.Second
)

// reserve is a descriptor kept for the moment when there are none: closing it
// makes room to accept one connection, which is reset. So somebody who waits
// learns that there is no room, where otherwise nobody would learn anything.
type reserve struct {
	mu    sync.Mutex
	fd    int
	has   bool
	ended bool
}

// fill opens the descriptor, unless it is there or there is no room for it.
func (r *reserve) fill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refill()
}

func (r *reserve) refill() {
	if r.has || r.ended {
		return
	}
	fd, errno := sys.Socket(sys.AF_UNIX, sys.SOCK_STREAM, 0)
	r.fd, r.has = fd, errno == 0
}

// lend calls use while the descriptor is free, if there is one.
func (r *reserve) lend(use func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.has {
		r.refill()
	}
	if !r.has {
		return
	}
	r.drop()
	use()
	r.refill()
}

func (r *reserve) drop() {
	sys.Close(r.fd)
	r.has = false
}

// end closes the descriptor for good.
func (r *reserve) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.has {
		r.drop()
	}
	r.ended = true
}

// rest has accepting tried again in a while: the process is out of descriptors
// or memory, or a connection came with an error of the network, see accept(2).
// No edge would tell of the connections that wait meanwhile. Loop-only.
func (a *acceptor) rest(errno sys.Errno) {
	if errno == sys.EMFILE || errno == sys.ENFILE {
		a.server.reserve.lend(a.shed)
	}
	a.resting = true
	a.pause = min(max(2*a.pause, minRest), maxRest)
	a.server.counts.rests.Add(1)
	a.handle.Loop().After(a.pause, func() {
		a.resting = false
		a.server.reserve.fill()
		a.handle.Requeue()
	})
}

// shed accepts one connection and resets it.
func (a *acceptor) shed() {
	if _, fd, _, errno := a.accept(); errno == 0 {
		a.server.counts.shed.Add(1)
		reset(fd)
	}
}

// reset closes a connection so that the peer gets ECONNRESET.
func reset(fd int) {
	sys.SetLinger(fd, 0)
	sys.Close(fd)
}
