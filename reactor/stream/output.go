package stream

import (
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// Write sends p, at once as far as the kernel takes it; the rest is kept and
// sent when there is room. It never blocks and always takes all of p: a
// handler that produces more than it receives must look at Buffered, or wait
// for Drained. The bytes may be reused when it returns. After Close and
// CloseWrite it does nothing. See [Conn.AsyncWrite] for other goroutines.
func (c *Conn) Write(p []byte) {
	switch {
	case c.shut() || len(p) == 0:
	case c.hasJobs():
		c.queue(p)
	default:
		c.pass(p)
	}
}

// WriteString is Write of a string's bytes.
func (c *Conn) WriteString(s string) { c.Write(bytesOf(s)) }

// Writev is Write of several pieces, in one system call if the kernel takes
// them.
func (c *Conn) Writev(bufs [][]byte) {
	if c.filter == nil && !c.hasJobs() && !c.corked && c.out.size == 0 && !c.shut() {
		c.writev(bufs)
		return
	}
	corked := c.corked
	c.Cork()
	for _, p := range bufs {
		c.Write(p)
	}
	if !corked {
		c.Uncork()
	}
}

// writev sends pieces past everything that could gather or change them.
func (c *Conn) writev(bufs [][]byte) {
	m := &c.loop.message
	for len(bufs) > 0 && !c.broken {
		m.Buffers = m.Buffers[:0]
		total := 0
		for len(bufs) > 0 && len(m.Buffers) < maxVector {
			if len(bufs[0]) > 0 {
				m.Buffers = append(m.Buffers, bufs[0])
				total += len(bufs[0])
			}
			bufs = bufs[1:]
		}
		if total == 0 {
			return
		}
		n := c.attemptVector(total)
		if n < total {
			c.keepVector(m.Buffers, n)
			for _, p := range bufs {
				c.owe(p)
			}
			bufs = nil
		}
		clear(m.Buffers)
	}
}

// keepVector keeps what is behind the first n bytes.
func (c *Conn) keepVector(bufs [][]byte, n int) {
	for _, p := range bufs {
		k := min(n, len(p))
		n -= k
		c.owe(p[k:])
	}
}

// shut reports whether output is not accepted any more.
func (c *Conn) shut() bool { return c.phase != phaseOpen || c.broken || c.halved }

// pass gives the handler's bytes to the filter, or to the kernel.
func (c *Conn) pass(p []byte) {
	if c.filter == nil {
		c.WriteRaw(p)
		return
	}
	if err := c.filter.Send(c, p); err != nil {
		c.giveUp(err)
	} else if c.holding() > 0 {
		c.checkHigh()
	}
}

// WriteRaw sends bytes past the filter: for filters.
func (c *Conn) WriteRaw(p []byte) {
	if c.phase == phaseClosed || c.broken {
		return
	}
	if c.corked && c.out.size+len(p) <= corkLimit {
		c.gathered = true
		c.owe(p)
		c.touch()
		return
	}
	if c.gathered && c.writable() {
		c.flushKept()
		if c.paused { // Drained is for later: what it writes comes after p
			c.gathered = true
			c.touch()
		}
	}
	if c.out.size == 0 {
		p = p[c.attempt(p):]
	}
	c.owe(p)
}

// owe keeps output.
func (c *Conn) owe(p []byte) {
	if len(p) == 0 || c.broken {
		return
	}
	if !c.loop.grows(c.out.need(len(p))) {
		c.fail(ErrMemory)
		return
	}
	first := c.out.size == 0
	c.out.add(c.loop, p)
	if first {
		c.expect()
	}
	c.checkHigh()
}

func (c *Conn) checkHigh() {
	high := c.hub().config.HighWater
	if !c.paused && c.Buffered() > high && (!c.relays() || c.rare.queued > high) {
		c.pause(true)
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
	c.attempted(before, n, len(p), errno, "send")
	return n
}

// attemptVector sends what the kernel takes of the loop's message.
func (c *Conn) attemptVector(total int) int {
	before, ok := c.handle.Acquire()
	if !ok {
		c.fail(reactor.ErrClosed)
		return 0
	}
	defer c.handle.Release()
	n, errno := sys.Sendmsg(int(c.fd), &c.loop.message)
	c.attempted(before, n, total, errno, "send")
	return n
}

// attempted notes what a system call has taken of what it was given.
func (c *Conn) attempted(before reactor.Snapshot, n, of int, errno sys.Errno, op string) {
	if n > 0 {
		c.loop.counts.out.Add(uint64(n))
		if c.timing != nil {
			c.timing.lastOut = c.loop.Now()
		}
	}
	if errno == sys.EAGAIN || errno == 0 && n < of {
		// A connection that has hung up would have failed: what was known of
		// that is from before it was connected.
		c.handle.Clear(before, reactor.Output)
	} else if errno != 0 {
		c.fail(&Error{Op: op, Errno: errno})
	}
}

// flush sends what is owed and tells who waits for that.
func (c *Conn) flush() {
	c.flushShare()
	c.tellEmpty()
}

// flushShare sends what is owed, a turn's share of it, and has more produced.
func (c *Conn) flushShare() {
	sent := c.flushKept()
	if c.hasJobs() && !c.broken {
		c.produce()
	}
	if sent >= flushPerTurn && c.out.size > 0 {
		c.handle.Requeue()
	}
	if c.starved && c.out.size == 0 {
		c.feed()
		c.handle.Requeue()
	}
	if !c.paused || c.Buffered() > c.hub().config.LowWater || c.broken {
		return
	}
	c.pause(false)
	c.rested()
	c.refund()
	if c.phase == phaseOpen {
		c.handler.Drained(c)
	}
	c.handle.Requeue() // input may have waited meanwhile
}

func (c *Conn) flushKept() (sent int) {
	c.gathered = false
	m := &c.loop.message
	for c.out.size > 0 && !c.broken && sent < flushPerTurn {
		m.Buffers = c.out.gather(m.Buffers[:0], maxVector)
		var want, n int
		if len(m.Buffers) == 1 {
			want = len(m.Buffers[0])
			n = c.attempt(m.Buffers[0])
		} else {
			want = m.Len()
			n = c.attemptVector(want)
		}
		clear(m.Buffers)
		c.out.sent(c.loop, n)
		if sent += n; n < want {
			break
		}
	}
	return sent
}

// release sends what was gathered, if there is room as far as is known.
func (c *Conn) release() {
	c.gathered = false
	if c.writable() {
		c.flush()
	}
}

func (c *Conn) writable() bool { return c.handle.Snapshot().Readiness()&reactor.Output != 0 }

// Cork has output gathered, to be sent together: by Uncork, at the end of the
// loop's turn, or when 64 KiB have come together.
func (c *Conn) Cork() {
	c.corked = true
	c.touch()
}

// Uncork ends Cork and sends what was gathered.
func (c *Conn) Uncork() {
	c.corked = false
	if c.gathered && c.phase != phaseClosed && !c.broken {
		c.release()
	}
}

// Batch calls fn with output corked, and leaves the cork as it was before: for
// filters that have several messages at once.
func (c *Conn) Batch(fn func()) {
	before := c.corked
	c.corked = true
	fn()
	if c.corked = before; !before {
		c.Uncork()
	}
}

// Buffered returns how many bytes of output are kept for the peer, in memory.
func (c *Conn) Buffered() int {
	n := c.out.size + c.holding()
	if c.rare != nil {
		n += c.rare.queued
	}
	return n
}

// Unsent returns how many bytes the kernel has not taken: Buffered, and the
// rest of SendFile. Of CopyFrom it counts what was read. In Handler.Close it
// is what is lost; what the kernel took may be lost too.
func (c *Conn) Unsent() int64 {
	if c.phase == phaseClosed {
		if c.rare == nil {
			return int64(c.out.size)
		}
		return c.rare.unsent
	}
	n := int64(c.Buffered())
	if c.hasJobs() {
		for j := c.rare.first; j != nil; j = j.next {
			if j.file != nil {
				n += j.left
			}
			if j.splice != nil {
				n += int64(j.splice.pipe.size)
			}
		}
	}
	return n
}
