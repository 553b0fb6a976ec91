package tlsbridge

import (
	"crypto/sha1" //nolint:gosec // the name of a file, as OpenSSL makes it
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var errName = errors.New("malformed name")

// nameHash is OpenSSL's X509_NAME_hash in hexadecimal: the first four bytes of
// the SHA-1 of the name in canonical form, the lowest first.
func nameHash(raw []byte) (string, error) {
	canonical, err := canonicalName(raw)
	if err != nil {
		return "", err
	}
	sum := sha1.Sum(canonical) //nolint:gosec // see the import
	return fmt.Sprintf("%08x", binary.LittleEndian.Uint32(sum[:])), nil
}

// canonicalName is the name's sets one behind the other, without the sequence
// around them, with every text as UTF-8 in lower case and its white space
// collapsed.
func canonicalName(raw []byte) ([]byte, error) {
	in := cryptobyte.String(raw)
	var sets cryptobyte.String
	if !in.ReadASN1(&sets, cbasn1.SEQUENCE) {
		return nil, errName
	}
	out := cryptobyte.NewBuilder(nil)
	for !sets.Empty() {
		var set cryptobyte.String
		if !sets.ReadASN1(&set, cbasn1.SET) {
			return nil, errName
		}
		var err error
		out.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { err = canonicalSet(b, set) })
		if err != nil {
			return nil, err
		}
	}
	return out.Bytes()
}

func canonicalSet(b *cryptobyte.Builder, set cryptobyte.String) error {
	for !set.Empty() {
		var pair, oid, value cryptobyte.String
		var tag cbasn1.Tag
		if !set.ReadASN1(&pair, cbasn1.SEQUENCE) || !pair.ReadASN1Element(&oid, cbasn1.OBJECT_IDENTIFIER) || !pair.ReadAnyASN1(&value, &tag) {
			return errName
		}
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(oid)
			text, ok := stringText(tag, value)
			if !ok {
				b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(value) })
				return
			}
			b.AddASN1(cbasn1.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(collapse(text))) })
		})
	}
	return nil
}

// collapse folds ASCII letters, and white space to single blanks.
func collapse(s string) string {
	lower := strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
	space := func(r rune) bool { return r == ' ' || '\t' <= r && r <= '\r' }
	return strings.Join(strings.FieldsFunc(lower, space), " ")
}

// stringText converts a value of one of ASN.1's string types to UTF-8, and
// reports whether it is one.
func stringText(tag cbasn1.Tag, value []byte) (string, bool) {
	switch int(tag) {
	case asn1.TagUTF8String, asn1.TagPrintableString, asn1.TagIA5String:
		return string(value), true
	case asn1.TagT61String, tagVisibleString: // taken for Latin-1, as OpenSSL does
		runes := make([]rune, len(value))
		for i, b := range value {
			runes[i] = rune(b)
		}
		return string(runes), true
	case asn1.TagBMPString:
		units := make([]uint16, len(value)/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(value[2*i:])
		}
		return string(utf16.Decode(units)), len(value)%2 == 0
	case tagUniversalString:
		runes := make([]rune, len(value)/4)
		for i := range runes {
			runes[i] = rune(binary.BigEndian.Uint32(value[4*i:])) //nolint:gosec // what is no rune becomes U+FFFD
		}
		return string(runes), len(value)%4 == 0
	}
	return "", false
}

const (
	tagVisibleString   = 26
	tagUniversalString = 28
)
