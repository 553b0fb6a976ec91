package tlsbridge_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestDefaultPaths takes the system's authorities from the environment.
//
//inventory:row get_default_verify_paths
//inventory:row SSLContext.load_default_certs
//inventory:row SSLContext.set_default_verify_paths
func TestDefaultPaths(t *testing.T) {
	begin(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "ca.pem")
	must(t, os.WriteFile(file, pki().authority.PEM(), 0o600))
	t.Setenv("SSL_CERT_FILE", file)
	t.Setenv("SSL_CERT_DIR", dir)
	p := tlsbridge.GetDefaultVerifyPaths()
	if p.CAFile != file || p.CAPath != dir || p.OpenSSLCAFileEnv != "SSL_CERT_FILE" || p.OpenSSLCAPathEnv != "SSL_CERT_DIR" || p.OpenSSLCAFile == file {
		t.Errorf("%+v", p)
	}
	c, err := tlsbridge.CreateDefaultContext(tlsbridge.SERVER_AUTH)
	must(t, err)
	if got := c.CertStoreStats(); got != (tlsbridge.StoreStats{X509: 1, X509CA: 1}) || c.VerifyMode() != tlsbridge.CERT_REQUIRED || !c.CheckHostname() {
		t.Errorf("%+v", got)
	}
	t.Setenv("SSL_CERT_FILE", filepath.Join(dir, "none"))
	t.Setenv("SSL_CERT_DIR", filepath.Join(dir, "none"))
	if p := tlsbridge.GetDefaultVerifyPaths(); p.CAFile != "" || p.CAPath != "" {
		t.Errorf("%+v", p)
	}
	c = newContext(t, tlsbridge.PROTOCOL_TLS)
	must(t, c.LoadDefaultCerts())
	must(t, c.LoadDefaultCerts(tlsbridge.CLIENT_AUTH))
	var typed *tlsbridge.TypeError
	if err := c.LoadDefaultCerts("foo"); !errors.As(err, &typed) {
		t.Error(err)
	}
}

// TestCreateDefaultContext makes contexts for each purpose.
//
//inventory:row create_default_context
//inventory:row _create_unverified_context
func TestCreateDefaultContext(t *testing.T) {
	begin(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "ca.pem")
	must(t, os.WriteFile(file, pki().authority.PEM(), 0o600))
	keys := filepath.Join(dir, "keys")
	t.Setenv("SSLKEYLOGFILE", keys)
	for _, trust := range []tlsbridge.Authorities{{CAFile: file, CAPath: dir}, {CAText: pki().authority.PEM()}, {CADER: pki().authority.Certificate().Raw}} {
		c, err := tlsbridge.CreateDefaultContext(tlsbridge.SERVER_AUTH, trust)
		must(t, err)
		if c.CertStoreStats().X509 != 1 || c.KeylogFilename() != keys {
			t.Errorf("%+v, %s", c.CertStoreStats(), c.KeylogFilename())
		}
		must(t, c.SetKeylogFilename(""))
	}
	c, err := tlsbridge.CreateDefaultContext(tlsbridge.CLIENT_AUTH)
	must(t, err)
	must(t, c.SetKeylogFilename(""))
	if c.Protocol() != tlsbridge.PROTOCOL_TLS_SERVER || c.VerifyMode() != tlsbridge.CERT_NONE || c.CertStoreStats().X509 != 0 {
		t.Error("a server's context")
	}
	for _, bad := range []tlsbridge.Authorities{{CAFile: "/nowhere"}, {CAText: []byte("x")}, {CADER: []byte("x")}} {
		if _, err := tlsbridge.CreateDefaultContext(tlsbridge.SERVER_AUTH, bad); err == nil {
			t.Errorf("%+v", bad)
		}
	}
	_, err = tlsbridge.CreateDefaultContext("foo")
	wantValueError(t, err, "foo")
	t.Setenv("SSLKEYLOGFILE", dir)
	if _, err := tlsbridge.CreateDefaultContext(tlsbridge.SERVER_AUTH, tlsbridge.Authorities{CAFile: file}); err == nil {
		t.Error("a key log that cannot be written")
	}
	t.Setenv("SSLKEYLOGFILE", "")
	_, err = tlsbridge.CreateUnverifiedContext(99)
	wantValueError(t, err, "invalid or unsupported protocol version 99")
}

// TestGetServerCertificate fetches a certificate, verified or not.
//
//inventory:row get_server_certificate
func TestGetServerCertificate(t *testing.T) {
	begin(t)
	l, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	must(t, err)
	defer l.Close()
	must(t, l.Bind(fdsock.Inet("127.0.0.1", 0)))
	must(t, l.Listen())
	addr, err := l.GetSockName()
	must(t, err)
	port := addr.(fdsock.InetAddr).Port
	_, sctx := contexts(t, 0)
	file := filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(file, pki().authority.PEM(), 0o600))
	strange := filepath.Join(t.TempDir(), "strange.pem")
	must(t, os.WriteFile(strange, pemOf(grow(t, nil, ca("strange"))), 0o600))
	for cafile, refused := range map[string]bool{"": false, file: false, strange: true} {
		done := make(chan error)
		go func() {
			done <- func() error {
				s, _, err := l.Accept()
				if err != nil {
					return err
				}
				server, err := sctx.Wrap(s, tlsbridge.Options{})
				if err != nil {
					return err
				}
				defer server.Close()
				server.SetTimeout(patience)
				_ = server.DoHandshake()
				_, _ = server.Recv(1)
				return nil
			}()
		}()
		text, err := tlsbridge.GetServerCertificate("127.0.0.1", port, cafile, patience)
		must(t, <-done)
		if refused {
			wantErr(t, err, tlsbridge.KindCertVerification, "CERTIFICATE_VERIFY_FAILED")
		} else if err != nil || text != string(pki().server.CertPEM()) {
			t.Errorf("%s: %v", text, err)
		}
	}
	must(t, l.Close())
	if _, err := tlsbridge.GetServerCertificate("127.0.0.1", port, "", patience); !fdsock.ConnectionRefusedError(err) {
		t.Error(err)
	}
	if _, err := tlsbridge.GetServerCertificate("127.0.0.1", port, "/nowhere", patience); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
