package stream

// Pause stops the delivery of input: the peer is not read, and neither Data nor
// EOF is called, until Resume. It is for a handler that must finish something
// before it can take more, a long answer for example.
func (c *Conn) Pause() { c.held, c.resuming = true, false }

// Resume ends a Pause. What Data has left unused is offered again, after the
// present callback has returned.
func (c *Conn) Resume() {
	if !c.held || c.resuming {
		return
	}
	// Held until then: what was kept comes before what is received next.
	c.resuming = true
	c.later(c.offer)
}

// offer delivers what was held back, and has the reading go on.
func (c *Conn) offer() {
	if !c.resuming {
		return
	}
	c.held, c.resuming, c.calls = false, false, 0
	c.rested()
	switch {
	case c.phase != phaseOpen:
	case c.away&awaySplice != 0:
		c.deferred = true // until there is room
	default:
		c.deliverKept()
	}
	if c.owesEnd && !c.held {
		c.owesEnd = false
		c.EndOfInput()
	}
	if c.phase != phaseClosed {
		c.handle.Requeue()
	}
	c.endTurn()
}
