package pyio

import (
	"errors"
	"strconv"
	"unicode/utf8"
)

// codec is one encoding, a character at a time. Text is UTF-8, in which a lone
// surrogate stands as the byte that it is for, see the package comment.
type codec interface {
	// decodeOne appends to dst what src begins with, and returns how many
	// bytes that took: 0 if more are needed. A reason says what is wrong with
	// these bytes instead. At the end of the input more will not come.
	decodeOne(dst, src []byte, end bool) (out []byte, n int, reason string)
	// encodeOne appends r. A reason says why that cannot be.
	encodeOne(dst []byte, r rune) (out []byte, reason string)
}

// coding is a codec in use by a file.
type coding struct {
	codec
	name     string // as Python's errors have it
	handler  string
	ascii    bool   // bytes below 128 are what they are in ASCII
	runs     bool   // an error of encoding names all bad characters in a row
	preamble string // what an encoder begins with
}

// noBOM is a reason that no handler is asked about.
const noBOM = "stream does not start with BOM"

// decode appends the text of src to dst, and returns how much of src that was:
// all of it at the end.
func (c *coding) decode(dst, src []byte, end bool) (out []byte, used int, err error) {
	for used < len(src) {
		if c.ascii && src[used] < utf8.RuneSelf {
			from := used
			for used < len(src) && src[used] < utf8.RuneSelf {
				used++
			}
			dst = append(dst, src[from:used]...)
			continue
		}
		var n int
		var reason string
		before := len(dst)
		dst, n, reason = c.decodeOne(dst, src[used:], end)
		switch {
		case n == 0:
			return dst, used, nil
		case n == len(bom) && reason == "" && len(dst) == before: // UTF-8's mark, which positions do not count
			dst, used, err = c.decode(dst, src[n:], end)
			return dst, n + used, err
		case reason == noBOM:
			return dst, used, &UnicodeError{upper(c.name) + " " + noBOM}
		case reason != "":
			if dst, err = c.mend(dst, src, used, used+n, reason); err != nil {
				return dst, used, err
			}
		}
		used += n
	}
	return dst, used, nil
}

// mend appends what the handler has for src[from:to].
func (c *coding) mend(dst, src []byte, from, to int, reason string) ([]byte, error) {
	bad := src[from:to]
	switch c.handler {
	case "ignore":
		return dst, nil
	case "replace":
		return append(dst, "\uFFFD"...), nil
	case "backslashreplace":
		for _, b := range bad {
			dst = append(dst, `\x`+hex(rune(b), 2)...)
		}
		return dst, nil
	case "surrogateescape":
		return append(dst, bad...), nil
	case "xmlcharrefreplace":
		return dst, &ValueError{"don't know how to handle UnicodeDecodeError in error callback"}
	}
	return dst, &UnicodeDecodeError{Encoding: c.name, Object: append([]byte(nil), src...), Start: from, End: to, Reason: reason}
}

// encode appends s to dst. If that fails nothing is appended.
func (c *coding) encode(dst []byte, s string) ([]byte, error) {
	before, at := len(dst), 0
	for i := 0; i < len(s); at++ {
		if c.ascii && s[i] < utf8.RuneSelf {
			dst = append(dst, s[i])
			i++
			continue
		}
		r, n := character(s[i:])
		i += n
		var reason string
		var err error
		if dst, reason = c.encodeOne(dst, r); reason != "" {
			dst, err = c.substitute(dst, r, at, reason)
		}
		if err != nil {
			return dst[:before], c.extend(err, s[i:])
		}
	}
	return dst, nil
}

// extend names in an error the characters that follow and are as bad, where
// Python does.
func (c *coding) extend(err error, s string) error {
	failed := new(UnicodeEncodeError)
	if !errors.As(err, &failed) || !c.runs {
		return err
	}
	for len(s) > 0 {
		r, n := character(s)
		if _, reason := c.encodeOne(nil, r); reason == "" {
			break
		}
		failed.End++
		s = s[n:]
	}
	return err
}

// character returns what s begins with, and its length.
func character(s string) (r rune, n int) {
	r, n = utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		r = surrogate + rune(s[0])
	}
	return r, n
}

// surrogate plus a byte is the lone surrogate that stands for it, see PEP 383.
const surrogate = 0xDC00

// substitute appends what the handler has for r.
func (c *coding) substitute(dst []byte, r rune, at int, reason string) ([]byte, error) {
	failed := &UnicodeEncodeError{Encoding: c.name, Char: r, Start: at, End: at + 1, Reason: reason}
	var text string
	switch c.handler {
	case "ignore":
	case "replace":
		text = "?"
	case "backslashreplace":
		text = escape(r)
	case "xmlcharrefreplace":
		text = "&#" + strconv.Itoa(int(r)) + ";"
	case "surrogateescape":
		if r < surrogate+0x80 || r > surrogate+0xFF {
			return dst, failed
		}
		return append(dst, byte(r-surrogate)), nil
	default:
		return dst, failed
	}
	for _, r := range text {
		if dst, reason = c.encodeOne(dst, r); reason != "" {
			return dst, failed
		}
	}
	return dst, nil
}

// escape is r as a Python literal has it.
func escape(r rune) string {
	switch {
	case r < 0x100:
		return `\x` + hex(r, 2)
	case r < 0x10000:
		return `\u` + hex(r, 4)
	}
	return `\U` + hex(r, 8)
}

func hex(r rune, digits int) string {
	s := strconv.FormatInt(int64(r), 16)
	for len(s) < digits {
		s = "0" + s
	}
	return s
}
