package fdsock

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// Host names in Unicode are sent as Python sends them, by the rules of IDNA
// 2003 (RFC 3490, nameprep of RFC 3491): characters are folded to lower case
// and to their compatible forms, and labels that are not ASCII then become
// Punycode. So ß is ss, where IDNA 2008 would keep it. The tables here are of
// the Unicode version that golang.org/x/text has, Python's of Unicode 3.2: a
// letter whose cases are younger (Cherokee for one) is folded here and left as
// it is there, and five ideographs of the compatibility supplement (U+2F868,
// U+2F874, U+2F91F, U+2F95F, U+2F9BF) have other forms.

// EncodeHost returns a host name as it is looked up: str.encode('idna') of
// Python. A name that is not UTF-8 is not text: like Python's bytes, it is
// returned as it is. The error is a [UnicodeError]. Any goroutine.
//
// Source: the codec encodings.idna of Python's library reference.
func EncodeHost(host string) (string, error) {
	if !utf8.ValidString(host) {
		return host, nil
	}
	encoded, err := encodeText(host)
	if err != nil {
		return "", &UnicodeError{"encoding with 'idna' codec failed (UnicodeError: " + err.Error() + ")"}
	}
	return encoded, nil
}

// encodeAddrHost is EncodeHost for the host of an address: as in Python, an
// ASCII name is for the resolver to judge.
func encodeAddrHost(host string) (string, error) {
	if isASCII(host) {
		return host, nil
	}
	return EncodeHost(host)
}

func encodeText(host string) (string, error) {
	if isASCII(host) {
		return host, checkLabels(strings.Split(host, "."))
	}
	labels := strings.Split(mapDots(host), ".")
	end := ""
	if last := len(labels) - 1; labels[last] == "" {
		labels, end = labels[:last], "."
	}
	for i, label := range labels {
		encoded, err := encodeLabel(label)
		if err != nil {
			return "", err
		}
		labels[i] = encoded
	}
	return strings.Join(labels, ".") + end, nil
}

// mapDots maps the dots of IDNA, those of Chinese and Japanese, to ASCII's.
func mapDots(host string) string {
	return strings.Map(func(r rune) rune {
		if r == '\u3002' || r == '\uff0e' || r == '\uff61' {
			return '.'
		}
		return r
	}, host)
}

// maxLabel is the most bytes of a label, by RFC 1035.
const maxLabel = 63

// The texts of Python's UnicodeError.
var (
	errLabel   = &UnicodeError{"label empty or too long"}
	errTooLong = &UnicodeError{"label too long"}
)

// checkLabels checks the labels of a name in ASCII; the last may be empty.
func checkLabels(labels []string) error {
	last := len(labels) - 1
	for _, label := range labels[:last] {
		if label == "" || len(label) > maxLabel {
			return errLabel
		}
	}
	if len(labels[last]) > maxLabel {
		return errTooLong
	}
	return nil
}

// encodeLabel is ToASCII of RFC 3490.
func encodeLabel(label string) (string, error) {
	if !isASCII(label) {
		var err error
		if label, err = nameprep(label); err != nil {
			return "", err
		}
	}
	if !isASCII(label) {
		if strings.HasPrefix(label, "xn--") {
			return "", &UnicodeError{"Label starts with ACE prefix"}
		}
		encoded, err := idna.Punycode.ToASCII(label)
		if err != nil {
			return "", errLabel
		}
		label = encoded
	}
	if label == "" || len(label) > maxLabel {
		return "", errLabel
	}
	return label, nil
}

// nameprep is RFC 3491: it maps, normalises, and refuses.
func nameprep(label string) (string, error) {
	fold := cases.Fold()
	var mapped strings.Builder
	for _, r := range label {
		if unicode.Is(mappedToNothing, r) {
			continue
		}
		once := fold.String(string(r))
		plain := norm.NFKC.String(once)
		if twice := norm.NFKC.String(fold.String(plain)); twice != plain {
			once = twice
		}
		mapped.WriteString(once)
	}
	label = norm.NFKC.String(mapped.String())
	for _, r := range label {
		if prohibitedRune(r) {
			return "", &UnicodeError{"Invalid character " + pyRepr(r)}
		}
	}
	return label, checkBidi([]rune(label))
}

// checkBidi refuses labels that mix the directions of writing.
func checkBidi(label []rune) error {
	var right, left bool
	for _, r := range label {
		right = right || isRight(r)
		left = left || classOf(r) == bidi.L
	}
	switch {
	case right && left:
		return &UnicodeError{"Violation of BIDI requirement 2"}
	case right && (!isRight(label[0]) || !isRight(label[len(label)-1])):
		return &UnicodeError{"Violation of BIDI requirement 3"}
	}
	return nil
}

func classOf(r rune) bidi.Class {
	p, _ := bidi.LookupRune(r)
	return p.Class()
}

func isRight(r rune) bool { return classOf(r) == bidi.R || classOf(r) == bidi.AL }

// pyRepr is Python's repr of a character.
func pyRepr(r rune) string {
	switch {
	case unicode.IsPrint(r):
		return "'" + string(r) + "'"
	case r < 0x100:
		return fmt.Sprintf(`'\x%02x'`, r)
	case r < 0x10000:
		return fmt.Sprintf(`'\u%04x'`, r)
	}
	return fmt.Sprintf(`'\U%08x'`, r)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// mappedToNothing is table B.1 of RFC 3454.
var mappedToNothing = &unicode.RangeTable{R16: []unicode.Range16{
	{0x00ad, 0x00ad, 1},
	{0x034f, 0x034f, 1},
	{0x1806, 0x1806, 1},
	{0x180b, 0x180d, 1},
	{0x200b, 0x200d, 1},
	{0x2060, 0x2060, 1},
	{0xfe00, 0xfe0f, 1},
	{0xfeff, 0xfeff, 1},
}}

// prohibitedRune is tables C.1.2, C.2.2 and C.3 to C.9 of RFC 3454.
func prohibitedRune(r rune) bool { return r&0xfffe == 0xfffe || unicode.Is(prohibited, r) }

var prohibited = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0080, 0x00a0, 1},
		{0x0340, 0x0341, 1},
		{0x06dd, 0x06dd, 1},
		{0x070f, 0x070f, 1},
		{0x1680, 0x1680, 1},
		{0x180e, 0x180e, 1},
		{0x2000, 0x200f, 1},
		{0x2028, 0x202f, 1},
		{0x205f, 0x2063, 1},
		{0x206a, 0x206f, 1},
		{0x2ff0, 0x2ffb, 1},
		{0x3000, 0x3000, 1},
		{0xd800, 0xf8ff, 1},
		{0xfdd0, 0xfdef, 1},
		{0xfeff, 0xfeff, 1},
		{0xfff9, 0xfffd, 1},
	},
	R32: []unicode.Range32{
		{0x1d173, 0x1d17a, 1}, {0xe0001, 0xe0001, 1}, {0xe0020, 0xe007f, 1}, {0xf0000, 0x10ffff, 1},
	},
	LatinOffset: 1,
}
