package tlsbridge

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
)

// Version returns the negotiated version, "TLSv1.3" for example, or "" (None)
// before the end of the handshake.
func (s *Socket) Version() string {
	if cs := s.state(); cs.HandshakeComplete {
		return TLSVersion(cs.Version).String()
	}
	return ""
}

// Cipher returns the cipher in use; without a name (None) before the end of
// the handshake.
func (s *Socket) Cipher() UsedCipher {
	cs := s.state()
	if !cs.HandshakeComplete {
		return UsedCipher{}
	}
	return suiteByID(cs.CipherSuite).used() // the config has only those with names
}

// SharedCiphers returns, on a server, the client's suites that the context has
// too, in the client's order; nil (None) on a client and before the handshake.
func (s *Socket) SharedCiphers() []UsedCipher {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []UsedCipher
	for _, suite := range s.link.shared {
		list = append(list, suite.used())
	}
	return list
}

// Compression returns "" (None): there is none in crypto/tls.
func (s *Socket) Compression() string { return "" }

// SelectedALPNProtocol returns the application protocol agreed on, or ""
// (None).
func (s *Socket) SelectedALPNProtocol() string { return s.state().NegotiatedProtocol }

// SelectedNPNProtocol returns "" (None): see HAS_NPN.
func (s *Socket) SelectedNPNProtocol() string { return "" }

// ServerSide reports whether this is the server's end.
func (s *Socket) ServerSide() bool { return s.link.server }

// ServerHostname returns the name that a client asks for, in ASCII, or ""
// (None).
func (s *Socket) ServerHostname() string { return s.link.host }

// Context returns the context of the socket.
func (s *Socket) Context() *Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link.ctx
}

// SetContext gives a server another context, before its handshake or in a
// server name callback. Later, and on a client, it only changes what Context
// returns.
func (s *Socket) SetContext(c *Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link.setContext(c)
}

// PeerCertificates returns the chain that the peer has sent, its own
// certificate first; verified only if the context asked for that. It is
// Python's get_unverified_chain.
func (s *Socket) PeerCertificates() []*x509.Certificate { return s.state().PeerCertificates }

// VerifiedChain returns the peer's certificate and those up to a trusted one,
// or nil if none was verified: Python's get_verified_chain. The chain is looked
// for anew, in the store as it is now.
func (s *Socket) VerifiedChain() []*x509.Certificate {
	s.mu.Lock()
	cs, r, server := s.engine.ConnectionState(), s.link.rules, s.link.server
	s.mu.Unlock()
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
func (s *Socket) GetPeerCert() (*PeerCert, error) {
	s.mu.Lock()
	cs, verify := s.engine.ConnectionState(), s.link.rules.verify
	s.mu.Unlock()
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
func (s *Socket) GetPeerCertDER() []byte {
	if cs := s.state(); len(cs.PeerCertificates) > 0 {
		return cs.PeerCertificates[0].Raw
	}
	return nil
}

// GetChannelBinding returns the data that ties what runs over the connection
// to it, RFC 5929. The one kind is "tls-unique"; others are a ValueError. It is
// nil before the end of the handshake. TLS 1.3, and a resumption of TLS 1.2
// without the extended master secret, have none in crypto/tls: that is a
// NotImplementedError.
func (s *Socket) GetChannelBinding(kind string) ([]byte, error) {
	if !slices.Contains(CHANNEL_BINDING_TYPES(), kind) {
		return nil, &ValueError{"'" + kind + "' channel binding type not implemented"}
	}
	cs := s.state()
	switch {
	case !cs.HandshakeComplete:
		return nil, nil
	case cs.TLSUnique == nil:
		return nil, &NotImplementedError{"crypto/tls has no tls-unique for " + TLSVersion(cs.Version).String()}
	}
	return cs.TLSUnique, nil
}

// VerifyClientPostHandshake fails: crypto/tls has no post-handshake
// authentication.
func (s *Socket) VerifyClientPostHandshake() error {
	if cs := s.state(); cs.HandshakeComplete && cs.Version == tls.VersionTLS13 {
		return &NotImplementedError{"crypto/tls has no post-handshake authentication"}
	}
	return &Error{Kind: KindSSL, Op: "verify_client_post_handshake", Library: "SSL", Reason: "WRONG_SSL_VERSION"}
}
