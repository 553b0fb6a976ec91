package engine

import (
	"bytes"
	"crypto/tls"
	"reflect"
	"unsafe"
)

// crypto/tls reads records into a buffer that never shrinks, so that a
// connection that is idle would hold the memory of its largest record. There
// is no method to take it back. So the buffer is given memory from the pools
// for a record, and loses it when the record has been read.

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

// reclaimRaw takes the memory back, unless crypto/tls still has something in
// it. If it has grown out of the block, what it has is garbage.
func (c *Conn) reclaimRaw() {
	if c.raw == nil {
		return
	}
	if raw, input := held.of(c.tls); raw.Len() > 0 || input.Len() > 0 {
		return
	}
	c.dropRaw()
	c.raw.free()
	c.raw = nil
}
