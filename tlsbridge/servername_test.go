package tlsbridge_test

import (
	"errors"
	"net"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge"
)

// callbackContexts returns a client's and a server's context, and another one
// of the server with a certificate for "other.test".
func callbackContexts(t *testing.T, v tlsbridge.TLSVersion) (client, server, other *tlsbridge.Context) {
	t.Helper()
	client, server = contexts(t, v)
	other = newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	other.AddCertificate(issue(t, certs.Leaf{Names: []string{"other.test"}}))
	return client, server, other
}

// TestServerNameSwapsContext answers each name with its own certificate, in
// every mode and both versions.
//
//inventory:row SSLContext.sni_callback
//inventory:row SSLSocket.context
func TestServerNameSwapsContext(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, m := range modes {
			cctx, sctx, other := callbackContexts(t, v)
			var asked string
			must(t, sctx.SetServerNameCallback(func(c tlsbridge.NamedConn, name string, ctx *tlsbridge.Context) error {
				asked = name
				s := c.(*tlsbridge.Socket)
				if ctx != sctx || s.Context() != sctx || s.Version() != "" || s.Session() != nil { // no lock is held
					t.Error("the callback is told something else")
				}
				return c.SetContext(other)
			}))
			a, b := socketpair(t)
			client, err := cctx.Wrap(a, tlsbridge.Options{ServerHostname: "other.test"})
			must(t, err)
			server, err := sctx.Wrap(b, tlsbridge.Options{})
			must(t, err)
			client.SetTimeout(m.timeout)
			server.SetTimeout(m.timeout)
			both(t, func() error { return handshake(client) }, func() error { return handshake(server) })
			if asked != "other.test" || server.Context() != other || len(client.PeerCertificates()) == 0 {
				t.Errorf("asked for %q", asked)
			}
			must(t, client.Close())
			must(t, server.Close())
		}
	})
}

// TestServerNameNone asks for no name, and for an address, which is none.
//
//inventory:row SSLContext.sni_callback
func TestServerNameNone(t *testing.T) {
	begin(t)
	for _, host := range []string{"", "127.0.0.1"} {
		cctx, sctx := contexts(t, 0)
		cctx.SetCheckHostname(false)
		asked := "x"
		must(t, sctx.SetServerNameCallback(func(_ tlsbridge.NamedConn, name string, _ *tlsbridge.Context) error { asked = name; return nil }))
		if errC, errS := meet(t, cctx, sctx, host); errC != nil || errS != nil || asked != "" {
			t.Errorf("%q: %q, %v, %v", host, asked, errC, errS)
		}
		must(t, sctx.SetServerNameCallback(nil))
		asked = "x"
		if errC, errS := meet(t, cctx, sctx, host); errC != nil || errS != nil || asked != "x" {
			t.Error("a callback that was removed is called")
		}
	}
}

// TestServerNameAlerts has the callback refuse.
//
//inventory:row SSLContext.sni_callback
func TestServerNameAlerts(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		failure := errors.New("callback's own")
		for _, c := range []struct {
			err   error
			alert string
		}{
			{tlsbridge.ALERT_DESCRIPTION_ACCESS_DENIED, "TLSV1_ALERT_ACCESS_DENIED"},
			{tlsbridge.ALERT_DESCRIPTION_UNRECOGNIZED_NAME, "TLSV1_UNRECOGNIZED_NAME"},
			{tlsbridge.ALERT_DESCRIPTION_INTERNAL_ERROR, "TLSV1_ALERT_INTERNAL_ERROR"},
			{failure, "SSLV3_ALERT_HANDSHAKE_FAILURE"},
		} {
			cctx, sctx := contexts(t, v)
			must(t, sctx.SetServerNameCallback(func(tlsbridge.NamedConn, string, *tlsbridge.Context) error { return c.err }))
			errC, errS := meet(t, cctx, sctx, serverName)
			wantErr(t, errC, tlsbridge.KindSSL, c.alert)
			wantErr(t, errS, tlsbridge.KindSSL, "CALLBACK_FAILED")
			wantErrors(t, errS, c.err)
		}
	})
}

// TestServerNameErrors is what cannot be done.
//
//inventory:row SSLContext.set_servername_callback
func TestServerNameErrors(t *testing.T) {
	begin(t)
	client := newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT)
	wantValueError(t, client.SetServerNameCallback(nil), "sni_callback cannot be set on TLS_CLIENT context")
	_, server := contexts(t, 0)
	_, b := socketpair(t)
	s, err := server.Wrap(b, tlsbridge.Options{})
	must(t, err)
	wantValueError(t, s.SetContext(client), "the context is for the other side")
	closeAfter(t, s)
	var typed *tlsbridge.TypeError
	if err := s.SetContext(nil); !errors.As(err, &typed) || typed.Text != "The value must be a SSLContext" {
		t.Error(err)
	}
	if server.ServerNameCallback() != nil {
		t.Error("a callback that nobody has set")
	}
}

// TestServerNamePanics lets the callback panic: the panic is the caller's, and
// the socket can still be closed.
func TestServerNamePanics(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	must(t, sctx.SetServerNameCallback(func(tlsbridge.NamedConn, string, *tlsbridge.Context) error { panic("mine") }))
	a, b := socketpair(t)
	client, server := wrap(t, a, b, cctx, sctx)
	client.SetTimeout(0)
	_ = client.DoHandshake()
	func() {
		defer func() {
			if recover() != "mine" {
				t.Error("no panic")
			}
		}()
		_ = server.DoHandshake()
	}()
	wantErr(t, server.DoHandshake(), tlsbridge.KindSSL, "CALLBACK_FAILED")
	must(t, server.Close())
}

// TestServerNameClosed closes the socket inside its callback.
func TestServerNameClosed(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	must(t, sctx.SetServerNameCallback(func(c tlsbridge.NamedConn, _ string, _ *tlsbridge.Context) error {
		return c.(*tlsbridge.Socket).Close()
	}))
	a, b := socketpair(t)
	client, server := wrap(t, a, b, cctx, sctx)
	client.SetTimeout(0)
	_ = client.DoHandshake()
	wantErrors(t, server.DoHandshake(), net.ErrClosed)
}

// TestALPNAnswers chooses as the server prefers, or nothing at all.
//
//inventory:row SSLSocket.selected_alpn_protocol
//inventory:row SSLContext.set_alpn_protocols
func TestALPNAnswers(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, c := range []struct {
			client, server []string
			want           string
		}{
			{[]string{"a", "b"}, []string{"b", "a"}, "b"},
			{[]string{"a"}, []string{"b"}, ""},
			{[]string{"h2"}, nil, ""},
			{nil, []string{"h2"}, ""},
		} {
			cctx, sctx := contexts(t, v)
			must(t, cctx.SetALPNProtocols(c.client...))
			must(t, sctx.SetALPNProtocols(c.server...))
			client, server := pair(t, cctx, sctx)
			if client.SelectedALPNProtocol() != c.want || server.SelectedALPNProtocol() != c.want {
				t.Error(c, client.SelectedALPNProtocol(), server.SelectedALPNProtocol())
			}
		}
	})
	c := newContext(t, tlsbridge.PROTOCOL_TLS)
	long := string(make([]byte, 255))
	must(t, c.SetALPNProtocols(long))
	for _, bad := range []string{"", long + "x"} {
		err := c.SetALPNProtocols("ok", bad)
		var e *tlsbridge.Error
		if !errors.As(err, &e) || e.Err.Error() != "ALPN protocols must be 1 to 255 in length" {
			t.Error(err)
		}
	}
	many := make([]string, 257)
	for i := range many {
		many[i] = long
	}
	wantValueError(t, c.SetALPNProtocols(many...), "ALPN protocols must not take more than 65535 bytes")
}

// TestContextSetter gives a server another context before its handshake, where
// it counts, and after it, where an unverified peer must not look verified.
func TestContextSetter(t *testing.T) {
	begin(t)
	cctx, sctx, other := callbackContexts(t, 0)
	cctx.SetCheckHostname(false)
	cctx.AddCertificate(pki().client.TLS())
	a, b := socketpair(t)
	client, server := wrap(t, a, b, cctx, sctx)
	must(t, server.SetContext(other))
	client.SetTimeout(0)
	server.SetTimeout(0)
	must(t, shake(client, server))
	if client.PeerCertificates()[0].DNSNames[0] != "other.test" || server.Context() != other {
		t.Error("the context was not changed")
	}
	trusting, err := tlsbridge.CreateUnverifiedContext(tlsbridge.PROTOCOL_TLS)
	must(t, err)
	client, _ = pair(t, trusting, sctx)
	must(t, client.SetContext(cctx))
	if peer, err := client.GetPeerCert(); err != nil || !peer.Empty() || client.VerifiedChain() != nil || client.Context() != cctx {
		t.Error("a late context makes the peer verified:", peer, err)
	}
	must(t, trusting.SetVerifyMode(tlsbridge.CERT_REQUIRED))
	if peer, err := client.GetPeerCert(); err != nil || !peer.Empty() {
		t.Error("a late verify mode makes the peer verified:", peer, err)
	}
}
