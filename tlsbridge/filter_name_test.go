package tlsbridge_test

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestFilterServerName has connections of a stream server ask the callback,
// which swaps the context or refuses, and counts them.
func TestFilterServerName(t *testing.T) {
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		leak.Check(t)
		g, err := reactor.NewGroup(reactor.Config{Loops: 1})
		must(t, err)
		t.Cleanup(func() { must(t, g.Close()) })
		_, sctx := contexts(t, v)
		other := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
		other.AddCertificate(issue(t, certs.Leaf{Names: []string{"other.test"}}))
		must(t, sctx.SetServerNameCallback(func(c tlsbridge.NamedConn, name string, ctx *tlsbridge.Context) error {
			switch {
			case c.Context() != ctx:
				t.Error("another context")
			case name == "other.test":
				return c.SetContext(other)
			case name != serverName:
				return tlsbridge.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
			}
			return nil
		}))
		s, reasons := serveFilter(t, g, sctx, plainEcho)
		for _, name := range []string{serverName, "other.test"} {
			config, _ := stdConfigs(v)
			config.ServerName = name
			c := tls.Client(dialRaw(t, s), config)
			must(t, exchange(c, []byte("hello")))
			must(t, c.Close())
			must(t, reason(t, reasons))
		}
		config, _ := stdConfigs(v)
		config.ServerName = "nobody.test"
		if err := tls.Client(dialRaw(t, s), config).Handshake(); err == nil || !strings.Contains(err.Error(), "unrecognized name") {
			t.Error(err)
		}
		wantErr(t, reason(t, reasons), tlsbridge.KindSSL, "CALLBACK_FAILED")
		if got := sctx.SessionStats(); got.Accept != 3 || got.AcceptGood != 1 || other.SessionStats().AcceptGood != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// TestFilterSettings has a context that no connection can be made with.
func TestFilterSettings(t *testing.T) {
	leak.Check(t)
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	_, sctx := contexts(t, 0)
	must(t, sctx.SetMinimumVersion(tlsbridge.TLSv1_1))
	must(t, sctx.SetOptions(sctx.Options()|tlsbridge.OP_NO_TLSv1_2))
	s, reasons := serveFilter(t, g, sctx, plainEcho)
	config, _ := stdConfigs(tlsbridge.TLSv1_3)
	if err := tls.Client(dialRaw(t, s), config).Handshake(); err == nil {
		t.Error("a hole among the versions")
	}
	if err := reason(t, reasons); err == nil || !strings.Contains(err.Error(), "cannot leave out") {
		t.Error(err)
	}
}
