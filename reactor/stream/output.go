package stream

import (
	"sync"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

const chunkSize = 16 << 10

// chunk is a piece of output that waits for the kernel.
type chunk struct {
	data [chunkSize]byte
	from int // sent up to here
	to   int // filled up to here
}

var chunks = sync.Pool{New: func() any { return new(chunk) }}

// outbox is the output that the kernel has not taken yet, in order.
type outbox struct {
	list []*chunk
	size int
}

func (o *outbox) add(p []byte) {
	o.size += len(p)
	for len(p) > 0 {
		if n := len(o.list); n == 0 || o.list[n-1].to == chunkSize {
			o.list = append(o.list, chunks.Get().(*chunk))
		}
		last := o.list[len(o.list)-1]
		n := copy(last.data[last.to:], p)
		last.to += n
		p = p[n:]
	}
}

// first returns the bytes to send next.
func (o *outbox) first() []byte { return o.list[0].data[o.list[0].from:o.list[0].to] }

// sent drops n bytes of first.
func (o *outbox) sent(n int) {
	o.size -= n
	c := o.list[0]
	if c.from += n; c.from == c.to {
		o.drop()
	}
}

func (o *outbox) drop() {
	c := o.list[0]
	c.from, c.to = 0, 0
	chunks.Put(c)
	o.list[0] = nil
	if o.list = o.list[1:]; len(o.list) == 0 {
		o.list = nil
	}
}

func (o *outbox) release() {
	for len(o.list) > 0 {
		o.drop()
	}
	o.size = 0
}

// Write sends p, at once as far as the kernel takes it; the rest is kept and
// sent when there is room. It never blocks and always takes all of p: a
// handler that produces more than it receives must look at Buffered, or wait
// for Drained. The bytes may be reused when it returns.
func (c *Conn) Write(p []byte) {
	if c.phase != phaseOpen || c.failed != nil {
		return
	}
	if c.filter == nil {
		c.WriteRaw(p)
		return
	}
	if err := c.filter.Send(c, p); err != nil {
		c.giveUp(err)
	}
}

// WriteRaw sends bytes past the filter: for filters.
func (c *Conn) WriteRaw(p []byte) {
	if c.phase == phaseClosed || c.failed != nil {
		return
	}
	if c.out.size == 0 {
		p = p[c.attempt(p):]
	}
	if len(p) == 0 || c.failed != nil {
		return
	}
	c.out.add(p)
	if c.out.size > c.hub.config.HighWater {
		c.paused = true
	}
}

// attempt sends what the kernel takes of p.
func (c *Conn) attempt(p []byte) int {
	before, ok := c.handle.Acquire()
	if !ok { // the group has closed it
		c.fail(reactor.ErrClosed)
		return 0
	}
	defer c.handle.Release()
	n, errno := sys.Send(int(c.fd), p, 0)
	if errno == sys.EAGAIN || errno == 0 && n < len(p) {
		// A connection that has hung up would have failed: what was known of
		// that is from before it was connected.
		c.handle.Clear(before, reactor.Output)
	} else if errno != 0 {
		c.fail(&Error{Op: "send", Errno: errno})
	}
	return n
}

// flush sends what has been kept.
func (c *Conn) flush() {
	for c.out.size > 0 && c.failed == nil {
		want := c.out.first()
		n := c.attempt(want)
		c.out.sent(n)
		if n < len(want) {
			break
		}
	}
	if c.paused && c.out.size <= c.hub.config.LowWater && c.failed == nil {
		c.paused = false
		if c.phase == phaseOpen {
			c.handler.Drained(c)
		}
		c.handle.Requeue() // input may have waited meanwhile
	}
}

// Buffered returns how many bytes of output wait for the peer.
func (c *Conn) Buffered() int { return c.out.size }
