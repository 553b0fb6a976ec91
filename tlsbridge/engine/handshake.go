package engine

import "iter"

// Handshake runs the handshake as far as the ciphertext that was fed carries
// it. It returns WantWrite when Outgoing must be taken before more input can
// come, WantRead when input is needed, and Done, then and in later calls, when
// the handshake is over. Outgoing may hold bytes in each case, and after an
// error the alert for the peer. The error is that of crypto/tls, or
// ErrTruncated at the end of the transport, and stays.
//
// A server does not begin before HelloComplete. Signatures and the callbacks
// of the tls.Config run in this call. Owner only.
func (c *Conn) Handshake() (Status, error) {
	switch {
	case c.err != nil:
		return WantRead, c.err
	case !c.in(beforeOpen):
		return Done, nil
	case c.state == StateIdle:
		if !c.HelloComplete() && !c.pipe.eof {
			return c.stalled(), nil
		}
		c.begin()
	case !c.pipe.ready():
		return c.stalled(), nil
	}
	if c.resume() {
		return c.stalled(), nil
	}
	if c.hErr != nil {
		return WantRead, c.fail(c.hErr)
	}
	c.setState(StateOpen)
	return Done, nil
}

// stalled is the status of a handshake that needs the peer.
func (c *Conn) stalled() Status {
	if c.pipe.out.len() > 0 {
		return WantWrite
	}
	return WantRead
}

// begin makes the coroutine; it does not run yet.
func (c *Conn) begin() {
	c.setState(StateHandshaking)
	c.next, c.stop = iter.Pull(func(yield func(struct{}) bool) {
		c.pipe.yield = yield
		c.hErr = c.tls.Handshake()
	})
}

// resume runs the handshake until it needs input or is over, and reports
// whether there is more of it.
func (c *Conn) resume() (more bool) {
	returned := false
	defer func() {
		if !returned { // a callback panicked, or ended its goroutine
			c.endCoroutine()
			_ = c.fail(errPanicked)
		}
	}()
	_, more = c.next()
	returned = true
	if !more {
		c.endCoroutine()
	}
	return more
}

// endCoroutine forgets a coroutine that has returned.
func (c *Conn) endCoroutine() {
	c.next, c.stop, c.pipe.yield = nil, nil, nil
}

// proceed is what Read and Write do before the handshake is over: run it.
func (c *Conn) proceed() error {
	status, err := c.Handshake()
	switch {
	case err != nil:
		return err
	case status == WantWrite:
		return ErrWantWrite
	case status == WantRead:
		return ErrWantRead
	}
	return nil
}
