//go:build !darwin

package tlsbridge

import (
	"crypto/x509"
	"errors"
)

// hasPlatformVerifier says that the system's authorities are in files.
const hasPlatformVerifier = false

var errNoPlatform = errors.New("tlsbridge: this system has no verifier of its own")

// platform is never called.
func (v *verifier) platform([]*x509.Certificate, x509.VerifyOptions) ([][]*x509.Certificate, error) {
	return nil, errNoPlatform
}
