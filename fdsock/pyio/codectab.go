package pyio

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// narrow is ASCII or Latin-1: the characters below a limit.
type narrow struct {
	limit  rune
	reason string
}

func (c narrow) decodeOne(dst, src []byte, _ bool) ([]byte, int, string) {
	if rune(src[0]) >= c.limit {
		return dst, 1, c.reason
	}
	return utf8.AppendRune(dst, rune(src[0])), 1, ""
}

func (c narrow) encodeOne(dst []byte, r rune) ([]byte, string) {
	if r >= c.limit {
		return dst, c.reason
	}
	return append(dst, byte(r)), ""
}

const undefined = "character maps to <undefined>"

// table is a code page. The tables of Windows come from the WHATWG, who fill
// their holes with control characters, which Python does not; in those of ISO
// 8859 it is Python that has control characters.
type table struct {
	*charmap.Charmap
	windows, iso bool
	patch        map[byte]rune // where Python has other characters
}

// koi8uPatch: the WHATWG's KOI8-U is KOI8-RU, see RFC 2319.
func koi8uPatch() map[byte]rune { return map[byte]rune{0xAE: '\u255D', 0xBE: '\u256C'} }

func (c table) decodeOne(dst, src []byte, _ bool) ([]byte, int, string) {
	r := c.DecodeByte(src[0])
	if p, patched := c.patch[src[0]]; patched {
		r = p
	}
	if c.iso && control(rune(src[0])) {
		r = rune(src[0])
	}
	if r == utf8.RuneError || c.filled(r) {
		return dst, 1, undefined
	}
	return utf8.AppendRune(dst, r), 1, ""
}

func (c table) encodeOne(dst []byte, r rune) ([]byte, string) {
	if c.iso && control(r) {
		return append(dst, byte(r)), ""
	}
	for b, p := range c.patch {
		if r == p {
			return append(dst, b), ""
		}
	}
	b, ok := c.EncodeRune(r)
	_, patched := c.patch[b]
	if !ok || patched || c.filled(r) {
		return dst, undefined
	}
	return append(dst, b), ""
}

// filled includes a point that code page 1255 has for the WHATWG only.
func (c table) filled(r rune) bool { return c.windows && (control(r) || r == '\u05BA') }

func control(r rune) bool { return r >= 0x80 && r < 0xA0 }

const (
	badMultibyte = "illegal multibyte sequence"
	cutMultibyte = "incomplete multibyte sequence"
)

// multibyte is an encoding of a variable number of bytes that has no state.
type multibyte struct {
	decoder transform.Transformer
	encoder transform.Transformer
}

func newMultibyte(e encoding.Encoding) multibyte {
	return multibyte{decoder: e.NewDecoder().Transformer, encoder: e.NewEncoder().Transformer}
}

// longest is the most bytes that a character takes, in GB 18030.
const longest = 4

func (c multibyte) decodeOne(dst, src []byte, end bool) ([]byte, int, string) {
	var out [2 * utf8.UTFMax]byte
	for n := 1; n <= min(longest, len(src)); n++ {
		c.decoder.Reset()
		made, used, _ := c.decoder.Transform(out[:], src[:n], false)
		switch {
		case made == 0:
			continue
		case string(out[:made]) == "\uFFFD":
			return dst, used, badMultibyte
		}
		return append(dst, out[:made]...), used, ""
	}
	if end {
		return dst, len(src), cutMultibyte
	}
	return dst, 0, ""
}

func (c multibyte) encodeOne(dst []byte, r rune) ([]byte, string) {
	if isSurrogate(r) {
		return dst, badMultibyte
	}
	var in [utf8.UTFMax]byte
	var out [2 * longest]byte
	c.encoder.Reset()
	made, _, err := c.encoder.Transform(out[:], in[:utf8.EncodeRune(in[:], r)], true)
	if err != nil {
		return dst, badMultibyte
	}
	return append(dst, out[:made]...), ""
}

// normal is the form in which Python compares names of encodings.
func normal(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return r == '-' || r == '_' || r == ' '
	}), "_")
}

func upper(s string) string { return strings.ToUpper(s) }
