package stream

import "errors"

// ErrFiltered is that of a StartFilter on a connection that has a filter.
var ErrFiltered = errors.New("stream: the connection has a filter already")

// Filter returns the connection's filter, or nil.
func (c *Conn) Filter() Filter { return c.filter }

// StartFilter puts a filter between the connection and its handler from now on:
// what is written after it goes through the filter, and what the handler has
// not used up, within Data what it does not use up either, is the filter's. So
// bytes that somebody has slipped in ahead of the change are never taken for
// the handler's. It returns [ErrFiltered] or [ErrClosed] and does nothing then.
func (c *Conn) StartFilter(f Filter) error {
	switch {
	case c.filter != nil:
		return ErrFiltered
	case c.shut():
		return ErrClosed
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
	return nil
}

// EndFilter takes the filter away: for filters that are at their end, after
// their own farewell. then is called, and may write; rest is what the peer has
// sent behind its farewell, for the handler. The end of the filter's input, if
// there was one, is not the connection's.
func (c *Conn) EndFilter(then func(), rest []byte) {
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
	case c.phase != phaseOpen || len(p) == 0:
	case upgraded:
		c.input(p)
	default:
		c.keep(p)
		c.checkKept()
	}
}
