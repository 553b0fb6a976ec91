package tlsbridge

import (
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var errCertificate = errors.New("malformed certificate")

// DecodeCertificate describes a certificate in DER. It takes what crypto/x509
// refuses, as OpenSSL does: it looks no further than it has to. Any goroutine.
func DecodeCertificate(der []byte) (*PeerCert, error) {
	p := new(PeerCert)
	in := cryptobyte.String(der)
	var cert, tbs cryptobyte.String
	if !in.ReadASN1(&cert, cbasn1.SEQUENCE) || !cert.ReadASN1(&tbs, cbasn1.SEQUENCE) || !p.fields(&tbs) {
		return nil, &Error{Kind: KindSSL, Op: "getpeercert", Library: "ASN1", Reason: "NESTED_ASN1_ERROR", Err: errCertificate}
	}
	return p, nil
}

// fields reads a TBSCertificate, RFC 5280 section 4.1.
func (p *PeerCert) fields(tbs *cryptobyte.String) bool {
	var version int64
	var algorithm, issuer, validity, subject, key cryptobyte.String
	versionTag := cbasn1.Tag(0).ContextSpecific().Constructed()
	if !tbs.ReadOptionalASN1Integer(&version, versionTag, int64(0)) {
		return false
	}
	p.Version = int(version) + 1
	serial := new(big.Int)
	if !tbs.ReadASN1Integer(serial) || !tbs.ReadASN1(&algorithm, cbasn1.SEQUENCE) ||
		!tbs.ReadASN1(&issuer, cbasn1.SEQUENCE) || !tbs.ReadASN1(&validity, cbasn1.SEQUENCE) ||
		!tbs.ReadASN1(&subject, cbasn1.SEQUENCE) || !tbs.ReadASN1(&key, cbasn1.SEQUENCE) {
		return false
	}
	p.SerialNumber = serialText(serial)
	var ok [4]bool
	p.Issuer, ok[0] = readName(issuer)
	p.Subject, ok[1] = readName(subject)
	p.NotBefore, ok[2] = readTime(&validity)
	p.NotAfter, ok[3] = readTime(&validity)
	return ok == [4]bool{true, true, true, true} && p.extensions(tbs)
}

func serialText(n *big.Int) string {
	sign := ""
	if n.Sign() < 0 {
		sign = "-"
	}
	b := new(big.Int).Abs(n).Bytes()
	if len(b) == 0 {
		b = []byte{0}
	}
	return sign + strings.ToUpper(hex.EncodeToString(b))
}

// readName reads the sets of a name.
func readName(sets cryptobyte.String) ([]RDN, bool) {
	name := []RDN{}
	for !sets.Empty() {
		var set cryptobyte.String
		if !sets.ReadASN1(&set, cbasn1.SET) {
			return nil, false
		}
		var rdn RDN
		for !set.Empty() {
			var pair, value cryptobyte.String
			var oid asn1.ObjectIdentifier
			var tag cbasn1.Tag
			if !set.ReadASN1(&pair, cbasn1.SEQUENCE) || !pair.ReadASN1ObjectIdentifier(&oid) || !pair.ReadAnyASN1(&value, &tag) {
				return nil, false
			}
			text, ok := stringText(tag, value)
			if !ok {
				text = string(value)
			}
			rdn = append(rdn, Attribute{longName(oid.String()), text})
		}
		name = append(name, rdn)
	}
	return name, true
}

var months = [...]string{"", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

// readTime reads a UTCTime or GeneralizedTime, and prints it as
// ASN1_TIME_print(3) does.
func readTime(in *cryptobyte.String) (string, bool) {
	var value cryptobyte.String
	var tag cbasn1.Tag
	if !in.ReadAnyASN1(&value, &tag) {
		return "", false
	}
	text := string(value)
	switch {
	case tag == cbasn1.UTCTime && text >= "50":
		text = "19" + text
	case tag == cbasn1.UTCTime:
		text = "20" + text
	case tag != cbasn1.GeneralizedTime:
		return "", false
	}
	digits, zulu := strings.CutSuffix(text, "Z")
	zone := ""
	if zulu {
		zone = " GMT"
	}
	var year, month, day, hour, minute, second int
	if _, err := fmt.Sscanf(digits+" ", "%4d%2d%2d%2d%2d%2d", &year, &month, &day, &hour, &minute, &second); err != nil ||
		month < 1 || month > 12 || len(digits) < 14 {
		return "Bad time value", true
	}
	return fmt.Sprintf("%s %2d %02d:%02d:%02d%s %d%s", months[month], day, hour, minute, second, digits[14:], year, zone), true
}

// extensions reads what follows the key.
func (p *PeerCert) extensions(tbs *cryptobyte.String) bool {
	context := func(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific() }
	var list, extensions cryptobyte.String
	var has bool
	if !tbs.SkipOptionalASN1(context(1)) || !tbs.SkipOptionalASN1(context(2)) ||
		!tbs.ReadOptionalASN1(&list, &has, context(3).Constructed()) {
		return false
	}
	if !has {
		return true
	}
	if !list.ReadASN1(&extensions, cbasn1.SEQUENCE) {
		return false
	}
	for !extensions.Empty() {
		var extension, value cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !extensions.ReadASN1(&extension, cbasn1.SEQUENCE) || !extension.ReadASN1ObjectIdentifier(&oid) ||
			!extension.SkipOptionalASN1(cbasn1.BOOLEAN) || !extension.ReadASN1(&value, cbasn1.OCTET_STRING) {
			return false
		}
		if !p.extension(oid.String(), value) {
			return false
		}
	}
	return true
}

func (p *PeerCert) extension(oid string, value cryptobyte.String) bool {
	var list cryptobyte.String
	switch oid {
	case "2.5.29.17", "1.3.6.1.5.5.7.1.1", "2.5.29.31":
		if !value.ReadASN1(&list, cbasn1.SEQUENCE) {
			return false
		}
	}
	switch oid {
	case "2.5.29.17":
		if p.SubjectAltName != nil {
			return true // only the first counts
		}
		p.SubjectAltName = []AltName{}
		for !list.Empty() {
			name, ok := readGeneralName(&list)
			if !ok {
				return false
			}
			p.SubjectAltName = append(p.SubjectAltName, name)
		}
	case "1.3.6.1.5.5.7.1.1":
		return p.access(list)
	case "2.5.29.31":
		return p.distribution(list)
	}
	return true
}

// access reads where to ask about the certificate and its issuer, RFC 5280
// section 4.2.2.1.
func (p *PeerCert) access(list cryptobyte.String) bool {
	for !list.Empty() {
		var item cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !list.ReadASN1(&item, cbasn1.SEQUENCE) || !item.ReadASN1ObjectIdentifier(&oid) {
			return false
		}
		name, ok := readGeneralName(&item)
		switch {
		case !ok:
			return false
		case name.Kind != kindURI:
		case oid.String() == "1.3.6.1.5.5.7.48.1":
			p.OCSP = append(p.OCSP, name.Value)
		case oid.String() == "1.3.6.1.5.5.7.48.2":
			p.CAIssuers = append(p.CAIssuers, name.Value)
		}
	}
	return true
}

// distribution reads where the revocation lists are, RFC 5280 section
// 4.2.1.13.
func (p *PeerCert) distribution(list cryptobyte.String) bool {
	zero := cbasn1.Tag(0).ContextSpecific().Constructed()
	for !list.Empty() {
		var point, location, full cryptobyte.String
		var has bool
		if !list.ReadASN1(&point, cbasn1.SEQUENCE) || !point.ReadOptionalASN1(&location, &has, zero) {
			return false
		}
		if !has || !location.PeekASN1Tag(zero) {
			continue
		}
		if !location.ReadASN1(&full, zero) {
			return false
		}
		for !full.Empty() {
			name, ok := readGeneralName(&full)
			if !ok {
				return false
			}
			if name.Kind == kindURI {
				p.CRLDistributionPoints = append(p.CRLDistributionPoints, name.Value)
			}
		}
	}
	return true
}

// Python's words for kinds of names.
const (
	kindURI     = "URI"
	kindDirName = "DirName"
)

// readGeneralName reads a GeneralName, RFC 5280 section 4.2.1.6.
func readGeneralName(in *cryptobyte.String) (AltName, bool) {
	var value cryptobyte.String
	var tag cbasn1.Tag
	if !in.ReadAnyASN1(&value, &tag) || tag&0xc0 != 0x80 {
		return AltName{}, false
	}
	switch int(tag & 0x1f) {
	case 0:
		return AltName{Kind: "othername", Value: otherName(value)}, true
	case 1:
		return AltName{Kind: "email", Value: string(value)}, true
	case 2:
		return AltName{Kind: "DNS", Value: string(value)}, true
	case 3:
		return AltName{Kind: "X400Name", Value: unsupported}, true
	case 4:
		var sets cryptobyte.String
		if !value.ReadASN1(&sets, cbasn1.SEQUENCE) {
			return AltName{}, false
		}
		name, ok := readName(sets)
		return AltName{Kind: kindDirName, DirName: name}, ok
	case 5:
		return AltName{Kind: "EdiPartyName", Value: unsupported}, true
	case 6:
		return AltName{Kind: kindURI, Value: string(value)}, true
	case 7:
		return AltName{Kind: "IP Address", Value: addressText(value)}, true
	case 8:
		var element cryptobyte.String
		b := cryptobyte.NewBuilder(nil)
		b.AddASN1(cbasn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(value) })
		element = b.BytesOrPanic()
		var oid asn1.ObjectIdentifier
		if !element.ReadASN1ObjectIdentifier(&oid) {
			return AltName{}, false
		}
		return AltName{Kind: "Registered ID", Value: longName(oid.String())}, true
	}
	return AltName{}, false
}

const unsupported = "<unsupported>"

// otherName gives what OpenSSL can print: a user's principal name, and the
// like of it.
func otherName(value cryptobyte.String) string {
	var oid asn1.ObjectIdentifier
	var explicit, text cryptobyte.String
	var tag cbasn1.Tag
	if !value.ReadASN1ObjectIdentifier(&oid) || !value.ReadASN1(&explicit, cbasn1.Tag(0).ContextSpecific().Constructed()) ||
		!explicit.ReadAnyASN1(&text, &tag) {
		return unsupported
	}
	kinds := map[string]struct {
		label string
		tag   cbasn1.Tag
	}{
		"1.3.6.1.5.5.7.8.9":      {"SmtpUTF8Mailbox:", cbasn1.UTF8String},
		"1.3.6.1.5.5.7.8.5":      {"XmppAddr:", cbasn1.UTF8String},
		"1.3.6.1.5.5.7.8.7":      {"SRVName:", cbasn1.IA5String},
		"1.3.6.1.4.1.311.20.2.3": {"UPN:", cbasn1.UTF8String},
		"1.3.6.1.5.5.7.8.8":      {"NAIRealm:", cbasn1.UTF8String},
	}
	if k, ok := kinds[oid.String()]; ok && k.tag == tag {
		return k.label + string(text)
	}
	return unsupported
}

// addressText prints an address as Python does: the eight groups of IPv6 in
// full, in upper case and without leading zeros.
func addressText(b []byte) string {
	switch len(b) {
	case 4:
		return netip.AddrFrom4([4]byte(b)).String()
	case 16:
		groups := make([]string, 8)
		for i := range groups {
			groups[i] = fmt.Sprintf("%X", int(b[2*i])<<8|int(b[2*i+1]))
		}
		return strings.Join(groups, ":")
	}
	return "<invalid>"
}
