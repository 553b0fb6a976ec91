package pyio

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

const noSurrogates = "surrogates not allowed"

// isSurrogate includes those that stand for bytes in Go's strings.
func isSurrogate(r rune) bool { return r >= 0xD800 && r <= 0xDFFF }

type utf8Codec struct{}

func (utf8Codec) decodeOne(dst, src []byte, end bool) ([]byte, int, string) {
	if r, n := utf8.DecodeRune(src); r != utf8.RuneError || n > 1 {
		return append(dst, src[:n]...), n, ""
	}
	need := sequence(src[0])
	if need == 0 {
		return dst, 1, "invalid start byte"
	}
	for n := 1; n < min(need, len(src)); n++ {
		if src[n]&0xC0 != 0x80 || n == 1 && !mayFollow(src[0], src[1]) {
			return dst, n, "invalid continuation byte"
		}
	}
	if end {
		return dst, len(src), "unexpected end of data"
	}
	return dst, 0, ""
}

// sequence returns how many bytes a first byte announces, 0 if it is none.
func sequence(first byte) int {
	switch {
	case first < 0xC2 || first > 0xF4:
		return 0
	case first < 0xE0:
		return 2
	case first < 0xF0:
		return 3
	}
	return 4
}

// mayFollow excludes overlong forms, surrogates and what is above U+10FFFF:
// the table of well-formed sequences in the Unicode standard.
func mayFollow(first, second byte) bool {
	switch first {
	case 0xE0:
		return second >= 0xA0
	case 0xED:
		return second < 0xA0
	case 0xF0:
		return second >= 0x90
	case 0xF4:
		return second < 0x90
	}
	return true
}

func (utf8Codec) encodeOne(dst []byte, r rune) ([]byte, string) {
	if isSurrogate(r) {
		return dst, noSurrogates
	}
	return utf8.AppendRune(dst, r), ""
}

const bom = "\uFEFF"

// utf8Sig is UTF-8 that may begin with a mark.
type utf8Sig struct {
	utf8Codec
	begun bool
}

func (c *utf8Sig) decodeOne(dst, src []byte, end bool) ([]byte, int, string) {
	if !c.begun {
		if len(src) < len(bom) && bom[:len(src)] == string(src) {
			return dst, 0, ""
		}
		c.begun = true
		if len(src) >= len(bom) && string(src[:len(bom)]) == bom {
			return dst, len(bom), ""
		}
	}
	return c.utf8Codec.decodeOne(dst, src, end)
}

// wide is UTF-16 or UTF-32. Without an order it expects a mark that tells it,
// and writes the order of Python's own machine without one, which is what
// TextIOWrapper does on a stream that cannot seek.
type wide struct {
	order binary.AppendByteOrder
	unit  int // 2 or 4 bytes
	owner *coding
}

func (c *wide) decodeOne(dst, src []byte, end bool) ([]byte, int, string) {
	if len(src) < c.unit {
		if end {
			return dst, len(src), "truncated data"
		}
		return dst, 0, ""
	}
	if c.order == nil {
		return dst, c.unit, c.begin(src)
	}
	if c.unit == 4 {
		return c.decode32(dst, src)
	}
	first := c.unit16(src)
	if !isSurrogate(first) {
		return utf8.AppendRune(dst, first), 2, ""
	}
	if first >= surrogate {
		return dst, 2, "illegal encoding"
	}
	if len(src) < 4 {
		if end {
			return dst, len(src), "unexpected end of data"
		}
		return dst, 0, ""
	}
	r := utf16.DecodeRune(first, c.unit16(src[2:]))
	if r == utf8.RuneError {
		return dst, 2, "illegal UTF-16 surrogate"
	}
	return utf8.AppendRune(dst, r), 4, ""
}

func (c *wide) unit16(src []byte) rune {
	return rune(c.order.(binary.ByteOrder).Uint16(src))
}

func (c *wide) decode32(dst, src []byte) ([]byte, int, string) {
	r := c.order.(binary.ByteOrder).Uint32(src)
	switch {
	case r > utf8.MaxRune:
		return dst, 4, "code point not in range(0x110000)"
	case isSurrogate(rune(r)):
		return dst, 4, "code point in surrogate code point range(0xd800, 0xe000)"
	}
	return utf8.AppendRune(dst, rune(r)), 4, ""
}

// begin takes the order from the mark.
func (c *wide) begin(src []byte) string {
	for _, order := range []interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}{binary.LittleEndian, binary.BigEndian} {
		if c.unit == 2 && order.Uint16(src) == 0xFEFF || c.unit == 4 && order.Uint32(src) == 0xFEFF {
			c.order = order
			c.owner.name += suffix(order)
			return ""
		}
	}
	return noBOM
}

// settle gives an encoder the order that it has without a mark.
func (c *wide) settle() {
	if c.order == nil {
		c.order = binary.LittleEndian
		c.owner.name += suffix(c.order)
	}
}

func suffix(order binary.AppendByteOrder) string {
	if order == binary.AppendByteOrder(binary.BigEndian) {
		return "-be"
	}
	return "-le"
}

func (c *wide) encodeOne(dst []byte, r rune) ([]byte, string) {
	switch {
	case isSurrogate(r):
		return dst, noSurrogates
	case c.unit == 4:
		return c.order.AppendUint32(dst, uint32(r)), ""
	case r < 0x10000:
		return c.order.AppendUint16(dst, uint16(r)), ""
	}
	high, low := utf16.EncodeRune(r)
	return c.order.AppendUint16(c.order.AppendUint16(dst, uint16(high)), uint16(low)), ""
}
