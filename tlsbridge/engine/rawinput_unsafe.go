package engine

import (
	"bytes"
	"crypto/tls"
	"reflect"
	"unsafe"
)

// crypto/tls reads records into a buffer that never shrinks, so that a
// connection that is idle would hold the memory of its largest record, and
// copies every byte into it. There is no method for either. So the buffer is
// given a record that is whole as it lies here, and otherwise memory from the
// pools, and loses both when the record has been read.

// heldFields are where a tls.Conn has the memory of a record.
type heldFields struct {
	raw, input uintptr // offsets of the record's buffer and of the plaintext in it
	known      bool    // otherwise nothing is touched
}

var held = findHeld(reflect.TypeFor[tls.Conn]())

// findHeld looks for the fields. A release of Go that has others costs memory,
// and a test fails.
func findHeld(conn reflect.Type) heldFields {
	raw, hasRaw := conn.FieldByName("rawInput")
	input, hasInput := conn.FieldByName("input")
	if !hasRaw || !hasInput || len(raw.Index) != 1 || len(input.Index) != 1 ||
		raw.Type != reflect.TypeFor[bytes.Buffer]() || input.Type != reflect.TypeFor[bytes.Reader]() {
		return heldFields{}
	}
	return heldFields{raw.Offset, input.Offset, true}
}

// of returns the fields of a connection that nobody is using.
func (h heldFields) of(conn *tls.Conn) (*bytes.Buffer, *bytes.Reader) {
	return (*bytes.Buffer)(unsafe.Add(unsafe.Pointer(conn), h.raw)),
		(*bytes.Reader)(unsafe.Add(unsafe.Pointer(conn), h.input))
}

// lendRecord gives crypto/tls the next record as it lies in the pipe, if it is
// whole and in one piece. crypto/tls decrypts in place.
func (c *Conn) lendRecord() bool {
	if !held.known || c.raw != nil {
		return false
	}
	raw, input := held.of(c.tls)
	if raw.Len() > 0 || input.Len() > 0 {
		return false
	}
	record := c.pipe.lend()
	if record == nil {
		return false
	}
	*raw = *bytes.NewBuffer(record)
	c.whole = true
	return true
}

// lendRaw gives crypto/tls memory for a record whose body has so many bytes,
// unless it is in the middle of one.
func (c *Conn) lendRaw(body int) {
	if !held.known || c.raw != nil {
		return
	}
	raw, input := held.of(c.tls)
	if raw.Len() > 0 || input.Len() > 0 {
		return
	}
	// The buffer wants room for another read behind the record.
	c.raw = newBlock(headerLen + body + bytes.MinRead)
	*raw = *bytes.NewBuffer(c.raw.mem[:0])
}

// dropRaw takes crypto/tls's own memory from it, when a handshake is over.
func (c *Conn) dropRaw() {
	if !held.known {
		return
	}
	if raw, input := held.of(c.tls); raw.Len() == 0 && input.Len() == 0 {
		*raw, *input = bytes.Buffer{}, bytes.Reader{}
	}
}

// reclaimRaw takes the memory back. What crypto/tls still has something in, the
// beginning of a record, stays its own until a later call; if it has grown out
// of that, what it has is garbage.
func (c *Conn) reclaimRaw() {
	if !held.known {
		return
	}
	raw, input := held.of(c.tls)
	kept := raw.Len() > 0 || input.Len() > 0
	switch {
	case c.whole:
		if kept {
			keepRaw(raw, input)
		}
		c.dropRaw()
		c.pipe.lentBack()
		c.whole = false
	case c.raw != nil && !kept:
		c.dropRaw()
		c.raw.free()
		c.raw = nil
	}
}

// keepRaw copies what crypto/tls has left of a record that was only lent, as
// when it has failed before.
func keepRaw(raw *bytes.Buffer, input *bytes.Reader) {
	*raw = *bytes.NewBuffer(bytes.Clone(raw.Bytes()))
	rest := make([]byte, input.Len())
	_, _ = input.Read(rest) // there are so many
	input.Reset(rest)
}
