package tlsbridge

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

var errNoCipher = errors.New("No cipher can be selected.") //nolint:staticcheck // Python's text

// aliases are OpenSSL's words for groups of suites; a suite is in the group if
// it has one trait of each set. Empty groups are what crypto/tls does not have.
var aliases = map[string][]traits{
	"ALL": {}, "COMPLEMENTOFALL": nil, "HIGH": {}, "MEDIUM": nil, "LOW": nil, "FIPS": {encAES128 | encAES256},
	"kRSA": {kxRSA}, "RSA": {kxRSA}, "aRSA": {auRSA}, "aECDSA": {auECDSA}, "ECDSA": {auECDSA},
	"kECDHE": {kxECDHE}, "kEECDH": {kxECDHE}, "ECDHE": {kxECDHE}, "EECDH": {kxECDHE}, "ECDH": {kxECDHE},
	"AES": {encAES128 | encAES256}, "AES128": {encAES128}, "AES256": {encAES256},
	"AESGCM": {encGCM}, "CHACHA20": {encChaCha}, "CBC": {encCBC},
	"SHA": {macSHA1}, "SHA1": {macSHA1}, "SHA256": {macSHA256}, "SHA384": {macSHA384},
	"SSLv3": {sinceSSL3}, "TLSv1": {sinceTLS1}, "TLSv1.0": {sinceTLS1}, "TLSv1.2": {sinceTLS12},
}

// suiteB are lists that replace the rest of the string when they begin it.
var suiteB = map[string]string{
	"SUITEB128":     "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384",
	"SUITEB128ONLY": "ECDHE-ECDSA-AES128-GCM-SHA256",
	"SUITEB192":     "ECDHE-ECDSA-AES256-GCM-SHA384",
}

// DEFAULT is all but what OpenSSL's own default leaves out, which crypto/tls
// has none of. COMPLEMENTOFDEFAULT is that rest.
const aliasDefault, aliasNotDefault = "DEFAULT", "COMPLEMENTOFDEFAULT"

// foreign are the words of groups that crypto/tls has nothing of.
var foreign = strings.Fields(`aNULL eNULL NULL EXP EXPORT kDHE kEDH DH DHE EDH ADH AECDH kDHr kDHd kDH aDH kECDHr kECDHe kECDH aECDH
	aDSS DSS kPSK PSK aPSK kRSAPSK kECDHEPSK kDHEPSK SRP kSRP aSRP CAMELLIA CAMELLIA128 CAMELLIA256 ARIA ARIA128 ARIA256 ARIAGCM
	AESCCM AESCCM8 SEED IDEA RC4 RC2 DES 3DES MD5 EXPORT40 EXPORT56 KRB5 kKRB5 aKRB5 FZA kFZA aFZA eFZA aECDH GOST GOST89 GOST89MAC GOST94 GOST2012 aGOST aGOST01 aGOST12 kGOST kGOST18 SSLv2`)

// parts are what OpenSSL makes the names of suites of.
var parts = strings.Fields(`ECDHE DHE EDH ECDH DH ADH AECDH RSA DSS ECDSA PSK SRP EXP NULL AES128 AES256 AES GCM CCM CCM8 CBC CBC3
	KRB5 SHA SHA256 SHA384 MD5 CHACHA20 POLY1305 CAMELLIA128 CAMELLIA256 ARIA128 ARIA256 SEED IDEA RC4 RC2 DES 3DES 128 256
	GOST2001 GOST2012 GOST94 GOST89 KUZNYECHIK MAGMA CTR OMAC IANA LEGACY`)

// selection is the list that a cipher string builds: all suites, in an order
// that the commands change, and which of them are in.
type selection struct {
	order []*suite
	in    map[*suite]bool
	level int
}

// parseCiphers runs a cipher string.
func parseCiphers(list string) ([]*suite, error) {
	sel := &selection{in: make(map[*suite]bool)}
	for i := range suites {
		sel.order = append(sel.order, &suites[i])
	}
	words := strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(":, ;", r) })
	if len(words) > 0 && suiteB[words[0]] != "" {
		words = strings.Split(suiteB[words[0]], ":")
	}
	for _, word := range words {
		if err := sel.run(word); err != nil {
			return nil, err
		}
	}
	var chosen []*suite
	for _, s := range sel.order {
		if sel.in[s] && sel.strong(s) {
			chosen = append(chosen, s)
		}
	}
	if len(chosen) > 0 {
		return chosen, nil
	}
	if onlyForeign(words) {
		return nil, fmt.Errorf("%w crypto/tls has none of these", errNoCipher)
	}
	return nil, errNoCipher
}

// onlyForeign reports whether a list names suites, but none of crypto/tls's.
func onlyForeign(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(foreign, w) || isForeignName(w) })
}

// strong applies a security level: bits, and forward secrecy from 3 on. The
// sizes of keys are crypto/tls's own business.
func (sel *selection) strong(s *suite) bool {
	bits := [...]int{0, 80, 112, 128, 192, 256}[sel.level]
	return s.bits() >= bits && (sel.level < 3 || s.is&kxECDHE != 0)
}

// run applies one command.
func (sel *selection) run(word string) error {
	if word[0] == '@' {
		return sel.special(word[1:])
	}
	command := byte(0)
	if strings.IndexByte("!+-", word[0]) >= 0 {
		command, word = word[0], word[1:]
	}
	if word == aliasDefault {
		word = "ALL"
	}
	match, err := matcher(word)
	if err != nil {
		return err
	}
	hit := func(s *suite) bool { return match(s) }
	switch command {
	case '!':
		sel.order = slices.DeleteFunc(sel.order, hit)
	case '-': // to the front of those that are out, in order, as OpenSSL does
		sel.move(func(s *suite) bool { return sel.in[s] && hit(s) }, false)
		for _, s := range sel.order {
			sel.in[s] = sel.in[s] && !hit(s)
		}
	case '+':
		sel.move(func(s *suite) bool { return sel.in[s] && hit(s) }, true)
	default:
		sel.move(func(s *suite) bool { return !sel.in[s] && hit(s) }, true)
		for _, s := range sel.order {
			sel.in[s] = sel.in[s] || hit(s)
		}
	}
	return nil
}

// special runs a word that begins with @.
func (sel *selection) special(word string) error {
	if level, ok := strings.CutPrefix(word, "SECLEVEL="); ok && len(level) == 1 && level[0] >= '0' && level[0] <= '5' {
		sel.level = int(level[0] - '0')
		return nil
	}
	if word != "STRENGTH" {
		return errNoCipher
	}
	slices.SortStableFunc(sel.order, func(a, b *suite) int { return b.bits() - a.bits() })
	return nil
}

// move puts the matching suites behind the others, or in front of them.
func (sel *selection) move(match func(*suite) bool, behind bool) {
	var hits, others []*suite
	for _, s := range sel.order {
		if match(s) {
			hits = append(hits, s)
		} else {
			others = append(others, s)
		}
	}
	if behind {
		hits, others = others, hits
	}
	sel.order = append(hits, others...)
}

// matcher understands a name, an alias, or several joined by +.
func matcher(word string) (func(*suite) bool, error) {
	var all [][]traits
	none := false
	for part := range strings.SplitSeq(word, "+") {
		if i := slices.IndexFunc(suites[:], func(s suite) bool { return s.name == part }); i >= 0 {
			return func(s *suite) bool { return s == &suites[i] }, nil
		}
		group, known := aliases[part]
		switch {
		case known && group != nil:
			all = append(all, group)
		case known, part == aliasNotDefault, slices.Contains(foreign, part), isForeignName(part):
			none = true
		default:
			return nil, errNoCipher
		}
	}
	return func(s *suite) bool {
		return !none && !slices.ContainsFunc(all, func(group []traits) bool {
			return slices.ContainsFunc(group, func(t traits) bool { return s.is&t == 0 })
		})
	}, nil
}

// isForeignName reports whether a word is made like the name of a suite.
func isForeignName(word string) bool {
	if strings.HasPrefix(word, "TLS_") {
		return suite13ByName(word) || strings.HasPrefix(word, "TLS_AES_128_CCM")
	}
	pieces := strings.Split(word, "-")
	return len(pieces) > 1 && !slices.ContainsFunc(pieces, func(p string) bool { return !slices.Contains(parts, p) })
}

func suite13ByName(name string) bool {
	return slices.ContainsFunc(suites13[:], func(s suite) bool { return s.name == name })
}
