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

func wantValueError(t *testing.T, err error, text string) {
	t.Helper()
	var value *tlsbridge.ValueError
	if !errors.As(err, &value) || value.Text != text {
		t.Errorf("got %v, want %q", err, text)
	}
}

func TestSettings(t *testing.T) {
	begin(t)
	client := newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT)
	wantValueError(t, client.SetVerifyMode(tlsbridge.CERT_NONE), "Cannot set verify_mode to CERT_NONE when check_hostname is enabled.")
	a, _ := socketpair(t)
	_, err := client.Wrap(a, tlsbridge.Options{})
	wantValueError(t, err, "check_hostname requires server_hostname")
	client.SetCheckHostname(false)
	must(t, client.SetVerifyMode(tlsbridge.CERT_NONE))
	client.SetCheckHostname(true) // raises the mode again
	wantValueError(t, client.SetVerifyMode(tlsbridge.CERT_NONE), "Cannot set verify_mode to CERT_NONE when check_hostname is enabled.")
	wantValueError(t, client.SetVersions(0x0305, tlsbridge.TLSv1_3), "Unsupported TLS/SSL version 0x305")
	wantValueError(t, client.SetVersions(tlsbridge.TLSv1_2, 0), "Unsupported TLS/SSL version 0x0")
	wantValueError(t, client.SetVersions(tlsbridge.TLSv1_3, tlsbridge.TLSv1_2), "minimum version TLSv1.3 is above the maximum version TLSv1.2")
	udp, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_DGRAM, 0)
	must(t, err)
	closeAfter(t, udp)
	_, err = client.Wrap(udp, tlsbridge.Options{ServerHostname: serverName})
	wantValueError(t, err, "only stream sockets are supported")

	must(t, client.SetMinimumVersion(tlsbridge.TLSv1_3))
	must(t, client.SetMaximumVersion(tlsbridge.TLSv1_2)) // nothing is left
	s, err := client.Wrap(a, tlsbridge.Options{ServerHostname: serverName})
	must(t, err)
	wantErr(t, s.DoHandshake(), tlsbridge.KindSSL, "NO_PROTOCOLS_AVAILABLE")
}

// TestSettingsAreTakenAtWrap changes a context under a socket.
func TestSettingsAreTakenAtWrap(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, tlsbridge.TLSv1_3)
	a, b := socketpair(t)
	client, server := wrap(t, a, b, cctx, sctx)
	must(t, cctx.SetVersions(tlsbridge.TLSv1_2, tlsbridge.TLSv1_2))
	must(t, sctx.SetVersions(tlsbridge.TLSv1_2, tlsbridge.TLSv1_2))
	client.SetTimeout(0)
	server.SetTimeout(0)
	must(t, shake(client, server))
	if client.Version() != "TLSv1.3" {
		t.Error(client.Version())
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	keyPEM, err := pki().server.KeyPEM()
	must(t, err)
	otherPEM, err := pki().client.KeyPEM()
	must(t, err)
	file := func(name string, parts ...[]byte) string {
		var all []byte
		for _, p := range parts {
			all = append(all, p...)
		}
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, all, 0o600))
		return path
	}
	cert, key := file("cert", pki().server.CertPEM()), file("key", keyPEM)
	c := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	must(t, c.LoadCertChain(cert, key))
	must(t, c.LoadCertChain(file("both", pki().server.CertPEM(), keyPEM), ""))
	must(t, c.LoadVerifyLocations(file("ca", pki().authority.PEM()), ""))
	for _, err := range []error{
		c.LoadCertChain(filepath.Join(dir, "missing"), ""),
		c.LoadCertChain(cert, filepath.Join(dir, "missing")),
		c.LoadVerifyLocations(filepath.Join(dir, "missing"), ""),
	} {
		wantErrors(t, err, fs.ErrNotExist)
	}
	e := func(err error, library, reason string) {
		t.Helper()
		if e := wantErr(t, err, tlsbridge.KindSSL, reason); e.Library != library {
			t.Error(e)
		}
	}
	e(c.LoadCertChain(cert, file("other", otherPEM)), "X509", "KEY_VALUES_MISMATCH")
	e(c.LoadCertChain(file("bad", []byte("no PEM")), key), "SSL", "")
	e(c.LoadCertChain(cert, cert), "SSL", "")
	e(c.LoadVerifyLocations(file("bad", []byte("no PEM")), ""), "X509", "NO_CERTIFICATE_OR_CRL_FOUND")
}

func TestDefaultContext(t *testing.T) {
	begin(t)
	c, err := tlsbridge.CreateDefaultContext(tlsbridge.SERVER_AUTH)
	must(t, err)
	sctx := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	sctx.AddCertificate(pki().server.TLS())
	errC, _ := meet(t, c, sctx, serverName)
	wantErr(t, errC, tlsbridge.KindCertVerification, "CERTIFICATE_VERIFY_FAILED") // the system does not know our authority
	must(t, c.LoadVerifyData(pki().authority.PEM()))                              // in addition to the system's
	if errC, errS := meet(t, c, sctx, serverName); errC != nil || errS != nil {
		t.Error(errC, errS)
	}
}

// TestErrors looks at one error from all sides.
//
//inventory:row SSLError
func TestErrors(t *testing.T) {
	begin(t)
	s, _ := newPuppet(t, tlsbridge.TLSv1_3, false)
	err := s.DoHandshake()
	var e *tlsbridge.Error
	if !errors.As(err, &e) || e.Timeout() || !e.Temporary() || e.Error() != "do_handshake: SSLWantReadError" || !tlsbridge.SSLError(err) {
		t.Error(err)
	}
	for _, is := range []func(error) bool{
		tlsbridge.SSLWantWriteError, tlsbridge.SSLZeroReturnError, tlsbridge.SSLEOFError, tlsbridge.SSLCertVerificationError,
	} {
		if is(err) || is(errors.New("another")) || is(nil) {
			t.Error("an error is of two kinds")
		}
	}
	e = &tlsbridge.Error{Kind: tlsbridge.KindSSL, Op: "read", Library: "SSL", Reason: "NO_SHARED_CIPHER", Err: errors.New("text")}
	if got, want := e.Error(), "read: SSLError: [SSL: NO_SHARED_CIPHER] text"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
