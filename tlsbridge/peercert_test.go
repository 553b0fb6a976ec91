package tlsbridge_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/pollux-net/pollux/tlsbridge"
)

// der is a piece of DER that a test puts together.
type der = func(*cryptobyte.Builder)

func tlv(tag int, parts ...der) der {
	return func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.Tag(tag), func(b *cryptobyte.Builder) {
			for _, p := range parts {
				p(b)
			}
		})
	}
}

func raw(s string) der { return func(b *cryptobyte.Builder) { b.AddBytes([]byte(s)) } }

func oid(s string) der {
	var id asn1.ObjectIdentifier
	for part := range splitDots(s) {
		n, _ := strconv.Atoi(part)
		id = append(id, n)
	}
	return func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(id) }
}

func splitDots(s string) func(func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i <= len(s); i++ {
			if i == len(s) || s[i] == '.' {
				if !yield(s[start:i]) {
					return
				}
				start = i + 1
			}
		}
	}
}

const (
	seq, set, octets, utf8, printable, t61, ia5, utc, general, universal, bmp = 0x30, 0x31, 4, 12, 19, 20, 22, 23, 24, 28, 30
)

func attribute(id string, tag int, text string) der { return tlv(seq, oid(id), tlv(tag, raw(text))) }

// oddCert is what a test's certificate is made of; the zero value of a field
// means an ordinary one.
type oddCert struct {
	v1                bool
	serial            *big.Int
	issuer, subject   der
	notBefore, notEnd der
	extensions        []der
}

func extension(id string, value der) der { return tlv(seq, oid(id), tlv(octets, value)) }

func (c oddCert) make(t *testing.T) []byte {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	must(t, err)
	spki, err := x509.MarshalPKIXPublicKey(public)
	must(t, err)
	or := func(d, otherwise der) der {
		if d == nil {
			return otherwise
		}
		return d
	}
	if c.serial == nil {
		c.serial = big.NewInt(0x123456)
	}
	name := tlv(seq, tlv(set, attribute("2.5.4.3", utf8, "ordinary")))
	algorithm := tlv(seq, oid("1.3.101.112"))
	b := cryptobyte.NewBuilder(nil)
	tbs := []der{
		func(b *cryptobyte.Builder) { b.AddASN1BigInt(c.serial) },
		algorithm,
		or(c.issuer, name),
		tlv(seq, or(c.notBefore, tlv(utc, raw("180105093443Z"))), or(c.notEnd, tlv(general, raw("20511231235959Z")))),
		or(c.subject, name),
		raw(string(spki)),
	}
	if !c.v1 {
		tbs = append([]der{tlv(0xa0, raw("\x02\x01\x02"))}, tbs...)
		if c.extensions != nil {
			tbs = append(tbs, tlv(0xa3, tlv(seq, c.extensions...)))
		}
	}
	tlv(seq, tlv(seq, tbs...), algorithm, tlv(3, raw("\x00"+string(make([]byte, 64)))))(b)
	out, err := b.Bytes()
	must(t, err)
	return out
}

func altNames(names ...der) der { return extension("2.5.29.17", tlv(seq, names...)) }

var dirName = tlv(0xa4, tlv(seq, tlv(set, attribute("2.5.4.6", printable, "DE"), attribute("2.5.4.3", utf8, "dir ü")),
	tlv(set, attribute("1.2.3.4", utf8, "unknown"))))

func otherName(id string, tag int, text string) der {
	return tlv(0xa0, oid(id), tlv(0xa0, tlv(tag, raw(text))))
}

func oddCerts() map[string]oddCert {
	uri := func(s string) der { return tlv(0x86, raw(s)) }
	point := func(names ...der) der { return tlv(seq, tlv(0xa0, tlv(0xa0, names...))) }
	access := func(id string, name der) der { return tlv(seq, oid(id), name) }
	const ocsp, issuers = "1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"
	return map[string]oddCert{
		"ordinary":        {},
		"v1":              {v1: true},
		"zero serial":     {serial: new(big.Int)},
		"negative serial": {serial: big.NewInt(-0x1234)},
		"odd serial":      {serial: big.NewInt(0xabc)},
		"high bit serial": {serial: big.NewInt(0xfedc)},
		"long serial":     {serial: new(big.Int).Lsh(big.NewInt(0x7f), 19*8)},
		"no subject":      {subject: tlv(seq)},
		"strings": {subject: tlv(seq,
			tlv(set, attribute("2.5.4.3", t61, "t61 \xe9")), tlv(set, attribute("2.5.4.10", bmp, "\x00b\x00m\x20\xac")),
			tlv(set, attribute("2.5.4.11", universal, "\x00\x01\xf6\x00")), tlv(set, attribute("2.5.4.7", printable, "a b")),
			tlv(set, attribute("1.2.840.113549.1.9.1", ia5, "a@b.c")), tlv(set, attribute("2.5.4.5", utf8, "")))},
		"multi-valued": {subject: tlv(seq, tlv(set, attribute("2.5.4.3", utf8, "a"), attribute("2.5.4.4", utf8, "b")), tlv(set, attribute("2.5.4.3", utf8, "c")))},
		"attributes": {issuer: tlv(seq,
			tlv(set, attribute("0.9.2342.19200300.100.1.25", ia5, "org")), tlv(set, attribute("0.9.2342.19200300.100.1.1", utf8, "me")),
			tlv(set, attribute("1.3.6.1.4.1.311.60.2.1.3", printable, "DE")), tlv(set, attribute("2.5.4.15", utf8, "Private Organization")),
			tlv(set, attribute("2.5.4.97", utf8, "id")), tlv(set, attribute("1.2.3.4.5", utf8, "unknown")))},
		"dates":            {notBefore: tlv(utc, raw("490203040506Z")), notEnd: tlv(general, raw("99991231235959Z"))},
		"old dates":        {notBefore: tlv(utc, raw("500101000000Z")), notEnd: tlv(utc, raw("991231235959Z"))},
		"dates in between": {notBefore: tlv(general, raw("19520101000000Z")), notEnd: tlv(general, raw("20200229120000Z"))},
		"dns":              {extensions: []der{altNames(tlv(0x82, raw("a.test")), tlv(0x82, raw("*.b.test")), tlv(0x82, raw("nul\x00.test")))}},
		"no names":         {extensions: []der{altNames()}},
		"kinds": {extensions: []der{altNames(tlv(0x81, raw("a@b.test")), uri("https://x.test/?a:b=c"), tlv(0x88, raw("\x55\x04\x03")), tlv(0x88, raw("\x2a\x03\x04")), dirName,
			tlv(0x87, raw("\xc0\x00\x02\x01")), tlv(0x87, raw("\x20\x01\x0d\xb8"+string(make([]byte, 11))+"\xab")), tlv(0x87, raw("abc")))}},
		"other names": {extensions: []der{altNames(otherName("1.2.3.4", utf8, "x"), otherName("1.3.6.1.4.1.311.20.2.3", utf8, "me@x.test"),
			otherName("1.3.6.1.5.5.7.8.9", utf8, "mail@x.test"), otherName("1.3.6.1.5.5.7.8.5", utf8, "xmpp@x.test"), otherName("1.3.6.1.5.5.7.8.7", ia5, "_srv.x.test"))}},
		"access": {extensions: []der{extension("1.3.6.1.5.5.7.1.1", tlv(seq, access(ocsp, uri("http://o.test/")), access(issuers, uri("http://i.test/1")),
			access(issuers, uri("http://i.test/2")), access(ocsp, dirName), access("1.3.6.1.5.5.7.48.3", uri("http://t.test/"))))}},
		"crl": {extensions: []der{extension("2.5.29.31", tlv(seq, point(uri("http://c.test/1"), uri("ldap://c.test/2")), point(dirName), point(uri("http://c.test/3")),
			tlv(seq, tlv(0xa0, tlv(0xa1, attribute("2.5.4.3", utf8, "relative"))))))}},
		"empty lists":       {extensions: []der{extension("1.3.6.1.5.5.7.1.1", tlv(seq, access(ocsp, dirName))), extension("2.5.29.31", tlv(seq, point(dirName)))}},
		"unknown extension": {extensions: []der{extension("1.2.3.4", raw("junk")), altNames(tlv(0x82, raw("x.test")))}},
	}
}

const decodeScript = `
import json, ssl, sys
out = {}
for f in sys.argv[1:]:
    try:
        out[f] = ssl._ssl._test_decode_cert(f)
    except Exception as e:
        out[f] = repr(e)
print(json.dumps(out))
`

// TestPeerCertAsPython describes odd certificates as CPython does.
//
//inventory:row SSLSocket.getpeercert
func TestPeerCertAsPython(t *testing.T) {
	dir := t.TempDir()
	all := oddCerts()
	paths, ours := []string{}, map[string]any{}
	for name, c := range all {
		path := filepath.Join(dir, name)
		b := c.make(t)
		must(t, os.WriteFile(path, []byte(tlsbridge.DERCertToPEMCert(b)), 0o600))
		cert, err := tlsbridge.DecodeCertificate(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		paths, ours[path] = append(paths, path), asJSON(t, cert)
	}
	theirs := map[string]any{}
	python(t, &theirs, decodeScript, paths...)
	for path, want := range theirs {
		if !reflect.DeepEqual(ours[path], want) {
			t.Errorf("%s:\n got %v\nwant %v", filepath.Base(path), ours[path], want)
		}
	}
}

// TestMalformedCertificates cuts a certificate off everywhere.
func TestMalformedCertificates(t *testing.T) {
	whole := oddCerts()["kinds"].make(t)
	for n := range whole {
		if _, err := tlsbridge.DecodeCertificate(whole[:n]); err == nil {
			t.Fatalf("no error for %d bytes of %d", n, len(whole))
		}
	}
	for i := range whole { // whatever comes, no panic
		bad := append([]byte(nil), whole...)
		bad[i] ^= 0xff
		_, _ = tlsbridge.DecodeCertificate(bad)
	}
}

func FuzzDecodeCertificate(f *testing.F) {
	f.Add(pki().server.Certificate().Raw)
	f.Fuzz(func(t *testing.T, b []byte) {
		cert, err := tlsbridge.DecodeCertificate(b)
		if err == nil && cert.Empty() {
			t.Error("no version")
		}
	})
}

// TestObjects finds object identifiers by each of their names.
//
//inventory:row _ASN1Object
func TestObjects(t *testing.T) {
	want := tlsbridge.Object{NID: 129, ShortName: "serverAuth", LongName: "TLS Web Server Authentication", OID: "1.3.6.1.5.5.7.3.1"}
	for _, name := range []string{"serverAuth", want.LongName, want.OID} {
		if got, err := tlsbridge.ObjectFromName(name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if got, err := tlsbridge.ObjectFromNID(129); err != nil || got != want {
		t.Errorf("%v, %v", got, err)
	}
	_, err := tlsbridge.ObjectFromOID("serverAuth")
	wantValueError(t, err, "unknown object 'serverAuth'")
	_, err = tlsbridge.ObjectFromName("x")
	wantValueError(t, err, "unknown object 'x'")
	_, err = tlsbridge.ObjectFromNID(-1)
	wantValueError(t, err, "NID must be positive.")
	_, err = tlsbridge.ObjectFromNID(100000)
	wantValueError(t, err, "unknown NID 100000")
}
