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
		c.setState(StateHandshaking)
	case !c.pipe.ready() && !c.paused:
		return c.stalled(), nil
	}
	more := c.resume()
	switch {
	case c.err != nil:
		return WantRead, c.err
	case more:
		return c.stalled(), nil
	case c.hErr != nil:
		return WantRead, c.fail(c.hErr)
	}
	c.dropRaw()
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
	if c.inline {
		more, returned = c.step(), true
	} else {
		more, returned = c.stepElsewhere()
	}
	if !more {
		c.endCoroutine()
	}
	return more
}

// step makes the coroutine if there is none, and runs it as far as it goes.
func (c *Conn) step() (more bool) {
	if c.next == nil {
		c.next, c.stop = iter.Pull(c.handshake)
	}
	_, more = c.next()
	return more
}

func (c *Conn) stepElsewhere() (more, returned bool) {
	returned = elsewhere(func() { more = c.step() })
	return more, returned
}

// handshake is the body of the coroutine.
func (c *Conn) handshake(yield func(struct{}) bool) {
	c.pipe.yield = yield
	c.hErr = c.tls.Handshake()
}

// unwind ends a handshake that waits.
func (c *Conn) unwind() {
	switch {
	case c.stop == nil:
		return
	case c.inline:
		c.stop()
	default:
		elsewhere(c.stop)
	}
	c.endCoroutine()
}

// elsewhere runs f on a goroutine of its own and waits for it. A panic of f
// goes on here; runtime.Goexit ends only that goroutine, and elsewhere reports
// that f did not return.
func elsewhere(f func()) (returned bool) {
	var caught any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if !returned {
				caught = recover()
			}
		}()
		f()
		returned = true
	}()
	<-done
	if caught != nil {
		panic(caught)
	}
	return returned
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
