package stream

import "sync"

// asyncQueue is output of other goroutines on its way to the loop. It is
// written there by one function for all that has come together.
type asyncQueue struct {
	mu     sync.Mutex
	buf    *asyncBuffer // nil when nothing has come
	owed   int          // bytes that wait here or, past the high watermark, for the peer
	posted bool
	closed bool
}

type asyncBuffer struct{ data []byte }

// asyncBuffers are those that no queue has: a quiet connection keeps none.
var asyncBuffers = sync.Pool{New: func() any { return new(asyncBuffer) }}

// gone is the queue of connections that are closed and never had one.
var gone = &asyncQueue{closed: true}

// maxSpare is how large a buffer is kept for another AsyncWrite.
const maxSpare = 64 << 10

// AsyncWrite writes p, of which it keeps a copy, when the loop comes to it.
// Bytes of one goroutine stay in order. It returns [ErrFull], and has taken
// nothing, while more than Config.HighWater bytes of other calls wait for the
// loop, or for a peer that does not read; a piece that is larger than that is
// taken when nothing waits. It returns ErrFull, too, while the loop's connections
// have all the memory of Config.MaxBuffered. It returns [ErrClosed] after Close
// and CloseWrite. Any goroutine.
func (c *Conn) AsyncWrite(p []byte) error {
	q := c.asyncs()
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return ErrClosed
	case len(p) == 0:
		return nil
	case q.owed > 0 && q.owed+len(p) > c.hub().config.HighWater, !c.loop.grows(len(p)):
		return ErrFull
	}
	if !q.posted {
		if err := c.loop.Post(c.writeAsyncs); err != nil {
			return err
		}
		q.posted = true
	}
	if q.buf == nil {
		q.buf = asyncBuffers.Get().(*asyncBuffer)
	}
	q.buf.data = append(q.buf.data, p...)
	q.owed += len(p)
	c.loop.counts.buffered.Add(int64(len(p)))
	return nil
}

func (c *Conn) asyncs() *asyncQueue {
	q := c.async.Load()
	for q == nil {
		c.async.CompareAndSwap(nil, new(asyncQueue))
		q = c.async.Load()
	}
	return q
}

// writeAsyncs writes what has come together.
func (c *Conn) writeAsyncs() {
	q := c.async.Load()
	q.mu.Lock()
	b := q.buf
	q.buf, q.posted = nil, false
	q.mu.Unlock()
	c.loop.hold(-len(b.data)) // Write counts them again
	c.Write(b.data)
	if cap(b.data) <= maxSpare {
		b.data = b.data[:0]
		asyncBuffers.Put(b)
	}
	if !c.paused {
		c.refund()
	}
}

// refund lets other goroutines write again: their bytes are on their way.
func (c *Conn) refund() {
	if q := c.async.Load(); q != nil && q != gone {
		q.mu.Lock()
		q.owed = 0
		if q.buf != nil {
			q.owed = len(q.buf.data)
		}
		q.mu.Unlock()
	}
}

// closeAsyncs refuses further output of other goroutines.
func (c *Conn) closeAsyncs() {
	if c.async.CompareAndSwap(nil, gone) {
		return
	}
	q := c.async.Load()
	if q == gone {
		return
	}
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
}

// AsyncClose is Close, when the loop comes to it: after what the goroutine has
// written before. It fails as Post does. Any goroutine.
func (c *Conn) AsyncClose() error { return c.loop.Post(c.Close) }

// AsyncAbort is Abort, when the loop comes to it. It fails as Post does. Any
// goroutine.
func (c *Conn) AsyncAbort() error { return c.loop.Post(c.Abort) }
