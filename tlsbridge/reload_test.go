package tlsbridge_test

import (
	"crypto/tls"
	"errors"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestReload changes a server's certificate while it serves.
func TestReload(t *testing.T) {
	leak.Check(t)
	names := []string{serverName, "first.test"}
	var loadErr error
	protocol := tlsbridge.PROTOCOL_TLS_SERVER
	load := func() (*tlsbridge.Context, error) {
		if loadErr != nil {
			return nil, loadErr
		}
		c, err := tlsbridge.NewContext(protocol)
		if err == nil && protocol == tlsbridge.PROTOCOL_TLS_SERVER {
			c.AddCertificate(issue(t, certs.Leaf{Names: names, Usage: certs.Server}))
		}
		return c, err
	}
	r, err := tlsbridge.NewReloader(tlsbridge.FilterConfig{}, load)
	must(t, err)
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	s, _ := serveWith(t, g, r.Filter(), plainEcho)
	wantName := func(name string) *tls.Conn {
		t.Helper()
		c := dialTLS(t, s, 0)
		if got := c.ConnectionState().PeerCertificates[0].DNSNames; len(got) != 2 || got[1] != name {
			t.Errorf("the certificate has %q, want %s", got, name)
		}
		must(t, exchange(c, []byte("hello")))
		return c
	}
	old := wantName("first.test")

	names = []string{serverName, "second.test"}
	wantName("first.test")
	must(t, r.Reload())
	wantName("second.test")
	must(t, exchange(old, []byte("still here")))

	before := r.Context()
	loadErr = errors.New("no such file")
	if err := r.Reload(); !errors.Is(err, loadErr) {
		t.Error(err)
	}
	loadErr, protocol = nil, tlsbridge.PROTOCOL_TLS_CLIENT
	if err := r.Reload(); err == nil {
		t.Error("a client's context is taken, without a name to check")
	}
	if r.Context() != before {
		t.Error("the context has changed without a new one")
	}
	wantName("second.test")
	if _, err := tlsbridge.NewReloader(tlsbridge.FilterConfig{}, load); err == nil {
		t.Error("a reloader without a context")
	}
}
