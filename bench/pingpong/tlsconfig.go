package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"
)

// pinnedTLS leaves both ends one choice each: TLS 1.3 and X25519. The cipher
// suite is not configurable in TLS 1.3; checkTLS looks at what became of it.
func pinnedTLS() *tls.Config {
	return &tls.Config{
		MinVersion:       tls.VersionTLS13,
		CurvePreferences: []tls.CurveID{tls.X25519},
	}
}

// serverTLS is the configuration of every TLS server here, with a fresh
// ECDSA P-256 certificate.
func serverTLS() (*tls.Config, error) {
	cert, err := selfSigned()
	if err != nil {
		return nil, err
	}
	cfg := pinnedTLS()
	cfg.Certificates = []tls.Certificate{cert}
	return cfg, nil
}

// clientTLS trusts anybody: the certificate was made a moment ago in another
// process. It sends full records from the start instead of growing them.
func clientTLS() *tls.Config {
	cfg := pinnedTLS()
	cfg.InsecureSkipVerify = true
	cfg.DynamicRecordSizingDisabled = true
	return cfg
}

// checkTLS refuses a connection which would not be comparable with the others.
func checkTLS(state tls.ConnectionState) error {
	if state.CipherSuite != tls.TLS_AES_128_GCM_SHA256 || state.CurveID != tls.X25519 {
		return fmt.Errorf("negotiated %s with %s, want TLS_AES_128_GCM_SHA256 with X25519",
			tls.CipherSuiteName(state.CipherSuite), state.CurveID)
	}
	return nil
}

func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "pingpong"},
		DNSNames:     []string{"localhost"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
