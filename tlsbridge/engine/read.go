package engine

import (
	"errors"
	"io"
)

// Read puts plaintext in p and returns how much, at most one record's. It
// returns ErrWantRead when more ciphertext is needed, io.EOF after the peer's
// close_notify, ErrTruncated when the transport ended without one, and
// otherwise the error of crypto/tls. All but ErrWantRead stay. A p of 16 KiB,
// or as long as the record, gets its bytes without a detour.
//
// Session tickets and key updates are handled on the way. Before the handshake
// is over Read runs it. Owner only.
func (c *Conn) Read(p []byte) (int, error) {
	if c.plain.len() > 0 {
		return c.plain.take(p), nil
	}
	if c.in(beforeOpen) {
		if err := c.proceed(); err != nil {
			return 0, err
		}
	}
	if len(p) == 0 {
		return 0, nil
	}
	for c.readErr == nil && c.pipe.ready() {
		if n := c.record(p); n > 0 {
			return n, nil
		}
	}
	if c.readErr != nil {
		return 0, c.readErr
	}
	return 0, ErrWantRead
}

// Fill decrypts until it is known what Read would return: it returns nil when
// that is plaintext, io.EOF or an error, which wait for the Read, and
// ErrWantRead (before the end of the handshake perhaps ErrWantWrite) when
// there is nothing. At most one record is decrypted. Owner only.
func (c *Conn) Fill() error {
	if c.plain.len() == 0 && c.in(beforeOpen) {
		if err := c.proceed(); err != nil && c.err == nil {
			return err
		}
	}
	for c.plain.len() == 0 && c.readErr == nil {
		if !c.pipe.ready() {
			return ErrWantRead
		}
		c.record(nil)
	}
	return nil
}

// Readable reports whether Read would return plaintext, io.EOF or an error. It
// decrypts to find out, as Fill does. Owner only.
func (c *Conn) Readable() bool { return c.Fill() == nil }

// Starved reports whether the handshake is over and Read would return
// ErrWantRead without a look at anything, because all that was fed has been
// used. Owner only.
func (c *Conn) Starved() bool {
	return c.plain.len() == 0 && c.readErr == nil && !c.pipe.ready() && !c.in(beforeOpen)
}

// Pending returns how much plaintext is left of the current record. Read
// returns so much without more ciphertext. Owner only.
func (c *Conn) Pending() int { return c.plain.len() }

// record gives crypto/tls one record, or what there is of it. Plaintext goes
// to p if the record is sure to fit, else to memory of our own, of which p gets
// the front.
func (c *Conn) record(p []byte) int {
	size := min(c.pipe.recordLen(), maxPlaintext)
	if len(p) > 0 && size <= len(p) {
		return c.decrypt(p)
	}
	c.plain.keep(c.decrypt(c.plain.room(max(size, 1))))
	if c.plain.len() == 0 || len(p) == 0 {
		return 0
	}
	return c.plain.take(p)
}

// decrypt runs one Read of crypto/tls and sorts its error.
func (c *Conn) decrypt(p []byte) int {
	c.pipe.arm()
	if !c.lendRecord() {
		c.lendRaw(c.pipe.recordLen())
	}
	n, err := c.tls.Read(p)
	c.reclaimRaw()
	if err != nil {
		c.endRead(err)
	}
	return n
}

// endRead moves the state after an error of crypto/tls.
func (c *Conn) endRead(err error) {
	switch {
	case errors.Is(err, ErrWantRead):
		if !c.pipe.blocked { // latched by a handshake inside Read
			_ = c.fail(ErrRenegotiation)
		}
	case errors.Is(err, io.EOF):
		c.endInput(io.EOF, StatePeerClosed)
	case errors.Is(err, ErrTruncated):
		c.endInput(ErrTruncated, StateTruncated)
	default:
		_ = c.fail(err)
	}
}

// endInput ends the peer's direction only.
func (c *Conn) endInput(err error, to State) {
	c.readErr = err
	if c.state == StateCloseSent {
		to = StateClosed
	}
	c.setState(to)
}
