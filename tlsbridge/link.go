package tlsbridge

import (
	"crypto/tls"

	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// link is what a connection has of its context, and what crypto/tls's
// callbacks leave for it. The connection's lock guards it.
type link struct {
	rules  *rules   // what the handshake goes by
	ctx    *Context // what Context returns; another than the rules' if set too late
	chosen bool     // a server's rules are settled: it has answered the hello
	server bool
	host   string // the server's name, a client's only

	conn     NamedConn    // what a server name callback is given
	question *question    // the server name callback to be made
	pause    func() bool  // suspends the handshake
	alert    func(a byte) // what the peer is told when hello fails

	shared  []*suite // the suites of the client that are ours too
	preset  *Session // what a client has asked to resume
	latest  *tls.ClientSessionState
	session *Session // made of it on demand
	begun   bool     // counted in the statistics
	done    bool
}

// newLink checks a connection's settings and returns its link.
func (c *Context) newLink(side Side, host string) (*link, error) {
	r, err := c.current()
	if err != nil {
		return nil, err
	}
	server := side == ServerSide || side == SideOfContext && c.protocol == PROTOCOL_TLS_SERVER
	switch {
	case server && c.protocol == PROTOCOL_TLS_CLIENT:
		return nil, &Error{Kind: KindSSL, Op: "wrap", Err: errServerOfClient}
	case !server && c.protocol == PROTOCOL_TLS_SERVER:
		return nil, &Error{Kind: KindSSL, Op: "wrap", Err: errClientOfServer}
	}
	if host, err = asciiHost(host); err != nil {
		return nil, err
	}
	if !server && r.checkHostname && host == "" {
		return nil, &ValueError{"check_hostname requires server_hostname"}
	}
	return &link{rules: r, ctx: c, server: server, host: host}, nil
}

// engine makes the connection's engine.
func (l *link) engine() *engine.Conn {
	var e *engine.Conn
	if l.server {
		e = engine.NewServer(l.rules.server)
	} else {
		e = engine.NewClient(l.clientConfig())
	}
	e.SetAddrs(nil, owner{l})
	l.pause, l.alert = e.Pause, e.SetAlert
	return e
}

// clientConfig is the context's config with what is one client's own.
func (l *link) clientConfig() *tls.Config {
	r := l.rules
	config := r.client.Clone()
	config.ServerName = l.host
	config.ClientSessionCache = sessionSlot{l}
	config.VerifyConnection = func(cs tls.ConnectionState) error { return r.verifyServer(l.host, cs) }
	return config
}

// sharedSuites finds ours among a client's, in its order.
func (r *rules) sharedSuites(ids []uint16) []*suite {
	var list []*suite
	for _, id := range ids {
		s := suiteByID(id)
		if s == nil {
			continue
		}
		if s.is&sinceTLS13 != 0 {
			list = append(list, s)
			continue
		}
		for _, ours := range r.suites {
			if ours == s {
				list = append(list, s)
			}
		}
	}
	return list
}
