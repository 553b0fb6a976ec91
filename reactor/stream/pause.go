package stream

// Pause stops the delivery of input: the peer is not read, and neither Data nor
// EOF is called, until Resume. It is for a handler that must finish something
// before it can take more, a long answer for example.
func (c *Conn) Pause() { c.held = true }

// Resume ends a Pause. What Data has left unused is offered again, after the
// present callback has returned.
func (c *Conn) Resume() {
	if !c.held {
		return
	}
	c.held = false
	if err := c.loop.Post(c.offer); err != nil {
		c.fail(err)
	}
}

// offer delivers what was held back, and has the reading go on.
func (c *Conn) offer() {
	if c.phase == phaseOpen && !c.held && len(c.in) > 0 {
		c.Deliver(nil)
	}
	if c.owesEnd && !c.held {
		c.owesEnd = false
		c.EndOfInput()
	}
	if c.phase != phaseClosed {
		c.handle.Requeue()
	}
	c.settle()
}
