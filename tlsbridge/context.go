package tlsbridge

import (
	"crypto/tls"
	"fmt"
	"sync"
)

// Context is Python's SSLContext: what connections of one kind have in
// common. Any goroutine may call its methods; a change affects the sockets
// wrapped after it, save that the store of authorities is shared with those
// that are there already.
type Context struct {
	protocol Protocol
	counts   counts
	store    *store

	mu            sync.Mutex
	certificates  []tls.Certificate
	verify        VerifyMode
	flags         VerifyFlags
	checkHostname bool
	commonNames   bool // a certificate without DNS names is for its common name
	options       Option
	minimum       TLSVersion
	maximum       TLSVersion
	ciphers       []*suite // of TLS 1.2 and older, in order
	curves        []tls.CurveID
	alpn          []string
	tickets       int
	serverName    ServerNameFunc
	keylogName    string
	keylog        *keylog
	rules         *rules // what sockets share, made on demand
}

// NewContext returns a context, as SSLContext(protocol): a client's requires a
// certificate for the server's name, verified by the authorities that are
// loaded, of which there are none at first; the others ask for none. A number
// that is no protocol is a ValueError.
func NewContext(p Protocol) (*Context, error) {
	if _, ok := protocolNames[p]; !ok {
		return nil, &ValueError{fmt.Sprintf("invalid or unsupported protocol version %d", int(p))}
	}
	c := &Context{
		protocol: p, minimum: TLSv1_2, maximum: MAXIMUM_SUPPORTED, commonNames: true,
		flags: VERIFY_X509_TRUSTED_FIRST, options: defaultOptions, tickets: defaultTickets,
		store: new(store), ciphers: defaultSuites(),
	}
	if p.pinned() != 0 {
		c.minimum = MINIMUM_SUPPORTED
	}
	if p == PROTOCOL_TLS_CLIENT {
		c.verify, c.checkHostname = CERT_REQUIRED, true
	}
	return c, nil
}

// Protocol returns the argument of NewContext. Any goroutine.
func (c *Context) Protocol() Protocol { return c.protocol }

// change applies a change and drops what was derived from the old state.
func (c *Context) change(f func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rules = nil
	return f()
}

// VerifyMode returns what is asked of the peer's certificate. Any goroutine.
func (c *Context) VerifyMode() VerifyMode {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.verify
}

// SetVerifyMode says what is asked of the peer's certificate. CERT_NONE on a
// context that checks names is an error, as in Python.
func (c *Context) SetVerifyMode(m VerifyMode) error {
	if m < CERT_NONE || m > CERT_REQUIRED {
		return &ValueError{"invalid value for verify_mode"}
	}
	return c.change(func() error {
		if m == CERT_NONE && c.checkHostname {
			return &ValueError{"Cannot set verify_mode to CERT_NONE when check_hostname is enabled."}
		}
		c.verify = m
		return nil
	})
}

// CheckHostname reports whether a client checks the server's name. Any
// goroutine.
func (c *Context) CheckHostname() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.checkHostname
}

// SetCheckHostname says whether a client checks that the certificate is for
// the server's name. Switching it on raises the verify mode from CERT_NONE to
// CERT_REQUIRED.
func (c *Context) SetCheckHostname(on bool) {
	_ = c.change(func() error {
		if c.checkHostname = on; on && c.verify == CERT_NONE {
			c.verify = CERT_REQUIRED
		}
		return nil
	})
}

// HostnameChecksCommonName reports whether a certificate without DNS names is
// for the host in its common name, which is Python's default. Any goroutine.
func (c *Context) HostnameChecksCommonName() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.commonNames
}

// SetHostnameChecksCommonName sets it.
func (c *Context) SetHostnameChecksCommonName(on bool) {
	_ = c.change(func() error { c.commonNames = on; return nil })
}

// VerifyFlags returns the verify flags. Any goroutine.
func (c *Context) VerifyFlags() VerifyFlags {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flags
}

const knownFlags = VERIFY_CRL_CHECK_CHAIN | VERIFY_X509_STRICT | VERIFY_X509_TRUSTED_FIRST | VERIFY_X509_PARTIAL_CHAIN

// SetVerifyFlags replaces the verify flags. One that has no effect here,
// VERIFY_ALLOW_PROXY_CERTS for example, is a NotImplementedError.
func (c *Context) SetVerifyFlags(f VerifyFlags) error {
	if unknown := f &^ knownFlags; unknown != 0 {
		return &NotImplementedError{fmt.Sprintf("there is nothing for the verify flags 0x%x", uint64(unknown))}
	}
	return c.change(func() error { c.flags = f; return nil })
}

// SecurityLevel is OpenSSL's default, 2. It is only reported: crypto/tls has
// one level, its own. Any goroutine.
func (c *Context) SecurityLevel() int { return 2 }

// PostHandshakeAuth is false: crypto/tls does not know it. Any goroutine.
func (c *Context) PostHandshakeAuth() bool { return false }

// SetPostHandshakeAuth refuses to switch it on with a NotImplementedError.
func (c *Context) SetPostHandshakeAuth(on bool) error {
	if on {
		return &NotImplementedError{"crypto/tls has no post-handshake authentication"}
	}
	return nil
}

// SetNPNProtocols is a NotImplementedError: see HAS_NPN, and SetALPNProtocols.
func (c *Context) SetNPNProtocols(...string) error {
	return &NotImplementedError{"The NPN extension requires OpenSSL 1.0.1 or later."}
}

// SetALPNProtocols sets the application protocols to offer or accept, the
// preferred one first. Each has 1 to 255 bytes, and all together, with a byte
// each for the length, no more than 65535.
func (c *Context) SetALPNProtocols(protocols ...string) error {
	total := 0
	for _, p := range protocols {
		if p == "" || len(p) > 255 {
			return &Error{Kind: KindSSL, Op: "set_alpn_protocols", Err: errALPN}
		}
		total += 1 + len(p)
	}
	if total > 0xffff {
		return &ValueError{"ALPN protocols must not take more than 65535 bytes"}
	}
	return c.change(func() error { c.alpn = append([]string(nil), protocols...); return nil })
}
