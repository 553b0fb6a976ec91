package tlsbridge

import "crypto/x509"

// revocation looks certificates up in the lists of their issuers: with
// VERIFY_CRL_CHECK_LEAF the peer's, with VERIFY_CRL_CHECK_CHAIN all of the
// chain.
func (v *verifier) revocation(chain []*x509.Certificate) *verifyError {
	if v.flags&VERIFY_CRL_CHECK_LEAF == 0 {
		return nil
	}
	last := 0
	if v.flags&VERIFY_CRL_CHECK_CHAIN == VERIFY_CRL_CHECK_CHAIN {
		last = len(chain) - 1
	}
	for i := 0; i <= last; i++ {
		issuer := chain[min(i+1, len(chain)-1)]
		if err := v.lookUp(chain[i], issuer); err != nil {
			return err
		}
	}
	return nil
}

// lookUp finds a certificate in its issuer's list. Of several lists the one
// that is best counts.
func (v *verifier) lookUp(c, issuer *x509.Certificate) *verifyError {
	best := refuse(verifyNoCRL)
	var newest *x509.RevocationList
	for _, list := range v.store.crlsOf(c.RawIssuer) {
		switch {
		case list.CheckSignatureFrom(issuer) != nil:
			best = refuse(verifyCRLSignature)
		case v.current.Before(list.ThisUpdate):
			best = refuse(verifyCRLNotYet)
		case !list.NextUpdate.IsZero() && v.current.After(list.NextUpdate):
			best = refuse(verifyCRLExpired)
		case unknownCritical(list):
			best = refuse(verifyCRLCritical)
		case newest == nil || list.ThisUpdate.After(newest.ThisUpdate):
			newest = list
		}
	}
	if newest == nil {
		return best
	}
	for _, entry := range newest.RevokedCertificateEntries {
		if entry.SerialNumber.Cmp(c.SerialNumber) == 0 && entry.ReasonCode != removeFromCRL {
			return refuse(verifyRevoked)
		}
	}
	return nil
}

// removeFromCRL is the reason of an entry that takes a revocation back, RFC
// 5280 section 5.3.1.
const removeFromCRL = 8

// unknownCritical: a scope (IDP) or anything else that is not looked at here.
func unknownCritical(l *x509.RevocationList) bool {
	for _, e := range l.Extensions {
		if e.Critical && e.Id.String() != "2.5.29.27" {
			return true
		}
	}
	return false
}
