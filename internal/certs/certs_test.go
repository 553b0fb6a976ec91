package certs_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/certs"
)

func newAuthority(t *testing.T, opts certs.Options) *certs.Authority {
	t.Helper()
	authority, err := certs.NewAuthority(opts)
	if err != nil {
		t.Fatal(err)
	}
	return authority
}

func issue(t *testing.T, authority *certs.Authority, leaf certs.Leaf) *certs.Pair {
	t.Helper()
	pair, err := authority.Issue(leaf)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// TestIssueVerifies issues every kind of leaf under every kind of authority.
func TestIssueVerifies(t *testing.T) {
	types := []certs.KeyType{certs.ECDSAP256, certs.Ed25519, certs.RSA2048}
	for _, ca := range types {
		authority := newAuthority(t, certs.Options{KeyType: ca})
		for _, kt := range types {
			t.Run(ca.String()+"/"+kt.String(), func(t *testing.T) {
				pair := issue(t, authority, certs.Leaf{Names: []string{"a.test", "b.test"}, KeyType: kt})
				for _, name := range []string{"a.test", "b.test"} {
					verify(t, authority, pair, name, x509.ExtKeyUsageServerAuth)
				}
				if got := pair.Certificate().Subject.CommonName; got != "a.test" {
					t.Errorf("common name %q", got)
				}
			})
		}
	}
}

func verify(t *testing.T, authority *certs.Authority, pair *certs.Pair, name string, usage x509.ExtKeyUsage) {
	t.Helper()
	_, err := pair.Certificate().Verify(x509.VerifyOptions{
		DNSName:   name,
		Roots:     authority.Pool(),
		KeyUsages: []x509.ExtKeyUsage{usage},
	})
	if err != nil {
		t.Errorf("verify %q: %v", name, err)
	}
}

func TestDefaultsAreTheLocalHost(t *testing.T) {
	authority := newAuthority(t, certs.Options{})
	pair := issue(t, authority, certs.Leaf{})
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		verify(t, authority, pair, name, x509.ExtKeyUsageServerAuth)
		verify(t, authority, pair, name, x509.ExtKeyUsageClientAuth)
	}
	if !authority.Certificate().IsCA {
		t.Error("the authority is no CA")
	}
}

func TestOnlyAddresses(t *testing.T) {
	authority := newAuthority(t, certs.Options{CommonName: "x"})
	pair := issue(t, authority, certs.Leaf{IPs: []net.IP{net.IPv4(192, 0, 2, 1)}})
	verify(t, authority, pair, "192.0.2.1", x509.ExtKeyUsageServerAuth)
	if err := pair.Certificate().VerifyHostname("localhost"); err == nil {
		t.Error("localhost was not asked for")
	}
	if got := pair.Certificate().Issuer.CommonName; got != "x" {
		t.Errorf("issuer %q", got)
	}
}

func TestUsageIsKept(t *testing.T) {
	authority := newAuthority(t, certs.Options{})
	pair := issue(t, authority, certs.Leaf{Usage: certs.Client})
	got := pair.Certificate().ExtKeyUsage
	if len(got) != 1 || got[0] != x509.ExtKeyUsageClientAuth {
		t.Errorf("usage %v", got)
	}
}

func TestValidityOverride(t *testing.T) {
	from := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	to := from.Add(time.Hour)
	authority := newAuthority(t, certs.Options{})
	leaf := issue(t, authority, certs.Leaf{NotBefore: from, NotAfter: to}).Certificate()
	if !leaf.NotBefore.Equal(from) || !leaf.NotAfter.Equal(to) {
		t.Errorf("valid %v to %v", leaf.NotBefore, leaf.NotAfter)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: authority.Pool()})
	if invalid, ok := err.(x509.CertificateInvalidError); !ok || invalid.Reason != x509.Expired { //nolint:errorlint // Verify returns it bare
		t.Errorf("verify: %v", err)
	}
}

func TestPEMLoads(t *testing.T) {
	authority := newAuthority(t, certs.Options{})
	for _, kt := range []certs.KeyType{certs.ECDSAP256, certs.Ed25519, certs.RSA2048} {
		pair := issue(t, authority, certs.Leaf{KeyType: kt})
		key, err := pair.KeyPEM()
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := tls.X509KeyPair(pair.CertPEM(), key)
		if err != nil {
			t.Fatalf("%s: %v", kt, err)
		}
		if made := pair.TLS(); !loaded.Leaf.Equal(made.Leaf) || !reflect.DeepEqual(loaded.PrivateKey, made.PrivateKey) {
			t.Errorf("%s: the loaded pair differs", kt)
		}
	}
	block, rest := pem.Decode(authority.PEM())
	if block == nil || block.Type != "CERTIFICATE" || len(rest) != 0 {
		t.Errorf("authority PEM: %q", authority.PEM())
	}
}

func TestUnknownKeyType(t *testing.T) {
	const odd = certs.KeyType(9)
	if _, err := certs.NewAuthority(certs.Options{KeyType: odd}); err == nil || !strings.Contains(err.Error(), "KeyType(9)") {
		t.Errorf("authority: %v", err)
	}
	authority := newAuthority(t, certs.Options{})
	if _, err := authority.Issue(certs.Leaf{KeyType: odd}); err == nil {
		t.Error("leaf: no error")
	}
}

// TestAuthorityIsKept takes an authority up from its files.
func TestAuthorityIsKept(t *testing.T) {
	authority, other := newAuthority(t, certs.Options{}), newAuthority(t, certs.Options{KeyType: certs.Ed25519})
	key, err := authority.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := certs.LoadAuthority(authority.PEM(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf := issue(t, loaded, certs.Leaf{})
	if _, err := leaf.Certificate().Verify(x509.VerifyOptions{Roots: authority.Pool()}); err != nil {
		t.Error(err)
	}
	leafKey, err := leaf.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	x25519, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(x25519)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, b []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}) }
	for _, bad := range [][2][]byte{
		{nil, key},
		{key, key},
		{block("CERTIFICATE", []byte("x")), key},
		{authority.PEM(), nil},
		{authority.PEM(), authority.PEM()},
		{authority.PEM(), block("PRIVATE KEY", []byte("x"))},
		{authority.PEM(), block("PRIVATE KEY", der)},
		{other.PEM(), key},
		{leaf.CertPEM(), leafKey},
	} {
		if _, err := certs.LoadAuthority(bad[0], bad[1]); err == nil {
			t.Errorf("no error for %s and its key", bad[0])
		}
	}
}
