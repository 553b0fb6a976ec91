package tlsbridge

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
)

// Context is Python's SSLContext: what connections of one kind have in
// common. Any goroutine may call its methods; a change affects the sockets
// wrapped after it.
type Context struct {
	protocol Protocol

	mu            sync.Mutex
	certificates  []tls.Certificate
	authorities   *x509.CertPool // nil: the system's
	verify        VerifyMode
	checkHostname bool
	minimum       TLSVersion
	maximum       TLSVersion
	alpn          []string
	config        *tls.Config // what sockets without a name share, made on demand
}

// NewContext returns a context for one side, as SSLContext(protocol): a
// client's requires a certificate for the server's name, verified by the
// authorities that are loaded, of which there are none at first; a server's
// asks for none.
func NewContext(p Protocol) *Context {
	c := &Context{protocol: p, minimum: TLSv1_2, maximum: TLSv1_3, authorities: x509.NewCertPool()}
	if p == PROTOCOL_TLS_CLIENT {
		c.verify, c.checkHostname = CERT_REQUIRED, true
	}
	return c
}

// CreateDefaultContext returns a client's context that trusts the system's
// authorities: ssl.create_default_context().
func CreateDefaultContext() *Context {
	c := NewContext(PROTOCOL_TLS_CLIENT)
	c.LoadDefaultCerts()
	return c
}

// change applies a change and drops what was derived from the old state.
func (c *Context) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	c.config = nil
}

// LoadDefaultCerts trusts the authorities of the system, and no others.
func (c *Context) LoadDefaultCerts() { c.change(func() { c.authorities = nil }) }

// LoadVerifyLocations trusts the authorities in a file of PEM certificates.
func (c *Context) LoadVerifyLocations(cafile string) error {
	pem, err := os.ReadFile(cafile)
	if err != nil {
		return err
	}
	if err := c.LoadVerifyData(pem); err != nil {
		return fmt.Errorf("%s: %w", cafile, err)
	}
	return nil
}

// LoadVerifyData trusts the authorities in PEM text, Python's cadata.
func (c *Context) LoadVerifyData(pem []byte) (err error) {
	c.change(func() {
		pool := c.authorities
		if pool == nil {
			if pool, err = x509.SystemCertPool(); err != nil {
				return
			}
		} else {
			pool = pool.Clone()
		}
		if !pool.AppendCertsFromPEM(pem) {
			err = &Error{Kind: KindSSL, Op: "load_verify_locations", Library: "PEM", Reason: "NO_CERTIFICATE_OR_CRL_FOUND"}
			return
		}
		c.authorities = pool
	})
	return err
}

// LoadCertChain loads our own certificate, followed by intermediate ones, and
// its key from PEM files. An empty keyfile means that the key is in certfile.
func (c *Context) LoadCertChain(certfile, keyfile string) error {
	if keyfile == "" {
		keyfile = certfile
	}
	cert, err := tls.LoadX509KeyPair(certfile, keyfile)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			return err
		}
		e := &Error{Kind: KindSSL, Op: "load_cert_chain", Library: "SSL", Reason: "PEM lib", Err: err}
		if strings.Contains(err.Error(), "private key does not match public key") {
			e.Library, e.Reason = "X509", "KEY_VALUES_MISMATCH"
		}
		return e
	}
	c.AddCertificate(cert)
	return nil
}

// AddCertificate adds a certificate of our own.
func (c *Context) AddCertificate(cert tls.Certificate) {
	c.change(func() { c.certificates = append(c.certificates, cert) })
}

// SetVerifyMode says what is asked of the peer's certificate. CERT_NONE on a
// context that checks names is an error, as in Python.
func (c *Context) SetVerifyMode(m VerifyMode) (err error) {
	c.change(func() {
		if m == CERT_NONE && c.checkHostname {
			err = &ValueError{"Cannot set verify_mode to CERT_NONE when check_hostname is enabled."}
			return
		}
		c.verify = m
	})
	return err
}

// SetCheckHostname says whether a client checks that the certificate is for
// the server's name. Switching it on raises the verify mode to CERT_REQUIRED.
func (c *Context) SetCheckHostname(on bool) {
	c.change(func() {
		if c.checkHostname = on; on && c.verify == CERT_NONE {
			c.verify = CERT_REQUIRED
		}
	})
}

// SetVersions sets the lowest and the highest version to be negotiated.
func (c *Context) SetVersions(minimum, maximum TLSVersion) error {
	for _, v := range []TLSVersion{minimum, maximum} {
		if v != TLSv1_2 && v != TLSv1_3 {
			return &ValueError{fmt.Sprintf("unsupported protocol version %v", v)}
		}
	}
	c.change(func() { c.minimum, c.maximum = minimum, maximum })
	return nil
}

// SetALPNProtocols sets the application protocols to offer or accept, the
// preferred one first.
func (c *Context) SetALPNProtocols(protocols ...string) {
	c.change(func() { c.alpn = append([]string(nil), protocols...) })
}

// settings returns crypto/tls's form of the context for a server's name.
func (c *Context) settings(serverName string) (*tls.Config, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.config == nil {
		c.config = c.build()
	}
	if c.protocol == PROTOCOL_TLS_SERVER {
		return c.config, nil
	}
	if c.checkHostname && serverName == "" {
		return nil, &ValueError{"check_hostname requires server_hostname"}
	}
	config := c.config.Clone()
	config.ServerName = serverName
	return config, nil
}

// build makes the config that sockets share; call with mu held.
func (c *Context) build() *tls.Config {
	config := &tls.Config{
		Certificates:                c.certificates,
		MinVersion:                  uint16(c.minimum),
		MaxVersion:                  uint16(c.maximum),
		NextProtos:                  c.alpn,
		DynamicRecordSizingDisabled: true, // one record for each 16 KiB: the reader knows no latency between them
	}
	if c.protocol == PROTOCOL_TLS_SERVER {
		config.ClientCAs = c.authorities
		config.ClientAuth = [...]tls.ClientAuthType{
			CERT_NONE: tls.NoClientCert, CERT_OPTIONAL: tls.VerifyClientCertIfGiven, CERT_REQUIRED: tls.RequireAndVerifyClientCert,
		}[c.verify]
		return config
	}
	config.RootCAs = c.authorities
	if len(c.certificates) > 0 {
		config.GetClientCertificate = certificateFor(c.certificates)
	}
	switch {
	case c.verify == CERT_NONE:
		config.InsecureSkipVerify = true
	case !c.checkHostname:
		config.InsecureSkipVerify = true
		config.VerifyConnection = verifyChain(c.authorities)
	}
	return config
}

// certificateFor returns a choice among a client's certificates: the first
// whose key the server can use. As with OpenSSL it does not matter which
// authorities the server has named; crypto/tls would send no certificate of
// another one, and the server not know why.
func certificateFor(certs []tls.Certificate) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return func(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		anybody := *asked
		anybody.AcceptableCAs = nil
		for i := range certs {
			if anybody.SupportsCertificate(&certs[i]) == nil {
				return &certs[i], nil
			}
		}
		return new(tls.Certificate), nil
	}
}

// verifyChain checks a server's chain, not its name.
func verifyChain(roots *x509.CertPool) func(tls.ConnectionState) error {
	return func(cs tls.ConnectionState) error {
		opts := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
		for _, cert := range cs.PeerCertificates[1:] {
			opts.Intermediates.AddCert(cert)
		}
		_, err := cs.PeerCertificates[0].Verify(opts)
		if err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: cs.PeerCertificates, Err: err}
		}
		return nil
	}
}
