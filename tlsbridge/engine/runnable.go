package engine

// Runnable reports whether Handshake would get anywhere: a server has a whole
// ClientHello, as HelloComplete says, and afterwards either side has a whole
// record or something that cannot be one. It spares an owner steps, each with
// a switch of stacks, while a peer's bytes come one by one. Owner only.
func (c *Conn) Runnable() bool {
	switch {
	case c.err != nil, c.paused, c.pipe.eof, !c.in(beforeOpen):
		return true
	case c.state == StateIdle:
		return c.HelloComplete()
	}
	return c.pipe.whole()
}

// whole reports whether the record that a Read comes to next is all there, or
// too long to wait for.
func (p *pipe) whole() bool {
	if p.hdrLen == headerLen {
		return p.buffered() >= p.left || p.left > maxRecord
	}
	missing := headerLen - p.hdrLen
	if p.buffered() < missing {
		return false
	}
	n := p.recordLen()
	return p.buffered() >= missing+n || n > maxRecord
}
