package stream

import "errors"

var (
	// ErrFiltered is that of a StartFilter on a connection that has a filter.
	ErrFiltered = errors.New("stream: the connection has a filter already")
	// ErrProducing is that of a change of filters while output of SendFile or
	// CopyFrom, or what was written behind it, is still to come.
	ErrProducing = errors.New("stream: output from before the change of filters is still to be produced")
)

// Filter returns the connection's filter, or nil.
func (c *Conn) Filter() Filter { return c.filter }

// StartFilter puts a filter between the connection and its handler from now on:
// what is written after it goes through the filter, and what the handler has
// not used up, within Data what it does not use up either, is the filter's. So
// bytes that somebody has slipped in ahead of the change are never taken for
// the handler's. A peer's end that came before is the filter's, too. It returns [ErrFiltered], [ErrClosed] or [ErrProducing] and does
// nothing then.
func (c *Conn) StartFilter(f Filter) error {
	switch {
	case c.filter != nil:
		return ErrFiltered
	case c.shut():
		return ErrClosed
	case c.hasJobs():
		return ErrProducing
	}
	c.filter = f
	if s, ok := f.(Starter); ok {
		if err := s.Start(c); err != nil {
			c.giveUp(err)
			return nil
		}
	}
	if c.loop.offer.conn == c {
		c.loop.offer.upgraded = true // Data is under way
		return nil
	}
	if b := c.in; b != nil {
		c.in, c.deferred = nil, false
		c.input(b.bytes())
		c.loop.putBlock(b)
	}
	c.passEnd()
	return nil
}

// passEnd tells a filter that has been started since of the peer's FIN. The end
// that its input has is another one for the handler.
func (c *Conn) passEnd() {
	if c.eof && c.filter != nil && c.phase == phaseOpen && !c.broken {
		c.ended, c.owesEnd = false, false
		c.endOfInput()
	}
}

// EndFilter takes the filter away: for filters that are at their end, after
// their own farewell. then is called, and may write; rest is what the peer has
// sent behind its farewell, for the handler. The end of the filter's input, if
// there was one, is not the connection's. Output that is still to be produced
// was meant for the filter: then the connection fails with [ErrProducing].
func (c *Conn) EndFilter(then func(), rest []byte) {
	if c.hasJobs() {
		c.fail(ErrProducing)
		return
	}
	c.filter = nil
	c.ended, c.owesEnd, c.farewell = false, false, false
	then()
	c.Deliver(rest)
	if c.eof {
		c.EndOfInput()
	}
}

// left acts on what Data has left of p, which is the filter's if Data has
// called StartFilter.
func (c *Conn) left(p []byte, upgraded bool) {
	switch {
	case c.phase != phaseOpen:
	case upgraded:
		if len(p) > 0 {
			c.input(p)
		}
		c.passEnd()
	case len(p) > 0:
		c.keep(p)
		c.checkKept()
	}
}
