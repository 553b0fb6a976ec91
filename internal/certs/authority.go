package certs

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"time"
)

const (
	// clockSkew is how long ago a certificate became valid, for peers whose
	// clock is behind.
	clockSkew = time.Hour
	// lifetime is how long a certificate is valid when nobody says.
	lifetime = 90 * 24 * time.Hour
)

// Options are the properties of an authority; the zero value is good.
type Options struct {
	// CommonName is the subject's, by default "Pollux test authority".
	CommonName string
	// KeyType is that of the authority's own key.
	KeyType KeyType
	// NotBefore and NotAfter bound its validity; zero means from an hour ago
	// for 90 days.
	NotBefore, NotAfter time.Time
}

// Authority is a self-signed certificate authority.
type Authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// NewAuthority makes an authority with a new key. Any goroutine.
func NewAuthority(opts Options) (*Authority, error) {
	if opts.CommonName == "" {
		opts.CommonName = "Pollux test authority"
	}
	tmpl, err := template(opts.CommonName, opts.NotBefore, opts.NotAfter)
	if err != nil {
		return nil, err
	}
	tmpl.IsCA = true
	tmpl.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	key, err := opts.KeyType.generate()
	if err != nil {
		return nil, err
	}
	cert, err := sign(tmpl, tmpl, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &Authority{cert: cert, key: key}, nil
}

// Certificate returns the authority's own certificate, to be read only. Any
// goroutine.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// Pool returns a new pool that trusts the authority. Any goroutine.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// PEM returns the authority's certificate in PEM. Any goroutine.
func (a *Authority) PEM() []byte { return encodeCert(a.cert.Raw) }

// template is what all certificates have in common.
func template(name string, notBefore, notAfter time.Time) (*x509.Certificate, error) {
	number, err := serial()
	if err != nil {
		return nil, fmt.Errorf("certs: serial number: %w", err)
	}
	now := time.Now() //nolint:forbidigo // validity is on the wall clock
	if notBefore.IsZero() {
		notBefore = now.Add(-clockSkew)
	}
	if notAfter.IsZero() {
		notAfter = now.Add(lifetime)
	}
	return &x509.Certificate{
		SerialNumber:          number,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             notBefore,
		NotAfter:              notAfter,
		BasicConstraintsValid: true,
	}, nil
}

func sign(tmpl, parent *x509.Certificate, pub crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, pub, key)
	if err != nil {
		return nil, fmt.Errorf("certs: sign: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certs: parse: %w", err)
	}
	return cert, nil
}
