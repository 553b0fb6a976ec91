package engine

// Pause suspends the handshake from inside a callback of the tls.Config: the
// Handshake in progress returns, with WantRead if nothing is outgoing, and the
// next one returns to the callback, whether there is input or not. False says
// that there is no next one, for the engine was aborted: the callback is to
// return an error at once. In the goroutine of the callback only.
func (c *Conn) Pause() bool {
	c.paused = true
	more := c.pipe.yield(struct{}{})
	c.paused = false
	if !more {
		c.pipe.gone = true
	}
	return more
}

// SetAlert makes the next fatal alert in clear that says internal_error (80),
// which is crypto/tls's for a callback that fails, say something else. In a
// callback, or by the owner.
func (c *Conn) SetAlert(description byte) { c.pipe.alert, c.pipe.alerts = description, true }

const (
	alertFatal    = 2
	alertInternal = 80
	alertLen      = headerLen + 2
)

// reword returns b, or in the place of the alert that SetAlert is about the
// other one.
func (p *pipe) reword(b []byte) []byte {
	if !p.alerts || len(b) != alertLen || b[0] != recordAlert || b[headerLen] != alertFatal || b[headerLen+1] != alertInternal {
		return b
	}
	p.alerts = false
	return append(append([]byte(nil), b[:headerLen+1]...), p.alert)
}
