package tlsbridge

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
)

// Version returns the negotiated version, "TLSv1.3" for example, or "" (None)
// before the end of the handshake.
func (m *machine) Version() string {
	if cs := m.state(); cs.HandshakeComplete {
		return TLSVersion(cs.Version).String()
	}
	return ""
}

// Cipher returns the cipher in use; without a name (None) before the end of
// the handshake.
func (m *machine) Cipher() UsedCipher {
	cs := m.state()
	if !cs.HandshakeComplete {
		return UsedCipher{}
	}
	return suiteByID(cs.CipherSuite).used() // the config has only those with names
}

// SharedCiphers returns, on a server, the client's suites that the context has
// too, in the client's order; nil (None) on a client and before the handshake.
func (m *machine) SharedCiphers() []UsedCipher {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []UsedCipher
	for _, suite := range m.link.shared {
		list = append(list, suite.used())
	}
	return list
}

// Compression returns "" (None): there is none in crypto/tls.
func (m *machine) Compression() string { return "" }

// SelectedALPNProtocol returns the application protocol agreed on, or ""
// (None).
func (m *machine) SelectedALPNProtocol() string { return m.state().NegotiatedProtocol }

// SelectedNPNProtocol returns "" (None): see HAS_NPN.
func (m *machine) SelectedNPNProtocol() string { return "" }

// ServerSide reports whether this is the server's end.
func (m *machine) ServerSide() bool { return m.link.server }

// ServerHostname returns the name that a client asks for, in ASCII, or ""
// (None).
func (m *machine) ServerHostname() string { return m.link.host }

// Context returns the context of the socket.
func (m *machine) Context() *Context {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.link.ctx
}

// SetContext gives a server another context, before its handshake or in a
// server name callback. Later, and on a client, it only changes what Context
// returns. The verify mode is the stricter of the two contexts'.
func (m *machine) SetContext(c *Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.link.setContext(c)
}

// ConnectionState returns what crypto/tls says of the connection; its
// HandshakeComplete is false before the end of the handshake.
func (m *machine) ConnectionState() tls.ConnectionState { return m.state() }

// PeerCertificates returns the chain that the peer has sent, its own
// certificate first; verified only if the context asked for that. It is
// Python's get_unverified_chain.
func (m *machine) PeerCertificates() []*x509.Certificate { return m.state().PeerCertificates }

// VerifiedChain returns the peer's certificate and those up to a trusted one,
// or nil if none was verified: Python's get_verified_chain. The chain is looked
// for anew, in the store as it is now.
func (m *machine) VerifiedChain() []*x509.Certificate {
	m.mu.Lock()
	cs, r, server := m.engine.ConnectionState(), m.link.rules, m.link.server
	m.mu.Unlock()
	if !cs.HandshakeComplete || r.verify == CERT_NONE || len(cs.PeerCertificates) == 0 {
		return nil
	}
	usage := x509.ExtKeyUsageServerAuth
	if server {
		usage = x509.ExtKeyUsageClientAuth
	}
	chain, err := r.verifier(usage, "").verify(cs.PeerCertificates)
	if err != nil {
		return nil // the store has lost it, or time has passed
	}
	return chain
}

// GetPeerCert describes the peer's certificate: nil (None) if it has sent
// none, an empty one if it was not verified, and an error before the end of
// the handshake.
func (m *machine) GetPeerCert() (*PeerCert, error) {
	m.mu.Lock()
	cs, verify := m.engine.ConnectionState(), m.link.rules.verify
	m.mu.Unlock()
	switch {
	case !cs.HandshakeComplete:
		return nil, &ValueError{"handshake not done yet"}
	case len(cs.PeerCertificates) == 0:
		return nil, nil //nolint:nilnil // Python's None
	case verify == CERT_NONE:
		return new(PeerCert), nil
	}
	return DecodeCertificate(cs.PeerCertificates[0].Raw)
}

// GetPeerCertDER is getpeercert(binary_form=True): the peer's certificate,
// verified or not, or nil (None). The caller must not change it.
func (m *machine) GetPeerCertDER() []byte {
	if cs := m.state(); len(cs.PeerCertificates) > 0 {
		return cs.PeerCertificates[0].Raw
	}
	return nil
}

// GetChannelBinding returns the data that ties what runs over the connection
// to it, RFC 5929. The one kind is "tls-unique"; others are a ValueError. It is
// nil before the end of the handshake. TLS 1.3, and a resumption of TLS 1.2
// without the extended master secret, have none in crypto/tls: that is a
// NotImplementedError.
func (m *machine) GetChannelBinding(kind string) ([]byte, error) {
	if !slices.Contains(CHANNEL_BINDING_TYPES(), kind) {
		return nil, &ValueError{"'" + kind + "' channel binding type not implemented"}
	}
	cs := m.state()
	switch {
	case !cs.HandshakeComplete:
		return nil, nil
	case cs.TLSUnique == nil:
		return nil, &NotImplementedError{"crypto/tls has no tls-unique for " + TLSVersion(cs.Version).String()}
	}
	return cs.TLSUnique, nil
}

// VerifyClientPostHandshake fails with OpenSSL's errors: crypto/tls has no
// post-handshake authentication, so to a server of TLS 1.3 no client has
// offered it.
func (m *machine) VerifyClientPostHandshake() error {
	e := &Error{Kind: KindSSL, Op: "verify_client_post_handshake", Library: "SSL", Reason: "WRONG_SSL_VERSION"}
	cs := m.state()
	switch {
	case !cs.HandshakeComplete || cs.Version != tls.VersionTLS13:
	case !m.ServerSide():
		e.Reason = "NOT_SERVER"
	default:
		e.Reason, e.Err = "EXTENSION_NOT_RECEIVED", &NotImplementedError{"crypto/tls has no post-handshake authentication"}
	}
	return e
}
