package stream

import (
	"fmt"
	"slices"

	"github.com/pollux-net/pollux/reactor"
)

// offer is a call of Handler.Data: what it was given, and what of that the
// connection's methods have taken.
type offer struct {
	conn *Conn
	p    []byte
	took int

	upgraded bool // StartFilter was called
}

// Deliver passes bytes to the handler: for filters. What is more than a turn's
// share is offered in the next one.
func (c *Conn) Deliver(p []byte) {
	switch {
	case c.phase != phaseOpen || c.broken:
	case c.held:
		c.keep(p)
	case c.away&awaySplice != 0:
		c.deferred = true // until there is room
		c.keep(p)
	case c.calls >= dataPerTurn:
		c.deferred = true
		c.handle.Requeue()
		c.keep(p)
	case c.in != nil:
		if c.keep(p) {
			c.deliverKept()
		}
	default:
		used, upgraded := c.data(p)
		c.left(p[used:], upgraded)
	}
}

// data calls the handler. A count that cannot be is a mistake of the program,
// which would otherwise lose or repeat bytes.
func (c *Conn) data(p []byte) (used int, upgraded bool) {
	c.calls++
	if j := c.sink(); j != nil {
		c.spill(j, p)
		return len(p), false
	}
	before := c.loop.offer
	c.loop.offer = offer{conn: c, p: p}
	used = c.handler.Data(c, p)
	took, upgraded := c.loop.offer.took, c.loop.offer.upgraded
	c.loop.offer = before
	if used < 0 || used > len(p)-took {
		panic(fmt.Sprintf("stream: Handler.Data says that %d of %d bytes are used up, after %d were taken", used, len(p), took))
	}
	return used + took, upgraded
}

// deliverKept offers what was kept before.
func (c *Conn) deliverKept() {
	c.deferred = false
	if c.in == nil || c.in.from == c.in.to {
		return
	}
	b := c.in
	c.in = nil // the handler may close the connection, and read the block after that
	used, upgraded := c.data(b.bytes())
	b.from += used
	if c.phase != phaseOpen || b.from == b.to || upgraded {
		c.left(b.bytes(), upgraded)
		c.loop.putBlock(b)
		return
	}
	c.in = b
	c.checkKept()
}

// keep appends to what the handler has not used. It reports whether there was
// the memory.
func (c *Conn) keep(p []byte) bool {
	if len(p) == 0 {
		return true
	}
	if c.in == nil {
		if !c.loop.grows(blockSize(len(p))) {
			c.giveUp(ErrMemory)
			return false
		}
		c.in = c.loop.takeBlock(len(p))
	}
	b := c.in
	have := b.to - b.from
	switch {
	case b.to+len(p) <= len(b.buf):
	case have+len(p) <= len(b.buf)/2: // worth the copying
		b.from, b.to = 0, copy(b.buf, b.bytes())
	default:
		size := blockSize(have + len(p))
		if !c.loop.grows(size) {
			c.giveUp(ErrMemory)
			return false
		}
		c.in = c.loop.takeBlock(size)
		c.in.to = copy(c.in.buf, b.bytes())
		c.loop.putBlock(b)
		b = c.in
	}
	b.to += copy(b.buf[b.to:], p)
	return true
}

// checkKept bounds what a handler leaves.
func (c *Conn) checkKept() {
	if c.in != nil && c.in.to-c.in.from > c.hub().config.MaxInput {
		c.giveUp(ErrInputOverflow)
	}
}

func (c *Conn) dropInput() {
	if c.in != nil {
		c.loop.putBlock(c.in)
		c.in = nil
	}
}

// endOfInput acts on the peer's FIN.
func (c *Conn) endOfInput() {
	c.eof = true
	if c.filter != nil {
		if err := c.filter.EOF(c); err != nil {
			c.giveUp(err)
			return
		}
	}
	c.EndOfInput()
}

// EndOfInput tells the handler, once, that the peer has sent all it will: for
// filters that learn of it before the connection itself ends.
func (c *Conn) EndOfInput() {
	if c.ended || c.phase != phaseOpen {
		return
	}
	if c.held || c.deferred {
		c.owesEnd = true
		return
	}
	c.ended = true
	if j := c.sink(); j != nil {
		c.sourceEnded(j)
		return
	}
	c.handler.EOF(c)
}

// catchUp delivers what the last turn had no time for.
func (c *Conn) catchUp() {
	if !c.deferred || c.held || c.away&awaySplice != 0 || c.phase != phaseOpen {
		return
	}
	c.deliverKept()
	if c.owesEnd && !c.held {
		c.owesEnd = false
		c.EndOfInput()
	}
}

// present returns the input that can be looked at now.
func (c *Conn) present() []byte {
	if o := &c.loop.offer; o.conn == c {
		return o.p[o.took:]
	}
	if c.in == nil {
		return nil
	}
	return c.in.bytes()
}

// take uses up n bytes of present. A block that this empties is given back at
// the end of the turn: the caller may still look at it.
func (c *Conn) take(n int) {
	if o := &c.loop.offer; o.conn == c {
		o.took += n
		return
	}
	if c.in != nil {
		c.in.from += n
		c.touch()
	}
}

// Readable returns how many bytes of input Peek, Next and Discard can have now.
//
// Within Handler.Data those are the bytes of the call; what the methods take of
// them counts as used, and comes before what Data's result counts: a handler
// that takes everything so returns 0. Elsewhere, in a timer's function for
// example or before Resume, they are what Data has left unused.
func (c *Conn) Readable() int { return len(c.present()) }

// Peek returns the next n bytes of input and leaves them there, or nil when
// there are fewer. They are valid until the present callback returns.
func (c *Conn) Peek(n int) []byte {
	p := c.present()
	if n > len(p) {
		return nil
	}
	return p[:n:n]
}

// Next returns the next n bytes of input, which are used up then, or nil when
// there are fewer, and takes none. They are valid until the present callback
// returns.
func (c *Conn) Next(n int) []byte {
	p := c.Peek(n)
	c.take(len(p))
	return p
}

// Discard uses up the next n bytes of input, or those there are, and returns
// how many.
func (c *Conn) Discard(n int) int {
	n = min(max(n, 0), c.Readable())
	c.take(n)
	return n
}

// receive reads until the kernel has no more, the turn's share is used up, or
// the output is full.
func (c *Conn) receive() {
	for range readsPerTurn {
		if c.starve() {
			return
		}
		if j := c.sink(); j != nil && c.pumps(j) {
			if !c.pump(j) {
				return
			}
			continue
		}
		buf := c.loop.buffer
		before, n, errno := c.recv(buf)
		if n == 0 {
			c.nothing(before, errno)
			return
		}
		c.received(n)
		c.input(buf[:n])
		if c.phase == phaseClosed || c.broken || c.stopped() {
			return
		}
		if c.deferred {
			break
		}
		if n == len(buf) {
			c.filled()
		} else if before.Readiness()&(reactor.ReadHangUp|reactor.HangUp|reactor.Error|reactor.Priority) == 0 {
			c.handle.Clear(before, reactor.Readable)
			return
		}
	}
	c.handle.Requeue()
}

// received notes that bytes have come.
func (c *Conn) received(n int) {
	c.loop.counts.in.Add(uint64(n))
	if c.timing != nil {
		c.timing.lastIn = c.loop.Now()
	}
}

// starve reports whether the connection must not be read because the loop's
// connections hold as much memory as they may, so that there might be no room
// for the answer. One that holds nothing is read: it may well leave nothing. So
// is one whose peer has ended: nobody else would give back what it holds.
func (c *Conn) starve() bool {
	limit := c.hub().config.MaxBuffered
	const gone = reactor.ReadHangUp | reactor.HangUp | reactor.Error
	if c.phase != phaseOpen || c.handle.Snapshot().Readiness()&gone != 0 || c.in == nil && c.out.size == 0 && c.sink() == nil || c.loop.held()+min(2*bufferSize, limit/2) <= limit {
		return false
	}
	if !c.starved {
		c.starved = true
		c.loop.starved = append(c.loop.starved, c)
	}
	return true
}

// feed takes a connection off those that wait for memory.
func (c *Conn) feed() {
	if c.starved {
		c.starved = false
		c.rested()
		if i := slices.Index(c.loop.starved, c); i >= 0 {
			c.loop.starved = slices.Delete(c.loop.starved, i, i+1)
		}
	}
}
