package main

// codec turns messages into wire bytes and counts the plaintext in wire bytes.
// It never sees the bytes of an echo: those have been compared once when the
// connection was made.
type codec interface {
	// encode returns the wire bytes of a message, valid until the next call.
	encode() ([]byte, error)
	decode(wire []byte) (plain int, err error)
}

type plainCodec struct{ message []byte }

func (c plainCodec) encode() ([]byte, error)         { return c.message, nil }
func (c plainCodec) decode(wire []byte) (int, error) { return len(wire), nil }
