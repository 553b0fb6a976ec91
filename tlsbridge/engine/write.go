package engine

// Write encrypts p to Outgoing or the sink, all of it: it is never short and
// never blocks, and bounding the queue is the owner's task. After CloseNotify
// it returns ErrShutdown, after a failure the failure. Before the handshake is
// over Write runs it, and returns ErrWantRead or ErrWantWrite, with nothing
// taken, while it needs the peer. Owner only.
func (c *Conn) Write(p []byte) (int, error) {
	if c.in(beforeOpen) {
		if err := c.proceed(); err != nil {
			return 0, err
		}
	}
	if !c.in(writing) {
		return 0, c.writeErr()
	}
	if len(p) == 0 {
		return 0, nil
	}
	if c.pipe.sink == nil || c.pipe.out.len() > 0 {
		c.pipe.out.reserve(sealedLen(len(p)))
	}
	n, err := c.tls.Write(p)
	if err != nil {
		return n, c.fail(err)
	}
	return n, nil
}

// CloseNotify ends our direction: it puts a close_notify behind what was
// written. Reading goes on. Again it does nothing. Owner only.
func (c *Conn) CloseNotify() error {
	switch {
	case c.err != nil:
		return c.err
	case c.in(beforeOpen):
		return ErrHandshakeIncomplete
	case !c.in(writing):
		return nil
	}
	if err := c.tls.CloseWrite(); err != nil {
		return c.fail(err)
	}
	to := StateClosed
	if c.state == StateOpen {
		to = StateCloseSent
	}
	c.setState(to)
	return nil
}

func (c *Conn) writeErr() error {
	if c.err != nil {
		return c.err
	}
	return ErrShutdown
}

// sealedLen estimates the ciphertext of n bytes: crypto/tls begins with records
// of a packet's size, and CBC suites add the most to each.
func sealedLen(n int) int { return n + n/16 + 128 }
