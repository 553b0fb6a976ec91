package peer

import (
	"crypto/tls"
	"fmt"

	"github.com/pollux-net/pollux/internal/certs"
)

// pinnedTLS leaves both ends one choice each: TLS 1.3 and X25519. The cipher
// suite is not configurable in TLS 1.3; CheckTLS looks at what became of it.
func pinnedTLS() *tls.Config {
	return &tls.Config{
		MinVersion:       tls.VersionTLS13,
		CurvePreferences: []tls.CurveID{tls.X25519},
	}
}

// serverTLS is the configuration of every TLS server here, with a fresh
// ECDSA P-256 certificate.
func serverTLS() (*tls.Config, error) {
	authority, err := certs.NewAuthority(certs.Options{KeyType: certs.ECDSAP256})
	if err != nil {
		return nil, err
	}
	pair, err := authority.Issue(certs.Leaf{KeyType: certs.ECDSAP256, Usage: certs.Server})
	if err != nil {
		return nil, err
	}
	cfg := pinnedTLS()
	cfg.Certificates = []tls.Certificate{pair.TLS()}
	return cfg, nil
}

// ClientTLS trusts anybody: the certificate was made a moment ago in another
// process. It sends full records from the start instead of growing them.
func ClientTLS() *tls.Config {
	cfg := pinnedTLS()
	cfg.InsecureSkipVerify = true
	cfg.DynamicRecordSizingDisabled = true
	return cfg
}

// CheckTLS refuses a connection which would not be comparable with the others.
func CheckTLS(state tls.ConnectionState) error {
	if state.CipherSuite != tls.TLS_AES_128_GCM_SHA256 || state.CurveID != tls.X25519 {
		return fmt.Errorf("negotiated %s with %s, want TLS_AES_128_GCM_SHA256 with X25519",
			tls.CipherSuiteName(state.CipherSuite), state.CurveID)
	}
	return nil
}
