package tlsbridge_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"

	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestDrop takes TLS off one end: the socket underneath goes on in plaintext,
// the peer hears no farewell, and doing it twice changes nothing.
func TestDrop(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	client, server := pair(t, cctx, sctx)
	plain := server.Drop()
	if server.Drop() != plain || reactor.Lookup(plain.Fileno()) != reactor.Pollable(plain) {
		t.Error("not the socket underneath")
	}
	if _, err := plain.Send([]byte("not TLS, and long enough for a header")); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Recv(1); !tlsbridge.SSLError(err) || tlsbridge.SSLWantReadError(err) {
		t.Errorf("the peer got %v", err)
	}
	if _, err := server.Send([]byte("plain")); err != nil {
		t.Errorf("after Drop: %v", err)
	}
}

// TestVerifyClientPostHandshakeSide has OpenSSL's errors on both sides of TLS
// 1.3; the server's says too that it is crypto/tls that cannot.
func TestVerifyClientPostHandshakeSide(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	client, server := pair(t, cctx, sctx)
	wantErr(t, client.VerifyClientPostHandshake(), tlsbridge.KindSSL, "NOT_SERVER")
	err := server.VerifyClientPostHandshake()
	wantErr(t, err, tlsbridge.KindSSL, "EXTENSION_NOT_RECEIVED")
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("not unsupported: %v", err)
	}
}

// TestOldAuthority counts a self-issued certificate of X.509 version 1 among
// the authorities even if its signature is of no use, as X509_check_ca does.
func TestOldAuthority(t *testing.T) {
	begin(t)
	ctx, err := tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_CLIENT)
	must(t, err)
	must(t, ctx.LoadVerifyDER(versionOne(t)))
	if stats := ctx.CertStoreStats(); stats.X509 != 1 || stats.X509CA != 1 {
		t.Errorf("%+v", stats)
	}
}

// versionOne makes a certificate of version 1 with a signature of nothing.
func versionOne(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "old"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	var whole struct {
		TBS       asn1.RawValue
		Algorithm asn1.RawValue
		Signature asn1.BitString
	}
	_, err = asn1.Unmarshal(der, &whole)
	must(t, err)
	var parts []asn1.RawValue
	_, err = asn1.Unmarshal(whole.TBS.FullBytes, &parts)
	must(t, err)
	kept := parts[:0]
	for _, part := range parts {
		// Without version ([0]) and extensions ([3]) it is of version 1.
		if part.Class != asn1.ClassContextSpecific {
			kept = append(kept, part)
		}
	}
	whole.TBS.FullBytes, err = asn1.Marshal(kept)
	must(t, err)
	der, err = asn1.Marshal(whole)
	must(t, err)
	return der
}
