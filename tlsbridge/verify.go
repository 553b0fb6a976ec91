package tlsbridge

import (
	"bytes"
	"crypto/x509"
	"time"
)

// verifyError is a refused certificate, in OpenSSL's numbers and words.
type verifyError struct {
	code    int
	message string
	err     error // crypto/x509's, if it has one
}

// Error returns the words, and crypto/x509's.
func (e *verifyError) Error() string {
	text := "certificate verify failed: " + e.message
	if e.err != nil && e.code != verifyHostname && e.code != verifyIPMismatch {
		text += " (" + e.err.Error() + ")"
	}
	return text
}

// Unwrap returns crypto/x509's error.
func (e *verifyError) Unwrap() error { return e.err }

func refuse(code int) *verifyError { return &verifyError{code: code, message: verifyMessages[code]} }

// verifier verifies one chain.
type verifier struct {
	store   *store
	flags   VerifyFlags
	usage   x509.ExtKeyUsage
	host    string // what the certificate must be for, or ""
	byCN    bool
	current time.Time
}

// wallTime is the time that certificates are measured by.
func wallTime() time.Time { return time.Now() } //nolint:forbidigo // certificates live in the calendar, not on the loop's clock

// verify checks what a peer has sent, and returns the chain up to a trusted
// certificate. crypto/x509 decides; what it does otherwise than OpenSSL (an
// anchor that is no root) is arranged by what it is given to work with, and
// what it does not do (names, CRLs) is done here. Why it refuses is then found
// out in OpenSSL's order.
func (v *verifier) verify(peer []*x509.Certificate) ([]*x509.Certificate, error) {
	opts := x509.VerifyOptions{
		Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(),
		KeyUsages: []x509.ExtKeyUsage{v.usage}, CurrentTime: v.current,
	}
	v.gather(&opts, peer)
	chains, err := peer[0].Verify(opts)
	if err != nil && v.store.system {
		if chains, err = v.platform(peer, opts); err == nil {
			return chains[0], v.rest(chains[0])
		}
	}
	if err != nil {
		return nil, v.diagnose(peer, err)
	}
	return chains[0], v.rest(chains[0])
}

// rest checks what crypto/x509 does not.
func (v *verifier) rest(chain []*x509.Certificate) error {
	for _, check := range []func([]*x509.Certificate) *verifyError{v.purpose, v.strict, v.name, v.revocation} {
		if err := check(chain); err != nil {
			return err
		}
	}
	return nil
}

// maxGathered bounds the certificates that are considered for one chain.
const maxGathered = 100

// gather finds all that may be in a chain from the peer's certificate, and
// sorts it into anchors and others. An anchor is a trusted certificate that
// signs itself, or any trusted one with VERIFY_X509_PARTIAL_CHAIN.
func (v *verifier) gather(opts *x509.VerifyOptions, peer []*x509.Certificate) {
	for _, c := range peer[1:] {
		opts.Intermediates.AddCert(c)
	}
	partial := v.flags&VERIFY_X509_PARTIAL_CHAIN != 0
	anchor := func(c *x509.Certificate) {
		if partial || isSelfIssued(c) {
			opts.Roots.AddCert(c)
		} else {
			opts.Intermediates.AddCert(c)
		}
	}
	if v.store.has(peer[0]) {
		anchor(peer[0])
	}
	names := [][]byte{peer[0].RawIssuer}
	for _, c := range peer[1:] {
		names = append(names, c.RawSubject, c.RawIssuer)
	}
	seen := make(map[string]bool)
	for i := 0; i < len(names) && i < maxGathered; i++ {
		if seen[string(names[i])] {
			continue
		}
		seen[string(names[i])] = true
		for _, c := range v.store.named(names[i]) {
			anchor(c)
			names = append(names, c.RawIssuer)
		}
	}
}

// purpose is what OpenSSL asks of the peer's own certificate and crypto/x509
// does not: the usage by name, not "any", and a key that may be used for TLS.
func (v *verifier) purpose(chain []*x509.Certificate) *verifyError {
	leaf, uses := chain[0], x509.KeyUsageDigitalSignature|x509.KeyUsageKeyAgreement
	if v.usage == x509.ExtKeyUsageServerAuth {
		uses |= x509.KeyUsageKeyEncipherment
	}
	if !v.suits(leaf) || leaf.KeyUsage != 0 && leaf.KeyUsage&uses == 0 {
		return refuse(verifyPurpose)
	}
	return nil
}

// name checks the name or the address.
func (v *verifier) name(chain []*x509.Certificate) *verifyError {
	leaf := chain[0]
	switch {
	case v.host == "":
		return nil
	case isAddress(v.host):
		if !matchesAddress(leaf, v.host) {
			return &verifyError{
				verifyIPMismatch, "IP address mismatch, certificate is not valid for '" + v.host + "'.",
				x509.HostnameError{Certificate: leaf, Host: v.host},
			}
		}
	case !matchesHost(leaf, v.host, v.byCN):
		return &verifyError{
			verifyHostname, "Hostname mismatch, certificate is not valid for '" + v.host + "'.",
			x509.HostnameError{Certificate: leaf, Host: v.host},
		}
	}
	return nil
}

// strict is what VERIFY_X509_STRICT asks of a chain beyond what crypto/x509
// always does.
func (v *verifier) strict(chain []*x509.Certificate) *verifyError {
	if v.flags&VERIFY_X509_STRICT == 0 {
		return nil
	}
	for i, c := range chain {
		authority := i > 0
		switch {
		case authority && c.BasicConstraintsValid && !isCritical(c, "2.5.29.19"):
			return refuse(verifyBasicConstraints)
		case authority && c.KeyUsage == 0:
			return refuse(verifyNoKeyUsage)
		case authority && len(c.SubjectKeyId) == 0:
			return refuse(verifyNoSubjectKey)
		case len(c.AuthorityKeyId) == 0 && !isSelfIssued(c):
			return refuse(verifyNoAuthorityKey)
		case len(c.Issuer.Names) == 0:
			return refuse(verifyNoIssuer)
		}
	}
	return nil
}

func isCritical(c *x509.Certificate, oid string) bool {
	for _, e := range c.Extensions {
		if e.Id.String() == oid {
			return e.Critical
		}
	}
	return false
}

func isSelfIssued(c *x509.Certificate) bool { return bytes.Equal(c.RawIssuer, c.RawSubject) }

// signsItself is true of leaves, too, which CheckSignatureFrom is not.
func signsItself(c *x509.Certificate) bool {
	return isSelfIssued(c) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}
