package tlsbridge_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge"
)

const secret = "se cret ü"

// openssl runs the command, as the maker of files that others have.
func openssl(t *testing.T, stdin []byte, args ...string) []byte {
	t.Helper()
	exe, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl")
	}
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		_ = errors.As(err, &exit)
		t.Fatalf("openssl %v: %v\n%s", args, err, exit.Stderr)
	}
	return out
}

func issued(t *testing.T, k certs.KeyType) (cert, key []byte) {
	t.Helper()
	pair, err := pki().authority.Issue(certs.Leaf{Names: []string{serverName}, KeyType: k})
	must(t, err)
	key, err = pair.KeyPEM()
	must(t, err)
	return pair.CertPEM(), key
}

// serves reports whether a server can use what was loaded.
func serves(t *testing.T, sctx *tlsbridge.Context) {
	t.Helper()
	cctx, _ := contexts(t, 0)
	if errC, errS := meet(t, cctx, sctx, serverName); errC != nil || errS != nil {
		t.Error(errC, errS)
	}
}

// TestKeyFormats loads every form of key that OpenSSL writes.
//
//inventory:row SSLContext.load_cert_chain
func TestKeyFormats(t *testing.T) {
	begin(t)
	pass := "pass:" + secret
	for _, c := range []struct {
		name string
		key  certs.KeyType
		args []string // turns PKCS #8 into it
		encr bool
	}{
		{"rsa", certs.RSA2048, nil, false},
		{"rsa pkcs1", certs.RSA2048, []string{"rsa", "-traditional"}, false},
		{"ec", certs.ECDSAP256, nil, false},
		{"ec sec1", certs.ECDSAP256, []string{"ec"}, false},
		{"ed25519", certs.Ed25519, nil, false},
		{"pkcs8 aes", certs.ECDSAP256, []string{"pkcs8", "-topk8", "-passout", pass}, true},
		{"pkcs8 aes128", certs.RSA2048, []string{"pkcs8", "-topk8", "-v2", "aes-128-cbc", "-passout", pass}, true},
		{"pkcs8 3des", certs.ECDSAP256, []string{"pkcs8", "-topk8", "-v2", "des3", "-passout", pass}, true},
		{"pkcs8 scrypt", certs.Ed25519, []string{"pkcs8", "-topk8", "-scrypt", "-passout", pass}, true},
		{"rsa legacy", certs.RSA2048, []string{"rsa", "-traditional", "-aes256", "-passout", pass}, true},
		{"ec legacy", certs.ECDSAP256, []string{"ec", "-des3", "-passout", pass}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			cert, key := issued(t, c.key)
			if c.args != nil {
				key = openssl(t, key, c.args...)
			}
			ctx := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
			asked := 0
			callback := func() ([]byte, error) { asked++; return []byte(secret), nil }
			must(t, ctx.LoadCertData(cert, key, callback))
			if asked != map[bool]int{true: 1}[c.encr] {
				t.Errorf("asked %d times", asked)
			}
			serves(t, ctx)
			if !c.encr {
				return
			}
			must(t, ctx.LoadCertData(cert, key, tlsbridge.PasswordText(secret)))
			must(t, ctx.LoadCertData(cert, key, tlsbridge.PasswordBytes([]byte(secret))))
			for _, p := range [][]tlsbridge.Password{{tlsbridge.PasswordText("wrong")}, {tlsbridge.PasswordText("")}, nil, {tlsbridge.PasswordText(strings.Repeat("x", 1024))}} {
				e := wantErr(t, ctx.LoadCertData(cert, key, p...), tlsbridge.KindSSL, "")
				if e.Library != "SSL" || !strings.HasPrefix(e.Err.Error(), "PEM lib") || strings.Contains(e.Error(), secret) {
					t.Error(e)
				}
			}
			wantValueError(t, ctx.LoadCertData(cert, key, tlsbridge.PasswordText(strings.Repeat("x", 1025))), "password cannot be longer than 1024 bytes")
			own := errors.New("callback's own")
			if err := ctx.LoadCertData(cert, key, func() ([]byte, error) { return nil, own }); err != own { //nolint:errorlint // the very same
				t.Error(err)
			}
		})
	}
}

// TestUnknownEncryption says so, and does not blame the password.
func TestUnknownEncryption(t *testing.T) {
	cert, key := issued(t, certs.ECDSAP256)
	key = openssl(t, key, "pkcs8", "-topk8", "-v2prf", "hmacWithSHA512", "-passout", "pass:"+secret)
	err := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER).LoadCertData(cert, key, tlsbridge.PasswordText(secret))
	if e := wantErr(t, err, tlsbridge.KindSSL, ""); !strings.Contains(e.Error(), "unsupported") {
		t.Error(e)
	}
}

// TestLoadCertErrors is Python's class, library and reason for what cannot be
// loaded.
//
//inventory:row SSLContext.load_cert_chain
func TestLoadCertErrors(t *testing.T) {
	rsaCert, rsaKey := issued(t, certs.RSA2048)
	_, otherKey := issued(t, certs.RSA2048)
	ecCert, ecKey := issued(t, certs.ECDSAP256)
	block := func(kind, text string) []byte {
		return []byte("-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n")
	}
	bad := block("CERTIFICATE", "AAAA")
	x25519, err := tlsbridge.PEMCertToDERCert("-----BEGIN CERTIFICATE-----MC4CAQAwBQYDK2VuBCIEIHBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB-----END CERTIFICATE-----")
	must(t, err)
	for name, c := range map[string]struct {
		cert, key       []byte
		library, reason string
		text            string
	}{
		"another key":        {rsaCert, otherKey, "X509", "KEY_VALUES_MISMATCH", ""},
		"a key of EC":        {rsaCert, ecKey, "SSL", "NO_CERTIFICATE_ASSIGNED", ""},
		"a key of RSA":       {ecCert, rsaKey, "SSL", "NO_CERTIFICATE_ASSIGNED", ""},
		"no key":             {rsaCert, nil, "SSL", "", "PEM lib"},
		"no certificate":     {rsaKey, rsaKey, "SSL", "", "PEM lib"},
		"nothing":            {[]byte{}, rsaKey, "SSL", "", "PEM lib"},
		"bad certificate":    {bad, rsaKey, "SSL", "", "PEM lib"},
		"bad base64":         {block("CERTIFICATE", "!!!!"), rsaKey, "SSL", "", "PEM lib"},
		"no end":             {[]byte("-----BEGIN CERTIFICATE-----\nAAAA\n"), rsaKey, "SSL", "", "PEM lib"},
		"bad key":            {rsaCert, block("PRIVATE KEY", "AAAA"), "SSL", "", "PEM lib"},
		"bad RSA key":        {rsaCert, block("RSA PRIVATE KEY", "AAAA"), "SSL", "", "PEM lib"},
		"bad EC key":         {rsaCert, block("EC PRIVATE KEY", "AAAA"), "SSL", "", "PEM lib"},
		"DSA":                {rsaCert, block("DSA PRIVATE KEY", "AAAA"), "SSL", "", "PEM lib: crypto/tls has no DSA"},
		"another kind":       {rsaCert, block("FOO PRIVATE KEY", "AAAA"), "SSL", "", "PEM lib"},
		"a key of X25519":    {rsaCert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: x25519}), "SSL", "UNKNOWN_CERTIFICATE_TYPE", ""},
		"a bad intermediate": {append(append([]byte(nil), rsaCert...), bad...), rsaKey, "PEM", "", "ASN1 lib"},
	} {
		ctx := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
		e := wantErr(t, ctx.LoadCertData(c.cert, c.key), tlsbridge.KindSSL, c.reason)
		if e.Library != c.library || c.text != "" && !strings.HasPrefix(e.Err.Error(), c.text) {
			t.Errorf("%s: %v", name, e)
		}
	}
	ctx := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	wantErrors(t, ctx.LoadCertChain("/nowhere", ""), fs.ErrNotExist)
	path := filepath.Join(t.TempDir(), "cert")
	must(t, os.WriteFile(path, rsaCert, 0o600))
	wantErrors(t, ctx.LoadCertChain(path, "/nowhere"), fs.ErrNotExist)
}

// TestKeyTypesSideBySide has a certificate for each kind of key; another of
// the same kind replaces the first.
//
//inventory:row SSLContext.load_cert_chain
func TestKeyTypesSideBySide(t *testing.T) {
	begin(t)
	ctx := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	for _, k := range []certs.KeyType{certs.RSA2048, certs.RSA2048, certs.ECDSAP256} {
		cert, key := issued(t, k)
		must(t, ctx.LoadCertData(cert, key))
	}
	must(t, ctx.SetVersions(tlsbridge.TLSv1_2, tlsbridge.TLSv1_2))
	for auth, want := range map[string]x509.PublicKeyAlgorithm{"aRSA": x509.RSA, "aECDSA": x509.ECDSA} {
		cctx, _ := contexts(t, 0)
		must(t, cctx.SetCiphers(auth+"+AESGCM"))
		client, _ := pair(t, cctx, ctx)
		if got := client.PeerCertificates()[0].PublicKeyAlgorithm; got != want {
			t.Errorf("%s: %v", auth, got)
		}
	}
}

// TestPKCS12 loads what Python cannot.
func TestPKCS12(t *testing.T) {
	begin(t)
	server := pki().server.TLS()
	data, err := pkcs12.Modern.Encode(server.PrivateKey, server.Leaf, []*x509.Certificate{pki().authority.Certificate()}, secret)
	must(t, err)
	ctx := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	must(t, ctx.LoadPKCS12(data, secret))
	serves(t, ctx)
	wantErr(t, ctx.LoadPKCS12(data, "wrong"), tlsbridge.KindSSL, "MAC_VERIFY_FAILURE")
	wantErr(t, ctx.LoadPKCS12([]byte("x"), secret), tlsbridge.KindSSL, "PARSE_ERROR")
}

// TestChainIsCompleted sends the issuers that the store knows.
//
//inventory:row SSLContext.load_cert_chain
func TestChainIsCompleted(t *testing.T) {
	begin(t)
	root := grow(t, nil, ca("root"))
	mid := grow(t, root, ca("mid"))
	leaf := grow(t, mid, host(serverName))
	sctx, cctx := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER), newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT)
	must(t, sctx.LoadCertData(pemOf(leaf), leaf.keyPEM(t)))
	must(t, cctx.LoadVerifyData(pemOf(root)))
	if code, _ := outcome(t, cctx, sctx, serverName); code != 20 {
		t.Error(code)
	}
	must(t, sctx.LoadVerifyData(pemOf(mid)))
	if code, words := outcome(t, cctx, sctx, serverName); code != 0 || words != "3" {
		t.Error(code, words)
	}
	sctx = newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	sctx.AddCertificate(tls.Certificate{Certificate: [][]byte{leaf.cert.Raw}, PrivateKey: leaf.key}) // has no Leaf
	must(t, sctx.LoadVerifyData(pemOf(mid)))
	if code, words := outcome(t, cctx, sctx, serverName); code != 0 || words != "3" {
		t.Error(code, words)
	}
}

// TestDHParams reads the file and refuses it.
//
//inventory:row SSLContext.load_dh_params
func TestDHParams(t *testing.T) {
	ctx := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	wantErrors(t, ctx.LoadDHParams("/nowhere"), fs.ErrNotExist)
	path := filepath.Join(t.TempDir(), "dh")
	must(t, os.WriteFile(path, pki().authority.PEM(), 0o600))
	if e := wantErr(t, ctx.LoadDHParams(path), tlsbridge.KindSSL, "NO_START_LINE"); e.Library != "PEM" {
		t.Error(e)
	}
	must(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "DH PARAMETERS"}), 0o600))
	wantErrors(t, ctx.LoadDHParams(path), errors.ErrUnsupported)
}
