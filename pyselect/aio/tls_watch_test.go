package aio_test

import (
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/pyselect/aio"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestUpgraded has a reader for a plain socket replaced by one for the TLS socket
// that it has become, with a writer beside it that comes and goes: from then on
// plaintext counts.
func TestUpgraded(t *testing.T) {
	ca, err := certs.NewAuthority(certs.Options{})
	must(t, err)
	leaf, err := ca.Issue(certs.Leaf{Names: []string{"server.test"}, Usage: certs.Server})
	must(t, err)
	theirs, err := tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_SERVER)
	must(t, err)
	theirs.AddCertificate(leaf.TLS())
	ours, err := tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_CLIENT)
	must(t, err)
	must(t, ours.LoadVerifyData(ca.PEM()))
	loops(t, func(t *testing.T, l *aio.Loop) {
		a, b := pair(t)
		a.SetBlocking(true)
		b.SetBlocking(true)
		must(t, l.AddReader(b, func() error { t.Error("the plain socket's reader is called"); return nil }))
		client, err := ours.Wrap(a, tlsbridge.Options{ServerHostname: "server.test"})
		must(t, err)
		server, err := theirs.Wrap(b, tlsbridge.Options{})
		must(t, err)
		done := make(chan error, 1)
		go func() { done <- client.DoHandshake() }()
		must(t, server.DoHandshake())
		must(t, <-done)
		reads := 0
		must(t, l.AddReader(server, func() error { reads++; return nil }))
		must(t, client.SendAll([]byte("hello")))
		_, err = server.Recv(2) // the kernel has nothing any more
		must(t, err)
		spin(t, l, 1)
		must(t, l.AddWriter(server, func() error { return nil }))
		l.RemoveWriter(server)
		spin(t, l, 1)
		if reads != 2 {
			t.Errorf("%d calls of the reader, want 2", reads)
		}
		l.RemoveReader(server)
		spin(t, l, 1)
	})
}
