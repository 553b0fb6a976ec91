package tlsbridge_test

import (
	"bytes"
	"crypto/x509"
	"testing"
	"time"

	"github.com/pollux-net/pollux/tlsbridge"
)

// TestClientCertificateCodes has a server refuse clients: it has OpenSSL's
// number, and the client the alert that crypto/tls has for it.
//
//inventory:row SSLCertVerificationError
func TestClientCertificateCodes(t *testing.T) {
	const hour = time.Hour
	root, other := grow(t, nil, ca("root")), grow(t, nil, ca("other"))
	mid := grow(t, root, ca("mid"))
	usage := func(u x509.ExtKeyUsage) func(*x509.Certificate) {
		return with(host(), func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{u} })
	}
	good := grow(t, root, usage(x509.ExtKeyUsageClientAuth))
	stale := grow(t, root, with(host(), expired))
	server := grow(t, root, usage(x509.ExtKeyUsageServerAuth))
	deep := grow(t, mid, host())
	for _, c := range []struct {
		name  string
		leaf  *node
		trust [][]byte
		flags tlsbridge.VerifyFlags
		code  int
		alert string
	}{
		{"good", good, [][]byte{pemOf(root)}, 0, 0, ""},
		{"unknown", good, [][]byte{pemOf(other)}, 0, 20, "TLSV1_ALERT_UNKNOWN_CA"},
		{"expired", stale, [][]byte{pemOf(root)}, 0, 10, "SSLV3_ALERT_CERTIFICATE_EXPIRED"},
		{"for servers", server, [][]byte{pemOf(root)}, 0, 26, "SSLV3_ALERT_BAD_CERTIFICATE"},
		{"intermediate in the store", deep, [][]byte{pemOf(root, mid)}, 0, 0, ""},
		{"trusted intermediate", deep, [][]byte{pemOf(mid)}, 0, 2, "SSLV3_ALERT_BAD_CERTIFICATE"},
		{"trusted intermediate is enough", deep, [][]byte{pemOf(mid)}, tlsbridge.VERIFY_X509_PARTIAL_CHAIN, 0, ""},
		{"revoked", good, [][]byte{pemOf(root), root.crl(t, -hour, hour, good)}, tlsbridge.VERIFY_CRL_CHECK_LEAF, 23, "SSLV3_ALERT_BAD_CERTIFICATE"},
		{"no list", good, [][]byte{pemOf(root)}, tlsbridge.VERIFY_CRL_CHECK_LEAF, 3, "SSLV3_ALERT_BAD_CERTIFICATE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
				cctx, sctx := contexts(t, v)
				must(t, cctx.LoadCertData(pemOf(c.leaf), c.leaf.keyPEM(t)))
				must(t, sctx.LoadVerifyLocations(writeTemp(t, bytes.Join(c.trust, nil)), ""))
				must(t, sctx.SetVerifyMode(tlsbridge.CERT_REQUIRED))
				must(t, sctx.SetVerifyFlags(c.flags))
				errC, errS := meet(t, cctx, sctx, serverName)
				if c.code == 0 {
					if errC != nil || errS != nil {
						t.Error(errC, errS)
					}
					return
				}
				e := wantErr(t, errS, tlsbridge.KindCertVerification, "CERTIFICATE_VERIFY_FAILED")
				if e.VerifyCode != c.code {
					t.Errorf("%d %s, want %d", e.VerifyCode, e.VerifyMessage, c.code)
				}
				wantErr(t, errC, tlsbridge.KindSSL, c.alert)
			})
		})
	}
}
