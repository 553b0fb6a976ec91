package poller

import (
	"sync"

	"github.com/pollux-net/pollux/internal/clock"
)

// gate is an outer event queue that a thread can block in. It is readable
// while the inner queue is, and after wake.
type gate interface {
	// wait blocks the thread for at most ns nanoseconds, without limit when
	// ns is negative. It reports whether wake was called.
	wait(ns int64) (woken bool)
	wake()
	close()
}

// threadParker parks by blocking the thread in a gate.
type threadParker struct {
	gate     gate
	deadline int64

	mu     sync.Mutex // a late Wake must not reach a descriptor that Close has given up
	closed bool
}

func (p *threadParker) Arm(deadline int64) { p.deadline = deadline }

func (p *threadParker) Park(fetch func() bool) {
	for !fetch() {
		ns := int64(-1)
		if p.deadline != clock.Never {
			if ns = p.deadline - clock.Now(); ns <= 0 {
				return
			}
		}
		if p.gate.wait(ns) {
			fetch()
			return
		}
	}
}

func (p *threadParker) Wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.gate.wake()
	}
}

func (p *threadParker) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.gate.close()
}
