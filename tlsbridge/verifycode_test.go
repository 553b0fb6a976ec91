package tlsbridge_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pollux-net/pollux/tlsbridge"
)

// node is a certificate with its key and where it hangs.
type node struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var serials int64 = 100

// grow makes a certificate that parent has signed, or itself with nil.
func grow(t *testing.T, parent *node, change func(*x509.Certificate)) *node {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	serials++
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(serials), BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	change(tmpl)
	n := &node{key: key}
	by, byKey := tmpl, key
	if parent != nil {
		by, byKey = parent.cert, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, by, key.Public(), byKey)
	must(t, err)
	n.cert, err = x509.ParseCertificate(der)
	must(t, err)
	return n
}

func ca(name string, more ...func(*x509.Certificate)) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.Subject, c.IsCA, c.KeyUsage = pkix.Name{CommonName: name}, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
		for _, m := range more {
			m(c)
		}
	}
}

func host(names ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.Subject, c.KeyUsage = pkix.Name{CommonName: "leaf"}, x509.KeyUsageDigitalSignature
		for _, n := range names {
			if ip := net.ParseIP(n); ip != nil {
				c.IPAddresses = append(c.IPAddresses, ip)
			} else {
				c.DNSNames = append(c.DNSNames, n)
			}
		}
	}
}

func expired(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
}

func with(f, g func(*x509.Certificate)) func(*x509.Certificate) {
	return func(c *x509.Certificate) { f(c); g(c) }
}

func pemOf(nodes ...*node) []byte {
	var b bytes.Buffer
	for _, n := range nodes {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: n.cert.Raw})
	}
	return b.Bytes()
}

func (n *node) keyPEM(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(n.key)
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// crl makes a revocation list of an authority.
func (n *node) crl(t *testing.T, from, to time.Duration, revoked ...*node) []byte {
	t.Helper()
	tmpl := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(from), NextUpdate: time.Now().Add(to)}
	for _, r := range revoked {
		tmpl.RevokedCertificateEntries = append(tmpl.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: r.cert.SerialNumber, RevocationTime: time.Now().Add(-time.Minute)})
	}
	der, err := x509.CreateRevocationList(rand.Reader, tmpl, n.cert, n.key)
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

// trial is a server's chain before a client with some trust.
type trial struct {
	name  string
	chain []*node
	trust [][]byte
	flags tlsbridge.VerifyFlags
	host  string
	want  int // OpenSSL's number, which CPython is asked for too
}

func trials(t *testing.T) []trial {
	t.Helper()
	const name = "leaf.test"
	root := grow(t, nil, ca("root"))
	mid := grow(t, root, ca("mid"))
	leaf := grow(t, mid, host(name, "*.wild.test", "192.0.2.1", "2001:db8::1"))
	direct := grow(t, root, host(name))
	alone := grow(t, nil, host(name))
	stale := grow(t, root, with(host(name), expired))
	staleRoot := grow(t, nil, ca("stale root", expired))
	future := grow(t, root, with(host(name), func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
	}))
	client := grow(t, root, with(host(name), func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }))
	noCA := grow(t, direct, with(host(name), func(c *x509.Certificate) { c.Subject.CommonName = "below a leaf" }))
	short := grow(t, root, ca("short", func(c *x509.Certificate) { c.MaxPathLenZero = true }))
	below := grow(t, short, ca("below"))
	deep := grow(t, below, host(name))
	bare := grow(t, root, func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: name} })
	narrow := grow(t, nil, ca("narrow", func(c *x509.Certificate) {
		c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = []string{"other.test"}, true
	}))
	outside := grow(t, narrow, host(name))
	impostor := grow(t, nil, ca("root")) // the same name, another key
	unused := grow(t, root, ca("unused", func(c *x509.Certificate) { c.KeyUsage = 0 }))
	nameless := *root.cert
	nameless.SubjectKeyId = nil
	anonymous := grow(t, &node{cert: &nameless, key: root.key}, host(name)) // says nothing of its issuer's key
	rootPEM, midPEM := pemOf(root), pemOf(mid)
	const leafCRL, chainCRL = tlsbridge.VERIFY_CRL_CHECK_LEAF, tlsbridge.VERIFY_CRL_CHECK_CHAIN
	const hour = time.Hour
	good := func(n *node) []byte { return n.crl(t, -hour, hour) }
	of := func(parts ...[]byte) [][]byte { return parts }
	return []trial{
		{"good", []*node{leaf, mid}, of(rootPEM), 0, name, 0},
		{"root sent too", []*node{leaf, mid, root}, of(rootPEM), 0, name, 0},
		{"wildcard", []*node{leaf, mid}, of(rootPEM), 0, "a.wild.test", 0},
		{"wildcard in capitals", []*node{leaf, mid}, of(rootPEM), 0, "A.WILD.test", 0},
		{"wildcard for two labels", []*node{leaf, mid}, of(rootPEM), 0, "a.b.wild.test", 62},
		{"wildcard for none", []*node{leaf, mid}, of(rootPEM), 0, "wild.test", 62},
		{"wildcard for an underscore", []*node{leaf, mid}, of(rootPEM), 0, "a_b.wild.test", 62},
		{"wildcard for IDNA", []*node{leaf, mid}, of(rootPEM), 0, "bücher.wild.test", 0},
		{"name", []*node{leaf, mid}, of(rootPEM), 0, "x.test", 62},
		{"name with a dot", []*node{leaf, mid}, of(rootPEM), 0, name + ".", 62},
		{"address", []*node{leaf, mid}, of(rootPEM), 0, "192.0.2.1", 0},
		{"address of 6", []*node{leaf, mid}, of(rootPEM), 0, "2001:DB8::1", 0},
		{"another address", []*node{leaf, mid}, of(rootPEM), 0, "192.0.2.2", 64},
		{"common name", []*node{bare}, of(rootPEM), 0, name, 0},
		{"common name of an address", []*node{bare}, of(rootPEM), 0, "192.0.2.1", 64},
		{"common name beside others", []*node{leaf, mid}, of(rootPEM), 0, "leaf", 62},
		{"intermediate missing", []*node{leaf}, of(rootPEM), 0, name, 20},
		{"nothing trusted", []*node{leaf, mid}, of(pemOf(alone)), 0, name, 20},
		{"trusted intermediate", []*node{leaf}, of(midPEM), 0, name, 2},
		{"trusted intermediate is enough", []*node{leaf}, of(midPEM), tlsbridge.VERIFY_X509_PARTIAL_CHAIN, name, 0},
		{"trusted leaf", []*node{leaf}, of(pemOf(leaf)), 0, name, 20},
		{"trusted leaf is enough", []*node{leaf}, of(pemOf(leaf)), tlsbridge.VERIFY_X509_PARTIAL_CHAIN, name, 0},
		{"intermediate in the store", []*node{leaf}, of(rootPEM, midPEM), 0, name, 0},
		{"self-signed", []*node{alone}, of(rootPEM), 0, name, 18},
		{"self-signed, trusted", []*node{alone}, of(pemOf(alone)), 0, name, 0},
		{"self-signed in chain", []*node{leaf, mid, root}, of(pemOf(alone)), 0, name, 19},
		{"expired", []*node{stale}, of(rootPEM), 0, name, 10},
		{"expired, and another name", []*node{stale}, of(rootPEM), 0, "x.test", 62},
		{"expired root", []*node{grow(t, staleRoot, host(name))}, of(pemOf(staleRoot)), 0, name, 10},
		{"not yet valid", []*node{future}, of(rootPEM), 0, name, 9},
		{"for clients", []*node{client}, of(rootPEM), 0, name, 26},
		{"issuer is no authority", []*node{noCA, direct}, of(rootPEM), 0, name, 79},
		{"path too long", []*node{deep, below, short}, of(rootPEM), 0, name, 25},
		{"outside of the permitted", []*node{outside}, of(pemOf(narrow)), 0, name, 47},
		{"no list", []*node{direct}, of(rootPEM), leafCRL, name, 3},
		{"a good list", []*node{direct}, of(rootPEM, good(root)), leafCRL, name, 0},
		{"revoked", []*node{direct}, of(rootPEM, root.crl(t, -hour, hour, direct)), leafCRL, name, 23},
		{"revoked, and nobody asks", []*node{direct}, of(rootPEM, root.crl(t, -hour, hour, direct)), 0, name, 0},
		{"list expired", []*node{direct}, of(rootPEM, root.crl(t, -2*hour, -hour)), leafCRL, name, 12},
		{"list not yet valid", []*node{direct}, of(rootPEM, root.crl(t, hour, 2*hour)), leafCRL, name, 11},
		{"list of the leaf only", []*node{leaf, mid}, of(rootPEM, good(mid)), chainCRL, name, 3},
		{"lists of all", []*node{leaf, mid}, of(rootPEM, good(mid), good(root)), chainCRL, name, 0},
		{"intermediate revoked", []*node{leaf, mid}, of(rootPEM, good(mid), root.crl(t, -hour, hour, mid)), chainCRL, name, 23},
		{"impostor's root", []*node{direct}, of(pemOf(impostor)), 0, name, 20},
		{"strict", []*node{leaf, mid}, of(rootPEM), tlsbridge.VERIFY_X509_STRICT, name, 0},
		{"no key usage", []*node{grow(t, unused, host(name)), unused}, of(rootPEM), 0, name, 0},
		{"strict without key usage", []*node{grow(t, unused, host(name)), unused}, of(rootPEM), tlsbridge.VERIFY_X509_STRICT, name, 92},
		{"no issuer's key", []*node{anonymous}, of(rootPEM), 0, name, 0},
		{"strict without issuer's key", []*node{anonymous}, of(rootPEM), tlsbridge.VERIFY_X509_STRICT, name, 85},
		{"strict with a bare leaf", []*node{bare}, of(rootPEM), tlsbridge.VERIFY_X509_STRICT, name, 0},
	}
}

const verifyScript = `
import json, ssl, sys
def run(c):
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(c["chain"], c["key"])
    client.load_verify_locations(c["trust"])
    client.verify_flags |= c["flags"]
    a, b = ssl.MemoryBIO(), ssl.MemoryBIO()
    x = client.wrap_bio(a, b, server_hostname=c["host"])
    y = server.wrap_bio(b, a, server_side=True)
    for i in range(10):
        for s in (x, y):
            try:
                s.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError as e:
                return [e.verify_code, e.verify_message]
    return [0, str(len(x._sslobj.get_verified_chain()))]
print(json.dumps([run(c) for c in json.load(open(sys.argv[1]))]))
`

// TestVerifyCodesAsPython verifies chains as CPython does, with the number and
// the words.
//
//inventory:row SSLCertVerificationError
//inventory:row SSLContext.verify_flags
func TestVerifyCodesAsPython(t *testing.T) {
	begin(t)
	judge(t, trials(t))
}

// judge runs handshakes, and compares what is said of the certificates with
// what is wanted, and with Python.
func judge(t *testing.T, list []trial) {
	t.Helper()
	dir := t.TempDir()
	type input struct {
		Chain string `json:"chain"`
		Key   string `json:"key"`
		Trust string `json:"trust"`
		Host  string `json:"host"`
		Flags int    `json:"flags"`
	}
	var inputs []input
	for _, c := range list {
		in := input{filepath.Join(dir, c.name), filepath.Join(dir, c.name+" key"), filepath.Join(dir, c.name+" trust"), c.host, int(c.flags)}
		must(t, os.WriteFile(in.Chain, pemOf(c.chain...), 0o600))
		must(t, os.WriteFile(in.Key, c.chain[0].keyPEM(t), 0o600))
		must(t, os.WriteFile(in.Trust, bytes.Join(c.trust, nil), 0o600))
		inputs = append(inputs, in)
	}
	text, err := json.Marshal(inputs)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "inputs"), text, 0o600))
	var theirs [][2]any
	t.Run("python", func(t *testing.T) { python(t, &theirs, verifyScript, filepath.Join(dir, "inputs")) })
	for i, c := range list {
		cctx, sctx := newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT), newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
		must(t, sctx.LoadCertChain(inputs[i].Chain, inputs[i].Key))
		must(t, cctx.LoadVerifyLocations(inputs[i].Trust, ""))
		must(t, cctx.SetVerifyFlags(cctx.VerifyFlags()|c.flags))
		code, words := outcome(t, cctx, sctx, c.host)
		if code != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, code, words, c.want)
		}
		if theirs != nil && (float64(code) != theirs[i][0] || words != theirs[i][1]) {
			t.Errorf("%s: %d %q, but CPython says %v", c.name, code, words, theirs[i])
		}
	}
}

// outcome runs a handshake, and returns the number and words of a refusal, or
// 0 and the length of the verified chain.
func outcome(t *testing.T, cctx, sctx *tlsbridge.Context, host string) (int, string) {
	t.Helper()
	a, b := socketpair(t)
	client, err := cctx.Wrap(a, tlsbridge.Options{ServerHostname: host})
	must(t, err)
	server, err := sctx.Wrap(b, tlsbridge.Options{})
	must(t, err)
	defer client.Close()
	defer server.Close()
	client.SetTimeout(0)
	server.SetTimeout(0)
	err = shake(client, server)
	var e *tlsbridge.Error
	if errors.As(err, &e) && e.Kind == tlsbridge.KindCertVerification {
		return e.VerifyCode, e.VerifyMessage
	}
	must(t, err)
	return 0, big.NewInt(int64(len(client.VerifiedChain()))).String()
}
