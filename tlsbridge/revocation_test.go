package tlsbridge_test

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/pollux-net/pollux/tlsbridge"
)

// list makes a revocation list with extensions.
func (n *node) list(t *testing.T, number int64, from, to time.Duration, exts []pkix.Extension, revoked ...*node) []byte {
	t.Helper()
	tmpl := &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: time.Now().Add(from), NextUpdate: time.Now().Add(to), ExtraExtensions: exts}
	for _, r := range revoked {
		tmpl.RevokedCertificateEntries = append(tmpl.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: r.cert.SerialNumber, RevocationTime: time.Now().Add(-time.Minute)})
	}
	der, err := x509.CreateRevocationList(rand.Reader, tmpl, n.cert, n.key)
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

// critical is an extension that must be understood.
func critical(value []byte, id ...int) []pkix.Extension {
	return []pkix.Extension{{Id: asn1.ObjectIdentifier(id), Critical: true, Value: value}}
}

// TestRevocationOfPython has several lists, lists with extensions, and
// certificates that are not for servers, and compares with Python.
func TestRevocationOfPython(t *testing.T) {
	begin(t)
	const name, check, hour = "leaf.test", tlsbridge.VERIFY_CRL_CHECK_LEAF, time.Hour
	root := grow(t, nil, ca("root"))
	leaf := grow(t, root, host(name))
	use := func(change func(*x509.Certificate)) []*node { return []*node{grow(t, root, with(host(name), change))} }
	trusted := func(lists ...[]byte) [][]byte { return append([][]byte{pemOf(root)}, lists...) }
	older := root.list(t, 1, -2*hour, hour, nil)
	newer := root.list(t, 2, -hour, hour, nil, leaf)
	leaves := []*node{leaf}
	judge(t, []trial{
		{"an older list, a newer one that revokes", leaves, trusted(older, newer), check, name, 23},
		{"the other way round", leaves, trusted(newer, older), check, name, 23},
		{"an expired list", leaves, trusted(root.list(t, 2, -3*hour, -hour, nil, leaf)), check, name, 12},
		{"changes only", leaves, trusted(root.list(t, 3, -hour, hour, critical([]byte{2, 1, 1}, 2, 5, 29, 27))), check, name, 0},
		{"an unknown extension", leaves, trusted(root.list(t, 1, -hour, hour, critical([]byte{5, 0}, 1, 2, 3, 4))), check, name, 36},
		{"a Kelvin sign", []*node{grow(t, root, func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "*.ban\u212a.test"} })}, trusted(), 0, "www.bank.test", 62},
		{"a key for lists", use(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }), trusted(), 0, name, 26},
		{"any usage", use(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }), trusted(), 0, name, 26},
		{"an authority", []*node{grow(t, root, with(ca("x"), func(c *x509.Certificate) { c.DNSNames = []string{name} }))}, trusted(), 0, name, 26},
	})
}
