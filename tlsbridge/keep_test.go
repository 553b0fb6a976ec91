package tlsbridge_test

import (
	"crypto/tls"
	"io"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/forge"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestServerNameKeepsVerifyMode has a server name callback choose a context
// that asks for no certificate: the connection's does, as in Python.
func TestServerNameKeepsVerifyMode(t *testing.T) {
	begin(t)
	_, base := contexts(t, 0)
	must(t, base.LoadVerifyData(pki().authority.PEM()))
	must(t, base.SetVerifyMode(tlsbridge.CERT_REQUIRED))
	_, other := contexts(t, 0)
	must(t, other.LoadVerifyData(pki().authority.PEM()))
	must(t, base.SetServerNameCallback(func(c tlsbridge.NamedConn, _ string, _ *tlsbridge.Context) error { return c.SetContext(other) }))
	for _, with := range []bool{false, true} {
		cctx, _ := contexts(t, 0)
		if with {
			cctx.AddCertificate(pki().client.TLS())
		}
		if _, err := meet(t, cctx, base, serverName); (err == nil) != with {
			t.Errorf("with a certificate %v: %v", with, err)
		}
	}
}

// TestDropKeepsPlaintext takes TLS off before the handshake, on servers that
// ask for certificates: what comes then is plaintext.
func TestDropKeepsPlaintext(t *testing.T) {
	begin(t)
	for _, mode := range []tlsbridge.VerifyMode{tlsbridge.CERT_NONE, tlsbridge.CERT_OPTIONAL, tlsbridge.CERT_REQUIRED} {
		_, sctx := contexts(t, 0)
		must(t, sctx.SetVerifyMode(mode))
		a, b := socketpair(t)
		s, err := sctx.Wrap(b, tlsbridge.Options{})
		must(t, err)
		closeAfter(t, s)
		s.Drop().SetTimeout(patience)
		must(t, a.SendAll([]byte("plaintext")))
		if got, err := s.Recv(100); string(got) != "plaintext" || err != nil {
			t.Errorf("%v: %q, %v", mode, got, err)
		}
	}
}

// TestUnwrapTooEarly unwraps before the handshake, which fails, and can still
// be made.
func TestUnwrapTooEarly(t *testing.T) {
	begin(t)
	for _, mode := range []tlsbridge.VerifyMode{tlsbridge.CERT_NONE, tlsbridge.CERT_OPTIONAL} {
		cctx, sctx := contexts(t, 0)
		must(t, sctx.SetVerifyMode(mode))
		client, server := unblocked(t, cctx, sctx)
		wantErr(t, client.DoHandshake(), tlsbridge.KindWantRead, "")
		if _, err := server.Unwrap(); err == nil {
			t.Errorf("%v: unwrapped", mode)
		}
		must(t, shake(client, server))
	}
}

// TestEarlyOrder has what Open has written come before what Established writes.
func TestEarlyOrder(t *testing.T) {
	leak.Check(t)
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	_, sctx := contexts(t, 0)
	f := sctx.FilterWith(tlsbridge.FilterConfig{Established: func(c *stream.Conn) { c.WriteString("second") }})
	s, _ := serveWith(t, g, f, func() *events {
		return &events{open: func(c *stream.Conn) { c.WriteString("first ") }}
	})
	got := make([]byte, len("first second"))
	_, err = io.ReadFull(dialTLS(t, s, tls.VersionTLS13), got)
	if string(got) != "first second" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestFilterIgnoresEOF has an end without farewell be an end, if the option
// says so.
func TestFilterIgnoresEOF(t *testing.T) {
	for _, ignore := range []bool{false, true} {
		g, err := reactor.NewGroup(reactor.Config{Loops: 1})
		must(t, err)
		t.Cleanup(func() { must(t, g.Close()) })
		_, sctx := contexts(t, 0)
		if ignore {
			must(t, sctx.SetOptions(sctx.Options()|tlsbridge.OP_IGNORE_UNEXPECTED_EOF))
		}
		s, reasons := serveFilter(t, g, sctx, plainEcho)
		c := dialTLS(t, s, tls.VersionTLS13)
		must(t, exchange(c, []byte("x")))
		must(t, c.NetConn().Close())
		if err := reason(t, reasons); (err == nil) != ignore {
			t.Errorf("ignoring %v: closed with %v", ignore, err)
		}
	}
}

// keyUpdates are n requests for a key update, with a byte of data after every
// ten, for crypto/tls allows no more in a row.
func keyUpdates(t *testing.T, keyLog string, n int) []byte {
	t.Helper()
	s := forge.New(t, forge.Logged(keyLog, "CLIENT_TRAFFIC_SECRET_0"))
	var wire []byte
	for i := range n {
		wire = append(wire, s.Seal(22, []byte{24, 0, 0, 1, 1}, 0)...)
		s = s.Updated(t)
		if i%10 == 9 {
			wire = append(wire, s.Seal(23, []byte("x"), 0)...)
		}
	}
	return wire
}

// TestKeyUpdateFlood has a peer ask for key updates and take no answers: they
// are bounded, and the socket then wants to send before it reads on.
func TestKeyUpdateFlood(t *testing.T) {
	begin(t)
	config, _ := stdConfigs(tls.VersionTLS13)
	var log strings.Builder
	config.KeyLogWriter = &log
	_, sctx := contexts(t, 0)
	a, b := socketpair(t)
	s, err := sctx.Wrap(b, tlsbridge.Options{})
	must(t, err)
	closeAfter(t, s)
	conn, err := a.Conn()
	must(t, err)
	peer := tls.Client(conn, config)
	both(t, peer.Handshake, s.DoHandshake)
	if peer.ConnectionState().CipherSuite != tls.TLS_AES_128_GCM_SHA256 {
		t.Skip("crypto/tls has chosen another suite than the one that is spoken here")
	}
	a.SetTimeout(0)
	for wire := keyUpdates(t, log.String(), 40_000); len(wire) > 0; {
		n, _ := a.TrySend(wire)
		wire = wire[n:]
		for err = nil; err == nil; {
			_, err = s.TryRecv(make([]byte, 100))
		}
		if tlsbridge.SSLWantWriteError(err) {
			return
		}
		if !tlsbridge.SSLWantReadError(err) {
			t.Fatal(err)
		}
	}
	t.Error("all was answered, and nothing of it taken")
}
