package tlsbridge_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
	trials := []trial{
		{"an older list, a newer one that revokes", leaves, trusted(older, newer), check, name, 23},
		{"the other way round", leaves, trusted(newer, older), check, name, 23},
		{"an expired list", leaves, trusted(root.list(t, 2, -3*hour, -hour, nil, leaf)), check, name, 12},
		{"changes only", leaves, trusted(root.list(t, 3, -hour, hour, critical([]byte{2, 1, 1}, 2, 5, 29, 27))), check, name, 0},
		{"an unknown extension", leaves, trusted(root.list(t, 1, -hour, hour, critical([]byte{5, 0}, 1, 2, 3, 4))), check, name, 36},
		{"a Kelvin sign", []*node{grow(t, root, func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "*.ban\u212a.test"} })}, trusted(), 0, "www.bank.test", 62},
		{"a key for lists", use(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }), trusted(), 0, name, 26},
		{"any usage", use(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }), trusted(), 0, name, 26},
		{"an authority", []*node{grow(t, root, with(ca("x"), func(c *x509.Certificate) { c.DNSNames = []string{name} }))}, trusted(), 0, name, 26},
	}
	theirs := verifyByPython(t, trials)
	for i, c := range trials {
		t.Run(c.name, func(t *testing.T) {
			cctx, sctx := newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT), newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
			must(t, sctx.LoadCertData(pemOf(c.chain...), c.chain[0].keyPEM(t)))
			trust := filepath.Join(t.TempDir(), "trust")
			must(t, os.WriteFile(trust, bytes.Join(c.trust, nil), 0o600))
			must(t, cctx.LoadVerifyLocations(trust, ""))
			must(t, cctx.SetVerifyFlags(cctx.VerifyFlags()|c.flags))
			if code, words := outcome(t, cctx, sctx, c.host); code != c.want || theirs != nil && code != theirs[i] {
				t.Errorf("%d %q, want %d, CPython has %v", code, words, c.want, theirs)
			}
		})
	}
}

// verifyByPython returns Python's verify codes of the trials.
func verifyByPython(t *testing.T, trials []trial) []int {
	t.Helper()
	type input struct {
		Chain string `json:"chain"`
		Key   string `json:"key"`
		Trust string `json:"trust"`
		Host  string `json:"host"`
		Flags int    `json:"flags"`
	}
	dir := t.TempDir()
	var inputs []input
	for i, c := range trials {
		n := strconv.Itoa(i)
		in := input{filepath.Join(dir, n), filepath.Join(dir, n+" key"), filepath.Join(dir, n+" trust"), c.host, int(c.flags)}
		must(t, os.WriteFile(in.Chain, pemOf(c.chain...), 0o600))
		must(t, os.WriteFile(in.Key, c.chain[0].keyPEM(t), 0o600))
		must(t, os.WriteFile(in.Trust, bytes.Join(c.trust, nil), 0o600))
		inputs = append(inputs, in)
	}
	text, err := json.Marshal(inputs)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "inputs"), text, 0o600))
	var theirs [][2]any
	python(t, &theirs, verifyScript, filepath.Join(dir, "inputs"))
	var codes []int
	for _, pair := range theirs {
		code, _ := pair[0].(float64)
		codes = append(codes, int(code))
	}
	return codes
}

// TestRevocationListReplaced puts a newer list in the place of an old one in a
// directory, as a nightly job does: it counts although the old one is valid.
func TestRevocationListReplaced(t *testing.T) {
	begin(t)
	root := grow(t, nil, ca("root"))
	leaf := grow(t, root, host(serverName))
	dir := t.TempDir()
	hash := strings.TrimSpace(string(openssl(t, pemOf(root), "x509", "-noout", "-hash")))
	must(t, os.WriteFile(filepath.Join(dir, hash+".0"), pemOf(root), 0o600))
	cctx, sctx := newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT), newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	must(t, sctx.LoadCertData(pemOf(leaf), leaf.keyPEM(t)))
	must(t, cctx.LoadVerifyLocations("", dir))
	must(t, cctx.SetVerifyFlags(tlsbridge.VERIFY_CRL_CHECK_LEAF))
	for i, revoked := range [][]*node{nil, {leaf}} {
		list := root.list(t, int64(i), time.Duration(i-10)*time.Minute, time.Hour, nil, revoked...)
		must(t, os.WriteFile(filepath.Join(dir, hash+".r0"), list, 0o600))
		if code, words := outcome(t, cctx, sctx, serverName); code != 23*i {
			t.Errorf("list %d: %d %s", i, code, words)
		}
	}
}
