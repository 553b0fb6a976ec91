package tlsbridge

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
)

// OpenSSL's verification results, see openssl-verification-options(1) and
// X509_STORE_CTX_get_error(3).
const (
	verifyUnspecified      = 1
	verifyNoIssuerCert     = 2
	verifyNoCRL            = 3
	verifySignature        = 7
	verifyCRLSignature     = 8
	verifyNotYetValid      = 9
	verifyExpired          = 10
	verifyCRLNotYet        = 11
	verifyCRLExpired       = 12
	verifySelfSigned       = 18
	verifySelfSignedIn     = 19
	verifyUntrusted        = 20
	verifyRevoked          = 23
	verifyPathLength       = 25
	verifyPurpose          = 26
	verifyPermitted        = 47
	verifyHostname         = 62
	verifyIPMismatch       = 64
	verifyInvalidCA        = 79
	verifyNoIssuer         = 83
	verifyNoAuthorityKey   = 85
	verifyNoSubjectKey     = 86
	verifyBasicConstraints = 89
	verifyNoKeyUsage       = 92
	verifyCriticalUnknown  = 34
	verifyCRLCritical      = 36
)

var verifyMessages = map[int]string{
	verifyUnspecified:      "unspecified certificate verification error",
	verifyNoIssuerCert:     "unable to get issuer certificate",
	verifyNoCRL:            "unable to get certificate CRL",
	verifySignature:        "certificate signature failure",
	verifyCRLSignature:     "CRL signature failure",
	verifyNotYetValid:      "certificate is not yet valid",
	verifyExpired:          "certificate has expired",
	verifyCRLNotYet:        "CRL is not yet valid",
	verifyCRLExpired:       "CRL has expired",
	verifySelfSigned:       "self-signed certificate",
	verifySelfSignedIn:     "self-signed certificate in certificate chain",
	verifyUntrusted:        "unable to get local issuer certificate",
	verifyRevoked:          "certificate revoked",
	verifyPathLength:       "path length constraint exceeded",
	verifyPurpose:          "unsuitable certificate purpose",
	verifyPermitted:        "permitted subtree violation",
	verifyInvalidCA:        "invalid CA certificate",
	verifyNoIssuer:         "Issuer name empty",
	verifyNoAuthorityKey:   "Missing Authority Key Identifier",
	verifyNoSubjectKey:     "Missing Subject Key Identifier",
	verifyBasicConstraints: "Basic Constraints of CA cert not marked critical",
	verifyNoKeyUsage:       "CA cert does not include key usage extension",
	verifyCRLCritical:      "unhandled critical CRL extension",
	verifyCriticalUnknown:  "unhandled critical extension",
}

// diagnose says in OpenSSL's terms why crypto/x509 has refused a chain. OpenSSL
// looks at trust first, then at purposes, the name, the lists, signatures and
// dates; the first that is wrong counts.
func (v *verifier) diagnose(peer []*x509.Certificate, err error) *verifyError {
	chain, code := v.walk(peer)
	if code == 0 {
		code = v.extensions(chain)
	}
	if code == 0 {
		if wrong := v.name(chain); wrong != nil {
			return wrong
		}
		if wrong := v.revocation(chain); wrong != nil {
			return wrong
		}
		code = v.dates(chain)
	}
	if code == 0 {
		code = codeOf(err)
	}
	e := refuse(code)
	e.err = err
	return e
}

// walk builds one chain as OpenSSL does, with trusted certificates preferred,
// and returns the error if it does not end with a trusted one.
func (v *verifier) walk(peer []*x509.Certificate) (chain []*x509.Certificate, code int) {
	chain = peer[:1:1]
	trusted := v.store.has(peer[0])
	anyTrusted := false // the peer's own does not count, trusted or not
	for len(chain) < maxGathered {
		last := chain[len(chain)-1]
		if trusted && (isSelfIssued(last) || v.flags&VERIFY_X509_PARTIAL_CHAIN != 0) {
			return chain, 0
		}
		if isSelfIssued(last) && signsItself(last) {
			break
		}
		next := issuerAmong(v.store.named(last.RawIssuer), last, chain)
		trusted = next != nil
		if next == nil {
			next = issuerAmong(peer[1:], last, chain)
		}
		if next == nil {
			break
		}
		anyTrusted = anyTrusted || trusted
		chain = append(chain, next)
	}
	last := chain[len(chain)-1]
	switch {
	case isSelfIssued(last) && signsItself(last) && len(chain) == 1:
		return chain, verifySelfSigned
	case isSelfIssued(last) && signsItself(last):
		return chain, verifySelfSignedIn
	case anyTrusted:
		return chain, verifyNoIssuerCert
	}
	return chain, verifyUntrusted
}

// issuerAmong finds the issuer of c by its name and key identifier; one that
// has not expired is preferred to none, but an expired one is found too.
func issuerAmong(list []*x509.Certificate, c *x509.Certificate, used []*x509.Certificate) *x509.Certificate {
	for _, i := range list {
		if !bytes.Equal(i.RawSubject, c.RawIssuer) || slices.ContainsFunc(used, i.Equal) {
			continue
		}
		if len(i.SubjectKeyId) > 0 && len(c.AuthorityKeyId) > 0 && !bytes.Equal(i.SubjectKeyId, c.AuthorityKeyId) {
			continue
		}
		return i
	}
	return nil
}

// extensions checks constraints and purposes.
func (v *verifier) extensions(chain []*x509.Certificate) int {
	for i, c := range chain {
		switch {
		case len(c.UnhandledCriticalExtensions) > 0:
			return verifyCriticalUnknown
		case i > 0 && !isAuthority(c):
			return verifyInvalidCA
		case !v.suits(c):
			return verifyPurpose
		case i > 0 && (c.MaxPathLen > 0 || c.MaxPathLenZero) && i-1 > c.MaxPathLen:
			return verifyPathLength
		}
	}
	return 0
}

// suits reports whether a certificate allows the usage.
func (v *verifier) suits(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(c.ExtKeyUsage, v.usage)
}

// dates checks signatures and validity, from the root down.
func (v *verifier) dates(chain []*x509.Certificate) int {
	for i := len(chain) - 1; i >= 0; i-- {
		c, issuer := chain[i], chain[min(i+1, len(chain)-1)]
		switch {
		case i < len(chain)-1 && issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) != nil:
			return verifySignature
		case v.current.Before(c.NotBefore):
			return verifyNotYetValid
		case v.current.After(c.NotAfter):
			return verifyExpired
		}
	}
	return 0
}

// codeOf is for what only crypto/x509 has found.
func codeOf(err error) int {
	var invalid x509.CertificateInvalidError
	if !errors.As(err, &invalid) {
		return verifyUnspecified
	}
	switch invalid.Reason { //nolint:exhaustive // the others have no number of their own
	case x509.NotAuthorizedToSign:
		return verifyInvalidCA
	case x509.Expired:
		if strings.Contains(invalid.Detail, "before") {
			return verifyNotYetValid
		}
		return verifyExpired
	case x509.CANotAuthorizedForThisName, x509.NameConstraintsWithoutSANs, x509.UnconstrainedName:
		return verifyPermitted
	case x509.TooManyIntermediates:
		return verifyPathLength
	case x509.IncompatibleUsage, x509.CANotAuthorizedForExtKeyUsage:
		return verifyPurpose
	}
	return verifyUnspecified
}
