package certs

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

var (
	errNotCert = errors.New("certs: no certificate")
	errNotKey  = errors.New("certs: no private key in PKCS #8")
	errNotCA   = errors.New("certs: the certificate is not an authority's")
	errNotPair = errors.New("certs: the key is not the certificate's")
)

// KeyPEM returns the authority's private key in PKCS #8 and PEM, for
// LoadAuthority. Any goroutine.
func (a *Authority) KeyPEM() ([]byte, error) { return encodeKey(a.key) }

// LoadAuthority takes up an authority whose PEM and KeyPEM were kept. Any
// goroutine.
func LoadAuthority(certPEM, keyPEM []byte) (*Authority, error) {
	block, _ := pem.Decode(certPEM)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errNotCert
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("certs: parse: %w", err)
	}
	if block, _ = pem.Decode(keyPEM); block == nil || block.Type != "PRIVATE KEY" {
		return nil, errNotKey
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("certs: key: %w", err)
	}
	key, ok := parsed.(crypto.Signer)
	switch {
	case !ok:
		return nil, errNotKey
	case !cert.IsCA:
		return nil, errNotCA
	}
	if public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(cert.PublicKey) {
		return nil, errNotPair
	}
	return &Authority{cert: cert, key: key}, nil
}

func encodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("certs: key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
