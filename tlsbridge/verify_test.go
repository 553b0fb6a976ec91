package tlsbridge_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge"
)

// issue makes a certificate of the trusted authority.
func issue(t *testing.T, leaf certs.Leaf) tls.Certificate {
	t.Helper()
	pair, err := pki().authority.Issue(leaf)
	must(t, err)
	return pair.TLS()
}

// selfSigned makes a certificate that signs itself and is no authority.
func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: serverName}, DNSNames: []string{serverName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// stranger makes a certificate of an authority that nobody trusts; withRoot
// sends the authority's own too.
func stranger(t *testing.T, withRoot bool) tls.Certificate {
	t.Helper()
	authority, err := certs.NewAuthority(certs.Options{CommonName: "stranger"})
	must(t, err)
	pair, err := authority.Issue(certs.Leaf{Names: []string{serverName}})
	must(t, err)
	cert := pair.TLS()
	if withRoot {
		cert.Certificate = append(cert.Certificate, authority.Certificate().Raw)
	}
	return cert
}

// TestVerification has a client refuse a server's certificate: it says why in
// OpenSSL's numbers and words, and the server learns of an alert.
//
//inventory:row SSLSocket verification first
func TestVerification(t *testing.T) {
	names := []string{serverName}
	day := 24 * time.Hour
	for _, c := range []struct {
		name, host string
		cert       tls.Certificate
		code       int
		message    string
		target     any
	}{
		{"wrong name", "other.test", issue(t, certs.Leaf{Names: names}), 62, "Hostname mismatch, certificate is not valid for 'other.test'.", new(x509.HostnameError)},
		{"wrong IP", "127.0.0.2", pki().server.TLS(), 64, "IP address mismatch, certificate is not valid for '127.0.0.2'.", new(x509.HostnameError)},
		{"no IP", "::1", issue(t, certs.Leaf{Names: names}), 64, "IP address mismatch, certificate is not valid for '::1'.", new(x509.HostnameError)},
		{"expired", serverName, issue(t, certs.Leaf{Names: names, NotBefore: time.Now().Add(-2 * day), NotAfter: time.Now().Add(-day)}), 10, "certificate has expired", new(x509.CertificateInvalidError)},
		{"not yet valid", serverName, issue(t, certs.Leaf{Names: names, NotBefore: time.Now().Add(day), NotAfter: time.Now().Add(2 * day)}), 9, "certificate is not yet valid", new(x509.CertificateInvalidError)},
		{"self-signed", serverName, selfSigned(t), 18, "self-signed certificate", new(x509.UnknownAuthorityError)},
		{"self-signed in chain", serverName, stranger(t, true), 19, "self-signed certificate in certificate chain", new(x509.UnknownAuthorityError)},
		{"unknown authority", serverName, stranger(t, false), 20, "unable to get local issuer certificate", new(x509.UnknownAuthorityError)},
		{"usage", serverName, issue(t, certs.Leaf{Names: names, Usage: certs.Client}), 26, "unsuitable certificate purpose", new(x509.CertificateInvalidError)},
	} {
		t.Run(c.name, func(t *testing.T) {
			versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
				for _, checkName := range []bool{true, false} {
					errC, errS := refuse(t, v, c.cert, c.host, checkName)
					if !checkName && (c.code == 62 || c.code == 64) {
						if errC != nil || errS != nil {
							t.Errorf("the name does not count: %v, %v", errC, errS)
						}
						continue
					}
					e := wantErr(t, errC, tlsbridge.KindCertVerification, "CERTIFICATE_VERIFY_FAILED")
					if e.VerifyCode != c.code || e.VerifyMessage != c.message || !tlsbridge.SSLCertVerificationError(errC) {
						t.Errorf("%d %q, want %d %q", e.VerifyCode, e.VerifyMessage, c.code, c.message)
					}
					if !errors.As(errC, c.target) {
						t.Errorf("no %T in %v", c.target, errC)
					}
					wantErr(t, errS, tlsbridge.KindSSL, "SSLV3_ALERT_BAD_CERTIFICATE")
				}
			})
		})
	}
}

// refuse runs a handshake and a receive, to which TLS 1.3 leaves it to find
// the client's alert, and returns what they came to.
func refuse(t *testing.T, v tlsbridge.TLSVersion, cert tls.Certificate, host string, checkName bool) (errClient, errServer error) {
	t.Helper()
	cctx, _ := contexts(t, v)
	cctx.SetCheckHostname(checkName)
	sctx := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	sctx.AddCertificate(cert)
	must(t, sctx.SetVersions(v, v))
	return meet(t, cctx, sctx, host)
}

// meet has two contexts shake hands and send a byte each way.
func meet(t *testing.T, cctx, sctx *tlsbridge.Context, host string) (errClient, errServer error) {
	t.Helper()
	a, b := socketpair(t)
	a.SetTimeout(patience)
	b.SetTimeout(patience)
	client, err := cctx.Wrap(a, tlsbridge.Options{ServerHostname: host, KeepRaggedEOFs: true})
	must(t, err)
	server, err := sctx.Wrap(b, tlsbridge.Options{KeepRaggedEOFs: true})
	must(t, err)
	closeAfter(t, client, server)
	talk := func(s *tlsbridge.Socket) error {
		if err := s.DoHandshake(); err != nil {
			return err
		}
		if err := s.SendAll([]byte("x")); err != nil {
			return err
		}
		return recvFull(s, make([]byte, 1))
	}
	done := make(chan error)
	go func() { done <- talk(server) }()
	errClient = talk(client)
	return errClient, <-done
}

func TestIPNames(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		cert := issue(t, certs.Leaf{IPs: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}})
		for _, host := range []string{"127.0.0.1", "::1"} {
			if errC, errS := refuse(t, v, cert, host, true); errC != nil || errS != nil {
				t.Errorf("%s: %v, %v", host, errC, errS)
			}
		}
	})
}

// TestClientCertificates tries the server's verify modes on clients with a
// good certificate, a bad one and none.
func TestClientCertificates(t *testing.T) {
	good, bad := pki().client.TLS(), stranger(t, false)
	wrong := pki().server.TLS() // good for servers only
	for _, c := range []struct {
		name   string
		mode   tlsbridge.VerifyMode
		cert   *tls.Certificate
		reason string // the server's
		alert  map[tlsbridge.TLSVersion]string
		chain  int
	}{
		{"none asked", tlsbridge.CERT_NONE, &good, "", nil, 0},
		{"optional", tlsbridge.CERT_OPTIONAL, &good, "", nil, 2}, // the client adds its issuer, which it trusts
		{"optional, none", tlsbridge.CERT_OPTIONAL, nil, "", nil, 0},
		{"optional, bad", tlsbridge.CERT_OPTIONAL, &bad, "CERTIFICATE_VERIFY_FAILED", both2("TLSV1_ALERT_UNKNOWN_CA"), 0},
		{"required", tlsbridge.CERT_REQUIRED, &good, "", nil, 2},
		{"required, bad", tlsbridge.CERT_REQUIRED, &bad, "CERTIFICATE_VERIFY_FAILED", both2("TLSV1_ALERT_UNKNOWN_CA"), 0},
		{"required, usage", tlsbridge.CERT_REQUIRED, &wrong, "CERTIFICATE_VERIFY_FAILED", both2("SSLV3_ALERT_BAD_CERTIFICATE"), 0},
		{"required, none", tlsbridge.CERT_REQUIRED, nil, "PEER_DID_NOT_RETURN_A_CERTIFICATE", map[tlsbridge.TLSVersion]string{
			tlsbridge.TLSv1_2: "SSLV3_ALERT_HANDSHAKE_FAILURE", tlsbridge.TLSv1_3: "TLSV13_ALERT_CERTIFICATE_REQUIRED",
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
				cctx, sctx := contexts(t, v)
				must(t, sctx.LoadVerifyData(pki().authority.PEM()))
				must(t, sctx.SetVerifyMode(c.mode))
				if c.cert != nil {
					cctx.AddCertificate(*c.cert)
				}
				errC, errS := meet(t, cctx, sctx, serverName)
				if c.reason == "" {
					if errC != nil || errS != nil {
						t.Error(errC, errS)
					}
					chain(t, cctx, sctx, c.chain)
					return
				}
				kind := tlsbridge.KindSSL
				if c.reason == "CERTIFICATE_VERIFY_FAILED" {
					kind = tlsbridge.KindCertVerification
				}
				wantErr(t, errS, kind, c.reason)
				wantErr(t, errC, tlsbridge.KindSSL, c.alert[v])
			})
		})
	}
}

func both2(reason string) map[tlsbridge.TLSVersion]string {
	return map[tlsbridge.TLSVersion]string{tlsbridge.TLSv1_2: reason, tlsbridge.TLSv1_3: reason}
}

// chain checks how many certificates the server has seen.
func chain(t *testing.T, cctx, sctx *tlsbridge.Context, want int) {
	t.Helper()
	client, server := unblocked(t, cctx, sctx)
	must(t, shake(client, server))
	if n := len(server.PeerCertificates()); n != want {
		t.Errorf("the server has %d certificates, want %d", n, want)
	}
}

// TestNoVerification lets a client take any certificate.
func TestNoVerification(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		cctx := newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT)
		cctx.SetCheckHostname(false)
		must(t, cctx.SetVerifyMode(tlsbridge.CERT_NONE))
		must(t, cctx.SetVersions(v, v))
		sctx := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
		sctx.AddCertificate(selfSigned(t))
		if errC, errS := meet(t, cctx, sctx, ""); errC != nil || errS != nil {
			t.Error(errC, errS)
		}
	})
}

// TestDisagreement has contexts that cannot come together.
func TestDisagreement(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	must(t, cctx.SetVersions(tlsbridge.TLSv1_2, tlsbridge.TLSv1_2))
	must(t, sctx.SetVersions(tlsbridge.TLSv1_3, tlsbridge.TLSv1_3))
	errC, errS := meet(t, cctx, sctx, serverName)
	wantErr(t, errS, tlsbridge.KindSSL, "UNSUPPORTED_PROTOCOL")
	wantErr(t, errC, tlsbridge.KindSSL, "TLSV1_ALERT_PROTOCOL_VERSION")

	cctx, sctx = contexts(t, 0)
	must(t, cctx.SetALPNProtocols("a"))
	must(t, sctx.SetALPNProtocols("b"))
	if errC, errS = meet(t, cctx, sctx, serverName); errC != nil || errS != nil {
		t.Error("without a protocol in common Python goes on without one:", errC, errS)
	}

	cctx, _ = contexts(t, 0)
	errC, errS = meet(t, cctx, newContext(t, tlsbridge.PROTOCOL_TLS_SERVER), serverName)
	if wantErr(t, errS, tlsbridge.KindSSL, "NO_SUITABLE_CERTIFICATE"); errC == nil {
		t.Error("a server without a certificate")
	}
}
