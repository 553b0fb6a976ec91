package tlsbridge

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"os"
)

// The types of PEM blocks.
const (
	pemCert    = "CERTIFICATE"
	pemOldCert = "X509 CERTIFICATE"
	pemTrusted = "TRUSTED CERTIFICATE"
	pemCRL     = "X509 CRL"
)

// LoadVerifyLocations trusts the authorities in a file of PEM certificates,
// where there may be revocation lists too, and those in directories with
// hashed names, see openssl-rehash(1), which are read when they are needed.
// Either may be empty, not both. Errors name the file. Python's cadata is LoadVerifyData and
// LoadVerifyDER.
func (c *Context) LoadVerifyLocations(cafile, capath string) error {
	if cafile == "" && capath == "" {
		return &TypeError{"cafile, capath and cadata cannot be all omitted"}
	}
	if cafile != "" {
		data, err := os.ReadFile(cafile)
		if err != nil {
			return err
		}
		if err := c.loadFile(data); err != nil {
			return inFile(err, cafile)
		}
	}
	return c.change(func() error { c.store.addDir(capath); return nil })
}

// loadFile takes certificates and lists from a file's text. What comes before
// a bad one is kept.
func (c *Context) loadFile(data []byte) error {
	const op = "load_verify_locations"
	found := false
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		var err error
		switch {
		case isCertificate(block):
			err = c.trust(block)
		case block.Type == pemCRL:
			var l *x509.RevocationList
			if l, err = x509.ParseRevocationList(block.Bytes); err == nil {
				c.store.addCRL(l)
			}
		default: // keys may stand beside
			continue
		}
		if err != nil {
			return &Error{Kind: KindSSL, Op: op, Library: "X509", Err: pemError{err}}
		}
		found = true
	}
	switch {
	case bytes.Contains(data, []byte("-----BEGIN")): // which cannot be decoded
		return &Error{Kind: KindSSL, Op: op, Library: "X509", Err: pemError{}}
	case !found:
		return &Error{Kind: KindSSL, Op: op, Library: "X509", Reason: "NO_CERTIFICATE_OR_CRL_FOUND"}
	}
	return c.change(func() error { return nil })
}

// pemError is OpenSSL's "PEM lib": the text could not be understood. The
// reason is for people; for a key it says nothing of the key.
type pemError struct{ err error }

// Error begins with Python's words.
func (e pemError) Error() string {
	if e.err == nil {
		return "PEM lib"
	}
	return "PEM lib: " + e.err.Error()
}

// Unwrap returns what is wrong.
func (e pemError) Unwrap() error { return e.err }

func isCertificate(b *pem.Block) bool {
	return b.Type == pemCert || b.Type == pemOldCert || b.Type == pemTrusted
}

// trust takes one certificate in.
func (c *Context) trust(block *pem.Block) error {
	cert, err := parseCertificate(block)
	if err == nil {
		c.store.add(cert)
	}
	return err
}

// parseCertificate parses a block. A trusted certificate has OpenSSL's
// settings behind it, which are not looked at.
func parseCertificate(block *pem.Block) (*x509.Certificate, error) {
	der := block.Bytes
	if block.Type == pemTrusted {
		var first asn1.RawValue
		if _, err := asn1.Unmarshal(der, &first); err != nil {
			return nil, err
		}
		der = first.FullBytes
	}
	return x509.ParseCertificate(der)
}

var (
	errEmptyData = &ValueError{"Empty certificate data"}
	errNoPEMData = errors.New("no start line: cadata does not contain a certificate")
	errNoDERData = errors.New("not enough data: cadata does not contain a certificate")
	errASN1      = errors.New("ASN1 lib")
)

// LoadVerifyData trusts the authorities in PEM text: load_verify_locations
// with cadata as a str. Text around the certificates is ignored.
func (c *Context) LoadVerifyData(text []byte) error {
	if len(text) == 0 {
		return errEmptyData
	}
	if !isASCII(text) {
		return &TypeError{"cadata should be an ASCII string or a bytes-like object"}
	}
	found := false
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if !isCertificate(block) {
			continue
		}
		if err := c.trust(block); err != nil {
			if !found {
				return &Error{Kind: KindSSL, Op: "load_verify_locations", Err: errNoPEMData}
			}
			return &Error{Kind: KindSSL, Op: "load_verify_locations", Library: "PEM", Err: errASN1}
		}
		found = true
	}
	if !found {
		return &Error{Kind: KindSSL, Op: "load_verify_locations", Err: errNoPEMData}
	}
	return c.change(func() error { return nil })
}

// LoadVerifyDER trusts authorities in DER, one behind the other:
// load_verify_locations with cadata as bytes. As in Python what follows the
// first and is not a certificate ends it.
func (c *Context) LoadVerifyDER(der []byte) error {
	if len(der) == 0 {
		return errEmptyData
	}
	for first := true; len(der) > 0; first = false {
		var raw asn1.RawValue
		rest, err := asn1.Unmarshal(der, &raw)
		var cert *x509.Certificate
		if err == nil {
			cert, err = x509.ParseCertificate(raw.FullBytes)
		}
		switch {
		case err != nil && first:
			return &Error{Kind: KindSSL, Op: "load_verify_locations", Err: errNoDERData}
		case err != nil:
			return c.change(func() error { return nil })
		}
		c.store.add(cert)
		der = rest
	}
	return c.change(func() error { return nil })
}

func isASCII(text []byte) bool {
	for _, b := range text {
		if b >= 0x80 {
			return false
		}
	}
	return true
}

// firstCertificate parses the first certificate of a PEM text.
func firstCertificate(text []byte) (*x509.Certificate, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if isCertificate(block) {
			return parseCertificate(block)
		}
	}
	return nil, errNoPEMData
}
