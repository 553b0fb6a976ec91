package tlsbridge_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestLoadErrorsNameTheFile has a bad file among good ones, each time another.
//
//inventory:row SSLContext.load_cert_chain
//inventory:row SSLContext.load_verify_locations
func TestLoadErrorsNameTheFile(t *testing.T) {
	cert, key := issued(t, certs.ECDSAP256)
	_, other := issued(t, certs.ECDSAP256)
	_, rsa := issued(t, certs.RSA2048)
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	good, goodKey := put("cert.pem", string(cert)), put("key.pem", string(key))
	both := put("both.pem", string(cert)+string(key))
	bad := put("bad.pem", strings.Replace(string(cert), "MII", "M!!", 1))
	none, missing := put("none.pem", "nothing here"), filepath.Join(dir, "missing.pem")
	otherKey, rsaKey := put("other.pem", string(other)), put("rsa.pem", string(rsa))

	c := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	must(t, c.LoadCertChain(good, goodKey))
	must(t, c.LoadCertChain(both, ""))
	for _, at := range []struct {
		err  error
		file string
	}{
		{c.LoadCertChain(bad, goodKey), bad},
		{c.LoadCertChain(none, goodKey), none},
		{c.LoadCertChain(good, none), none},
		{c.LoadCertChain(good, ""), good},
		{c.LoadCertChain(good, otherKey), good + ", " + otherKey},
		{c.LoadCertChain(good, rsaKey), good + ", " + rsaKey},
		{c.LoadVerifyLocations(bad, ""), bad},
		{c.LoadVerifyLocations(none, dir), none},
	} {
		var e *tlsbridge.Error
		if !errors.As(at.err, &e) || e.File != at.file || !strings.Contains(e.Error(), e.Op+" "+at.file+": ") {
			t.Errorf("error is %v, want one of %s", at.err, at.file)
		}
	}
	for _, err := range []error{c.LoadCertChain(missing, ""), c.LoadCertChain(good, missing), c.LoadVerifyLocations(missing, "")} {
		var e *fs.PathError
		if !errors.As(err, &e) || e.Path != missing {
			t.Errorf("error is %v", err)
		}
	}
	own := errors.New("callback's own")
	encrypted := put("encrypted.pem", string(openssl(t, key, "pkcs8", "-topk8", "-passout", "pass:x")))
	if err := c.LoadCertChain(good, encrypted, func() ([]byte, error) { return nil, own }); err != own { //nolint:errorlint // the very same
		t.Error(err)
	}
	var e *tlsbridge.Error
	if err := c.LoadCertData(cert, other); !errors.As(err, &e) || e.File != "" {
		t.Error(err)
	}
}
