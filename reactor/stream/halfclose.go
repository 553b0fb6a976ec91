package stream

// HalfCloser is a [Filter] that can end our direction and go on to receive.
type HalfCloser interface {
	Filter
	// CloseWrite is told, once, that nothing more will be sent; it may send a
	// farewell. Close still follows, and is not to send another one.
	CloseWrite(c *Conn)
}

// CloseWrite sends what is owed and then ends our direction, so that the peer
// reads the end; input goes on. When the peer has ended its own, and EOF has
// been called, the connection closes. It returns [ErrHalfClose], and does
// nothing, when the filter cannot do that, and [ErrClosed] after Close.
func (c *Conn) CloseWrite() error {
	switch {
	case c.halved:
		return nil
	case c.shut():
		return ErrClosed
	case c.filter != nil:
		if _, ok := c.filter.(HalfCloser); !ok {
			return ErrHalfClose
		}
	}
	c.halved = true
	c.closeAsyncs()
	c.later(c.settle)
	return nil
}

// halve ends our direction when all is sent, and the connection when the peer
// has ended its own too.
func (c *Conn) halve() {
	if c.hasJobs() || c.holding() > 0 || c.timing != nil && c.timing.shaking { // which needs both directions
		return
	}
	if f, ok := c.filter.(HalfCloser); ok && !c.farewell {
		c.farewell = true
		f.CloseWrite(c)
	}
	if c.out.size > 0 || c.phase != phaseOpen || c.broken {
		return
	}
	if !c.departed && !c.shutWrite() {
		return
	}
	if c.ended {
		c.Close()
	}
}
