package tlsbridge

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"slices"
)

// rules are what a context was when sockets were wrapped with it. They do not
// change; the store they point to may.
type rules struct {
	ctx           *Context
	client        *tls.Config // cloned for each client, who has a name
	server        *tls.Config // shared by servers
	serverNoALPN  *tls.Config // for a client that shares no protocol with us
	verify        VerifyMode
	flags         VerifyFlags
	checkHostname bool
	commonNames   bool
	ignoreEOF     bool
	alpn          []string
	suites        []*suite
	serverName    ServerNameFunc
}

// current returns the rules that hold now.
func (c *Context) current() (*rules, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rules != nil {
		return c.rules, nil
	}
	low, high, err := c.versions()
	if err != nil {
		return nil, err
	}
	r := &rules{
		ctx: c, verify: c.verify, flags: c.flags, checkHostname: c.checkHostname, commonNames: c.commonNames,
		ignoreEOF: c.options&OP_IGNORE_UNEXPECTED_EOF != 0, alpn: c.alpn, suites: c.ciphers, serverName: c.serverName,
	}
	base := &tls.Config{
		MinVersion:       uint16(low),  //nolint:gosec // a version of TLS
		MaxVersion:       uint16(high), //nolint:gosec // a version of TLS
		NextProtos:       c.alpn,
		CurvePreferences: c.curves,
		// One record for each 16 KiB: the reader knows no latency between them.
		DynamicRecordSizingDisabled: true,
		SessionTicketsDisabled:      c.options&OP_NO_TICKET != 0,
	}
	for _, s := range c.ciphers {
		base.CipherSuites = append(base.CipherSuites, s.id)
	}
	if c.keylog != nil {
		base.KeyLogWriter = c.keylog
	}
	certificates := completed(c.certificates, c.store)
	if c.protocol != PROTOCOL_TLS_SERVER {
		r.client = base.Clone()
		r.buildClient(certificates)
	}
	if c.protocol != PROTOCOL_TLS_CLIENT {
		r.server = base
		r.server.SessionTicketsDisabled = base.SessionTicketsDisabled || c.tickets == 0
		r.buildServer(certificates)
	}
	c.rules = r
	return r, nil
}

func (r *rules) buildClient(certificates []tls.Certificate) {
	r.client.InsecureSkipVerify = true //nolint:gosec // verifyServer does it
	if len(certificates) > 0 {
		r.client.GetClientCertificate = certificateFor(certificates)
	}
}

// buildServer leaves it to crypto/tls to verify clients too, where it has the
// whole store: it then sends the alert that OpenSSL would.
func (r *rules) buildServer(certificates []tls.Certificate) {
	r.server.Certificates = certificates
	r.server.GetConfigForClient = r.hello
	if r.verify != CERT_NONE {
		pool, whole := r.ctx.store.plain()
		optional, required := tls.RequestClientCert, tls.RequireAnyClientCert
		if whole {
			optional, required = tls.VerifyClientCertIfGiven, tls.RequireAndVerifyClientCert
			r.server.ClientCAs = pool
		}
		r.server.ClientAuth = optional
		if r.verify == CERT_REQUIRED {
			r.server.ClientAuth = required
		}
		r.server.VerifyConnection = r.verifyClient
	}
	r.serverNoALPN = r.server.Clone()
	r.serverNoALPN.NextProtos = nil
}

// demanding returns the rules with another verify mode.
func (r *rules) demanding(m VerifyMode) *rules {
	d := *r
	d.verify, d.server = m, r.server.Clone()
	d.buildServer(d.server.Certificates)
	return &d
}

// hello is a server's first look at a client. It may ask whoever has set a
// server name callback. Without a protocol in common Python goes on without
// one, and crypto/tls would not.
func (r *rules) hello(chi *tls.ClientHelloInfo) (*tls.Config, error) {
	l := linkOf(chi.Conn)
	if l == nil {
		return nil, nil //nolint:nilnil // crypto/tls's way to say: the config that is there
	}
	l.shared = r.sharedSuites(chi.CipherSuites)
	asked := l.rules // SetContext may have come before the handshake
	if asked.serverName == nil {
		asked = r
	}
	if asked.serverName != nil {
		if err := l.askName(asked, chi.ServerName); err != nil {
			return nil, err
		}
	}
	l.chosen = true
	if l.rules.verify < r.verify { // SSL_set_SSL_CTX leaves the verify mode as it was
		l.rules = l.rules.demanding(r.verify)
	}
	now := l.rules
	overlap := len(now.alpn) == 0 || slices.ContainsFunc(chi.SupportedProtos, func(p string) bool { return slices.Contains(now.alpn, p) })
	switch {
	case !overlap:
		return now.serverNoALPN, nil
	case now != r:
		return now.server, nil
	}
	return nil, nil //nolint:nilnil // as above
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

// verifier returns what verifies a peer: a client's host is the name that the
// certificate must be for.
func (r *rules) verifier(usage x509.ExtKeyUsage, host string) *verifier {
	v := &verifier{store: r.ctx.store, flags: r.flags, usage: usage, byCN: r.commonNames, current: wallTime()}
	if r.checkHostname {
		v.host = host
	}
	return v
}

// verifyServer is a client's check, when the server has shown its certificate.
func (r *rules) verifyServer(host string, cs tls.ConnectionState) error {
	if r.verify == CERT_NONE {
		return nil
	}
	_, err := r.verifier(x509.ExtKeyUsageServerAuth, host).verify(cs.PeerCertificates)
	return err
}

// verifyClient is a server's check of what crypto/tls does not know about.
func (r *rules) verifyClient(cs tls.ConnectionState) error {
	if len(cs.PeerCertificates) == 0 {
		return nil // RequireAnyClientCert has seen to it
	}
	_, err := r.verifier(x509.ExtKeyUsageClientAuth, "").verify(cs.PeerCertificates)
	return err
}

// explain turns an error of the engine into an Error. What crypto/tls itself
// has refused is looked into. established is as in the function explain.
func (r *rules) explain(op string, err error, established bool) error {
	var refused *tls.CertificateVerificationError
	if errors.As(err, &refused) && len(refused.UnverifiedCertificates) > 0 {
		err = r.verifier(x509.ExtKeyUsageClientAuth, "").diagnose(refused.UnverifiedCertificates, err)
	}
	var path *os.PathError
	if errors.As(err, &path) && path.Op == "write" {
		return path // the key log cannot be written
	}
	return explain(op, err, established)
}

// owner is the address under which crypto/tls's callbacks find a connection.
type owner struct{ *link }

var _ net.Addr = owner{}

// Network implements net.Addr.
func (owner) Network() string { return "tls" }

// String implements net.Addr.
func (owner) String() string { return "tls" }

// linkOf finds the connection that a callback of crypto/tls is about.
func linkOf(c net.Conn) *link {
	if c == nil {
		return nil
	}
	if o, ok := c.RemoteAddr().(owner); ok {
		return o.link
	}
	return nil
}

var (
	errServerOfClient = errors.New("Cannot create a server socket with a PROTOCOL_TLS_CLIENT context") //nolint:staticcheck // Python's text
	errClientOfServer = errors.New("Cannot create a client socket with a PROTOCOL_TLS_SERVER context") //nolint:staticcheck // Python's text
)
