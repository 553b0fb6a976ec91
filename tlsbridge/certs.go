package tlsbridge

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"software.sslmate.com/src/go-pkcs12"
)

const opCertChain = "load_cert_chain"

// LoadCertChain loads our own certificate, followed by intermediate ones, and
// its key from PEM files. An empty keyfile means that the key is in certfile.
// A password, of which there is one at most, is asked for only if the key is
// encrypted. A certificate replaces an earlier one with the same kind of key.
// Errors name the file; what a password function returns is passed on as it is.
func (c *Context) LoadCertChain(certfile, keyfile string, password ...Password) error {
	certs, err := os.ReadFile(certfile)
	if err != nil {
		return err
	}
	keys, both := certs, certfile
	if keyfile == "" {
		keyfile = certfile
	} else {
		if keys, err = os.ReadFile(keyfile); err != nil {
			return err
		}
		both += ", " + keyfile
	}
	chain, err := parseChain(certs)
	if err != nil {
		return inFile(err, certfile)
	}
	private, err := parseKey(keys, firstPassword(password))
	if err != nil {
		return inFile(err, keyfile)
	}
	return inFile(c.loadPair(chain, private), both)
}

// LoadCertData is LoadCertChain for what is in memory already. The key may be
// among the certificates.
func (c *Context) LoadCertData(certs, key []byte, password ...Password) error {
	chain, err := parseChain(certs)
	if err != nil {
		return err
	}
	if key == nil {
		key = certs
	}
	private, err := parseKey(key, firstPassword(password))
	if err != nil {
		return err
	}
	return c.loadPair(chain, private)
}

// LoadPKCS12 loads certificate, key and intermediate certificates from a
// PKCS #12 file's content, which Python cannot.
func (c *Context) LoadPKCS12(data []byte, password string) error {
	private, leaf, cas, err := pkcs12.DecodeChain(data, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return &Error{Kind: KindSSL, Op: opCertChain, Library: "PKCS12", Reason: "MAC_VERIFY_FAILURE", Err: err}
	case err != nil:
		return &Error{Kind: KindSSL, Op: opCertChain, Library: "PKCS12", Reason: "PARSE_ERROR", Err: err}
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return &Error{Kind: KindSSL, Op: opCertChain, Library: "PKCS12", Reason: "PARSE_ERROR", Err: errKeyType}
	}
	return c.loadPair(append([]*x509.Certificate{leaf}, cas...), signer)
}

var errKeyType = errors.New("a key of this type cannot sign")

// loadPair checks that key and certificate belong together.
func (c *Context) loadPair(chain []*x509.Certificate, key crypto.Signer) error {
	e := &Error{Kind: KindSSL, Op: opCertChain}
	mine, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	switch {
	case !ok || keyKind(key.Public()) != keyKind(chain[0].PublicKey):
		e.Library, e.Reason = "SSL", "NO_CERTIFICATE_ASSIGNED"
		return e
	case !mine.Equal(chain[0].PublicKey):
		e.Library, e.Reason = "X509", "KEY_VALUES_MISMATCH"
		return e
	}
	cert := tls.Certificate{PrivateKey: key, Leaf: chain[0]}
	for _, x := range chain {
		cert.Certificate = append(cert.Certificate, x.Raw)
	}
	return c.change(func() error {
		for i := range c.certificates {
			if keyKind(c.certificates[i].Leaf.PublicKey) == keyKind(chain[0].PublicKey) {
				c.certificates = append(append(c.certificates[:i:i], cert), c.certificates[i+1:]...)
				return nil
			}
		}
		c.certificates = append(c.certificates[:len(c.certificates):len(c.certificates)], cert)
		return nil
	})
}

func keyKind(public crypto.PublicKey) string { return fmt.Sprintf("%T", public) }

// AddCertificate adds a certificate of our own. Of several that a client can
// use crypto/tls takes the first that is for the name it asks for.
func (c *Context) AddCertificate(cert tls.Certificate) {
	if cert.Leaf == nil && len(cert.Certificate) > 0 {
		cert.Leaf, _ = x509.ParseCertificate(cert.Certificate[0]) // a bad one fails in the handshake
	}
	if cert.Leaf == nil {
		cert.Leaf = new(x509.Certificate)
	}
	_ = c.change(func() error {
		c.certificates = append(c.certificates[:len(c.certificates):len(c.certificates)], cert)
		return nil
	})
}

// parseChain reads the certificates of a PEM text, our own first.
func parseChain(text []byte) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	block, rest := pem.Decode(text)
	for ; block != nil; block, rest = pem.Decode(rest) {
		if !isCertificate(block) {
			continue
		}
		cert, err := parseCertificate(block)
		switch {
		case err != nil && len(chain) > 0:
			return nil, &Error{Kind: KindSSL, Op: opCertChain, Library: "PEM", Err: errASN1}
		case err != nil:
			return nil, &Error{Kind: KindSSL, Op: opCertChain, Library: "SSL", Err: pemError{err}}
		}
		chain = append(chain, cert)
	}
	if len(chain) == 0 {
		err := errNoCertificate
		if bytes.Contains(rest, []byte("-----BEGIN CERT")) {
			err = errBadPEM
		}
		return nil, &Error{Kind: KindSSL, Op: opCertChain, Library: "SSL", Err: pemError{err}}
	}
	return chain, nil
}

var (
	errNoCertificate = errors.New("there is no certificate")
	errBadPEM        = errors.New("bad base64 or no end line")
)

// completed returns the certificates, and to those that came without
// intermediate ones the chain that the store has for them, as OpenSSL sends
// it.
func completed(certs []tls.Certificate, s *store) []tls.Certificate {
	list := make([]tls.Certificate, 0, len(certs))
	for _, cert := range certs {
		if len(cert.Certificate) == 1 && cert.Leaf != nil && len(cert.Leaf.Raw) > 0 {
			chain := []*x509.Certificate{cert.Leaf}
			for len(chain) < maxGathered {
				last := chain[len(chain)-1]
				next := issuerAmong(s.named(last.RawIssuer), last, chain)
				if next == nil {
					break
				}
				chain = append(chain, next)
			}
			cert.Certificate = nil
			for _, c := range chain {
				cert.Certificate = append(cert.Certificate, c.Raw)
			}
		}
		list = append(list, cert)
	}
	return list
}
