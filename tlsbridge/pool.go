package tlsbridge

import (
	"errors"
	"runtime"
	"sync"
)

// ErrHandshakes closes a connection whose handshake found too many others
// waiting.
var ErrHandshakes = errors.New("tlsbridge: too many handshakes are waiting")

// maxWaiting is how many handshake steps wait for a pool by default.
const maxWaiting = 16 << 10

// HandshakePool does the handshakes of stream filters: signatures, key
// exchanges and the checks of certificates, which take up to some milliseconds
// each, run beside the loops, on a bounded number of goroutines. They exist
// only while there is work. What waits is done in the order it came. Any
// goroutine may call its methods.
type HandshakePool struct {
	workers int
	waiting int

	mu      sync.Mutex
	queue   []func() // from next on
	next    int
	running int
	stats   HandshakeStats
}

// HandshakeStats are a pool's counters.
type HandshakeStats struct {
	Steps   uint64 // steps done; a handshake takes two or so
	Refused uint64 // steps that found no room in the queue
	Waiting int    // steps that wait now
	Running int    // steps being done now
}

// NewHandshakePool makes a pool of so many goroutines, and room for so many
// steps that wait. Zero and less take the defaults: GOMAXPROCS and 16384. A
// connection has one step in the pool at most.
func NewHandshakePool(workers, waiting int) *HandshakePool {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if waiting <= 0 {
		waiting = maxWaiting
	}
	return &HandshakePool{workers: workers, waiting: waiting}
}

// defaultPool is the pool of filters that were not given one.
var defaultPool = sync.OnceValue(func() *HandshakePool { return NewHandshakePool(0, 0) })

// Stats returns the counters.
func (p *HandshakePool) Stats() HandshakeStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Waiting, s.Running = len(p.queue)-p.next, p.running
	return s
}

// do has f called on one of the pool's goroutines, or reports that there is no
// room for it to wait.
func (p *HandshakePool) do(f func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.running < p.workers:
		p.running++
		go p.work(f)
	case len(p.queue)-p.next >= p.waiting:
		p.stats.Refused++
		return false
	default:
		p.queue = append(p.queue, f)
	}
	return true
}

// work does one step and then those that wait.
func (p *HandshakePool) work(f func()) {
	for f != nil {
		f()
		f = p.done()
	}
}

// done counts a step and returns the next, or nil when there is none.
func (p *HandshakePool) done() func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Steps++
	if p.next == len(p.queue) {
		p.running--
		p.queue, p.next = nil, 0
		return nil
	}
	f := p.queue[p.next]
	p.queue[p.next] = nil
	if p.next++; p.next > len(p.queue)/2 { // what is done must not pile up
		n := copy(p.queue, p.queue[p.next:])
		clear(p.queue[n:])
		p.queue, p.next = p.queue[:n], 0
	}
	return f
}
