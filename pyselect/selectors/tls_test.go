package selectors_test

import (
	"runtime"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/selectors"
	"github.com/pollux-net/pollux/tlsbridge"
)

// wrap puts TLS on both ends of a new pair, of which registered has seen the
// server's before.
func wrap(t *testing.T, registered func(o selectors.Object)) (client, server *tlsbridge.Socket) {
	t.Helper()
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
	a, b := pair(t)
	registered(b)
	client, err = ours.Wrap(a, tlsbridge.Options{ServerHostname: "server.test"})
	must(t, err)
	server, err = theirs.Wrap(b, tlsbridge.Options{})
	must(t, err)
	done := make(chan error, 1)
	go func() { done <- client.DoHandshake() }()
	must(t, server.DoHandshake())
	must(t, <-done)
	return client, server
}

// TestModifyUpgraded registers a socket, and modifies it as the TLS socket that
// it has become: plaintext counts from then on, whatever the events are.
func TestModifyUpgraded(t *testing.T) {
	every(t, func(t *testing.T, s selectors.Selector) {
		for _, events := range []int{read, read | write} {
			client, server := wrap(t, func(o selectors.Object) { register(t, s, o, read, "plain") })
			key, err := s.Modify(server, events, "tls")
			must(t, err)
			if key != (selectors.SelectorKey{Fileobj: server, FD: server.Fileno(), Events: events, Data: "tls"}) {
				t.Error("the key is ", key)
			}
			if found, err := s.GetKey(server); err != nil || found != key {
				t.Error(found, err)
			}
			must(t, client.SendAll([]byte("hello")))
			ask(s, patience).wants(t, selectors.Ready{Key: key, Events: events})
			_, err = server.Recv(2)
			must(t, err)
			if _, queue := s.(interface{ Fileno() int }); !queue || runtime.GOOS == "linux" { // a kqueue knows of no plaintext
				ask(s, patience).wants(t, selectors.Ready{Key: key, Events: events})
			}
			// A number names who is there, and takes nobody's place.
			key, err = s.Modify(pyselect.FD(key.FD), read, nil)
			must(t, err)
			if key.Fileobj != selectors.Object(server) {
				t.Error("the key is ", key)
			}
			_, err = server.Recv(10)
			must(t, err)
			ask(s, 0).wants(t)
			_, err = s.Unregister(server)
			must(t, err)
		}
	})
}
