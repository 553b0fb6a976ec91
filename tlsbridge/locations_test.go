package tlsbridge_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/tlsbridge"
)

// TestVerifyData loads authorities from memory.
//
//inventory:row SSLContext.load_verify_locations
//inventory:row SSLContext.cert_store_stats
func TestVerifyData(t *testing.T) {
	root, other := grow(t, nil, ca("root")), grow(t, nil, ca("other"))
	leaf := grow(t, root, host(serverName))
	c := newContext(t, tlsbridge.PROTOCOL_TLS)
	stats := func(certificates, crl, authorities int) {
		t.Helper()
		if got := c.CertStoreStats(); got != (tlsbridge.StoreStats{X509: certificates, CRL: crl, X509CA: authorities}) {
			t.Errorf("%+v", got)
		}
	}
	must(t, c.LoadVerifyData(append([]byte("junk in front\n"), append(pemOf(root, root), "junk behind"...)...)))
	stats(1, 0, 1)
	der := bytes.Join([][]byte{root.cert.Raw, other.cert.Raw, root.cert.Raw, []byte("A")}, nil)
	must(t, c.LoadVerifyDER(der)) // what follows the first and is none ends it
	stats(2, 0, 2)
	must(t, c.LoadVerifyData(pemOf(leaf)))
	stats(3, 0, 2)
	path := filepath.Join(t.TempDir(), "both")
	crl := root.crl(t, -1, 1e12)
	must(t, os.WriteFile(path, append(pemOf(other), append(crl, crl...)...), 0o600))
	must(t, c.LoadVerifyLocations(path, ""))
	stats(3, 1, 2)
	if got := c.GetCACertsDER(); !reflect.DeepEqual(got, [][]byte{root.cert.Raw, other.cert.Raw}) {
		t.Errorf("%d authorities", len(got))
	}
	list, err := c.GetCACerts()
	must(t, err)
	if len(list) != 2 || list[0].Subject[0][0].Value != "root" {
		t.Error(list)
	}

	wantValueError(t, c.LoadVerifyData(nil), "Empty certificate data")
	wantValueError(t, c.LoadVerifyDER(nil), "Empty certificate data")
	var typed *tlsbridge.TypeError
	if err := c.LoadVerifyData([]byte("é")); !errors.As(err, &typed) || typed.Text != "cadata should be an ASCII string or a bytes-like object" {
		t.Error(err)
	}
	if err := c.LoadVerifyLocations("", ""); !errors.As(err, &typed) || typed.Text != "cafile, capath and cadata cannot be all omitted" {
		t.Error(err)
	}
	const bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	for want, err := range map[string]error{
		"no start line: cadata does not contain a certificate":   c.LoadVerifyData([]byte("x")),
		"no start line: cadata does not contain a certificate ":  c.LoadVerifyData([]byte(bad)),
		"not enough data: cadata does not contain a certificate": c.LoadVerifyDER([]byte("x")),
		"ASN1 lib": c.LoadVerifyData(append(pemOf(root), bad...)),
	} {
		if e := wantErr(t, err, tlsbridge.KindSSL, ""); e.Err.Error() != strings.TrimSpace(want) {
			t.Error(e)
		}
	}
}

// TestVerifyFileErrors is a file that cannot be used.
//
//inventory:row SSLContext.load_verify_locations
func TestVerifyFileErrors(t *testing.T) {
	c := newContext(t, tlsbridge.PROTOCOL_TLS)
	wantErrors(t, c.LoadVerifyLocations("/nowhere", ""), fs.ErrNotExist)
	must(t, c.LoadVerifyLocations("", "/nowhere")) // as in Python
	path := filepath.Join(t.TempDir(), "file")
	const begin, end = "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"
	for text, reason := range map[string]string{
		"": "NO_CERTIFICATE_OR_CRL_FOUND", "junk": "NO_CERTIFICATE_OR_CRL_FOUND",
		begin + "AAAA\n" + end: "", begin + "AAAA\n": "", begin + "!!\n" + end: "",
		strings.ReplaceAll(begin+"AAAA\n"+end, "CERTIFICATE", "X509 CRL"): "",
	} {
		must(t, os.WriteFile(path, []byte(text), 0o600))
		if e := wantErr(t, c.LoadVerifyLocations(path, ""), tlsbridge.KindSSL, reason); e.Library != "X509" || reason == "" && !strings.HasPrefix(e.Err.Error(), "PEM lib") {
			t.Error(e)
		}
	}
}

// TestTrustedCertificate reads OpenSSL's own kind of file.
func TestTrustedCertificate(t *testing.T) {
	text := openssl(t, pki().authority.PEM(), "x509", "-trustout", "-addtrust", "serverAuth")
	if !bytes.Contains(text, []byte("BEGIN TRUSTED CERTIFICATE")) {
		t.Fatalf("%s", text)
	}
	c := newContext(t, tlsbridge.PROTOCOL_TLS)
	must(t, c.LoadVerifyData(text))
	if c.CertStoreStats().X509CA != 1 {
		t.Error(c.CertStoreStats())
	}
}

// oddNames are names that canonical form changes.
func oddNames() []pkix.Name {
	typed := func(tag int, text string) pkix.Name {
		return pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: asn1.RawValue{Tag: tag, Bytes: []byte(text)}},
			{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: "second"},
		}}
	}
	return []pkix.Name{
		{CommonName: "plain"},
		{CommonName: "  Two   Words\t", Country: []string{"DE"}, Organization: []string{"ÜBER", "And Co"}},
		typed(asn1.TagT61String, "T61 \xe9"), typed(asn1.TagBMPString, "\x00A\x00 \x00 \x00B"), typed(asn1.TagIA5String, "IA5"),
		typed(asn1.TagPrintableString, ""),
	}
}

// TestHashedDirectory finds authorities and lists when they are needed, under
// the names that OpenSSL gives them.
//
//inventory:row SSLContext.load_verify_locations
//inventory:row SSLContext.get_ca_certs
func TestHashedDirectory(t *testing.T) {
	begin(t)
	for i, name := range oddNames() {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			root := grow(t, nil, func(c *x509.Certificate) { ca("")(c); c.Subject = name })
			dir := t.TempDir()
			hash := strings.TrimSpace(string(openssl(t, pemOf(root), "x509", "-noout", "-hash")))
			must(t, os.WriteFile(filepath.Join(dir, hash+".0"), []byte("junk"), 0o600))
			must(t, os.WriteFile(filepath.Join(dir, hash+".1"), pemOf(root), 0o600))
			must(t, os.WriteFile(filepath.Join(dir, hash+".r0"), root.crl(t, -1, 1e12), 0o600))
			leaf := grow(t, root, host(serverName))
			cctx, sctx := newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT), newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
			must(t, sctx.LoadCertData(pemOf(leaf), leaf.keyPEM(t)))
			if code, _ := outcome(t, cctx, sctx, serverName); code != 20 {
				t.Error(code)
			}
			must(t, cctx.LoadVerifyLocations("", "/nowhere"+string(filepath.ListSeparator)+dir))
			must(t, cctx.SetVerifyFlags(tlsbridge.VERIFY_CRL_CHECK_LEAF))
			if got := cctx.GetCACertsDER(); len(got) != 0 {
				t.Error("the directory is read before it is needed")
			}
			if code, words := outcome(t, cctx, sctx, serverName); code != 0 {
				t.Error(code, words)
			}
			if got := cctx.CertStoreStats(); got != (tlsbridge.StoreStats{X509: 1, CRL: 1, X509CA: 1}) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestServerWithDirectory verifies clients by a directory.
func TestServerWithDirectory(t *testing.T) {
	begin(t)
	dir := t.TempDir()
	hash := strings.TrimSpace(string(openssl(t, pki().authority.PEM(), "x509", "-noout", "-hash")))
	must(t, os.WriteFile(filepath.Join(dir, hash+".0"), pki().authority.PEM(), 0o600))
	for _, mode := range []tlsbridge.VerifyMode{tlsbridge.CERT_OPTIONAL, tlsbridge.CERT_REQUIRED} {
		cctx, sctx := contexts(t, 0)
		must(t, sctx.LoadVerifyLocations("", dir))
		must(t, sctx.SetVerifyMode(mode))
		errC, errS := meet(t, cctx, sctx, serverName)
		if mode == tlsbridge.CERT_OPTIONAL && (errC != nil || errS != nil) {
			t.Error(errC, errS)
		}
		if mode == tlsbridge.CERT_REQUIRED {
			wantErr(t, errS, tlsbridge.KindSSL, "PEER_DID_NOT_RETURN_A_CERTIFICATE")
		}
		cctx.AddCertificate(pki().client.TLS())
		_, server := pair(t, cctx, sctx)
		if len(server.VerifiedChain()) != 2 {
			t.Error("not verified")
		}
		peer, err := server.GetPeerCert()
		must(t, err)
		if peer.Subject[0][0] != (tlsbridge.Attribute{Name: "commonName", Value: "client.test"}) {
			t.Error(peer)
		}
		cctx, _ = contexts(t, 0)
		cctx.AddCertificate(stranger(t, false))
		_, errS = meet(t, cctx, sctx, serverName)
		if e := wantErr(t, errS, tlsbridge.KindCertVerification, "CERTIFICATE_VERIFY_FAILED"); e.VerifyCode != 20 {
			t.Error(e)
		}
	}
}

// TestPeerCertOfSocket is getpeercert in each state.
//
//inventory:row SSLSocket.getpeercert
//inventory:row get_verified_chain
//inventory:row get_unverified_chain
func TestPeerCertOfSocket(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	a, b := socketpair(t)
	client, server := wrap(t, a, b, cctx, sctx)
	_, err := client.GetPeerCert()
	wantValueError(t, err, "handshake not done yet")
	if client.VerifiedChain() != nil || client.GetPeerCertDER() != nil {
		t.Error("a certificate before the handshake")
	}
	client.SetTimeout(0)
	server.SetTimeout(0)
	must(t, shake(client, server))
	peer, err := client.GetPeerCert()
	must(t, err)
	if peer.Empty() || !reflect.DeepEqual(peer.SubjectAltName[0], tlsbridge.AltName{Kind: "DNS", Value: serverName}) {
		t.Errorf("%+v", peer)
	}
	if !bytes.Equal(client.GetPeerCertDER(), pki().server.Certificate().Raw) || len(client.VerifiedChain()) != 2 || len(client.PeerCertificates()) != 1 {
		t.Error("the chains")
	}
	if peer, err := server.GetPeerCert(); peer != nil || err != nil || server.GetPeerCertDER() != nil || server.VerifiedChain() != nil {
		t.Error("a client without a certificate has one")
	}
	open, err := tlsbridge.CreateUnverifiedContext(tlsbridge.PROTOCOL_TLS)
	must(t, err)
	client, _ = pair(t, open, sctx)
	if peer, err := client.GetPeerCert(); err != nil || !peer.Empty() || client.GetPeerCertDER() == nil || client.VerifiedChain() != nil {
		t.Error("a certificate that was not verified:", peer, err)
	} else if text := asJSON(t, peer); len(text.(map[string]any)) != 0 {
		t.Error(text)
	}
}

// TestNewFilesInDirectory finds what came into a directory after somebody has
// looked for it in vain.
func TestNewFilesInDirectory(t *testing.T) {
	begin(t)
	cctx, sctx := newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT), newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	sctx.AddCertificate(pki().server.TLS())
	dir := t.TempDir()
	must(t, cctx.LoadVerifyLocations("", dir))
	if code, _ := outcome(t, cctx, sctx, serverName); code != 20 {
		t.Error(code)
	}
	hash := strings.TrimSpace(string(openssl(t, pki().authority.PEM(), "x509", "-noout", "-hash")))
	must(t, os.WriteFile(filepath.Join(dir, hash+".0"), pki().authority.PEM(), 0o600))
	if code, words := outcome(t, cctx, sctx, serverName); code != 0 {
		t.Error(code, words)
	}
}
