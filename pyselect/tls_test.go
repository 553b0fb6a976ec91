package pyselect_test

import (
	"errors"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/internal/waits"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

// wire is a TLS connection whose ciphertext passes through the test.
type wire struct {
	client, server         *tlsbridge.Socket
	clientSide, serverSide *fdsock.Socket // where the test takes and gives it
}

// newWire makes a connection and its handshake.
func newWire(t *testing.T, g *reactor.Group) *wire {
	t.Helper()
	client, server := tlsContexts(t)
	w := &wire{}
	var c, s *fdsock.Socket
	c, w.clientSide = pairOn(t, g)
	s, w.serverSide = pairOn(t, g)
	var err error
	w.client, err = client.Wrap(c, tlsbridge.Options{ServerHostname: "server.test"})
	must(t, err)
	w.server, err = server.Wrap(s, tlsbridge.Options{KeepRaggedEOFs: true})
	must(t, err)
	t.Cleanup(func() { must(t, w.client.Close()); must(t, w.server.Close()) })
	w.client.SetTimeout(0)
	w.server.SetTimeout(0)
	until(t, "the handshake completes", func() bool {
		one := handshake(t, w.client)
		w.pass(t, w.clientSide, w.serverSide)
		two := handshake(t, w.server)
		w.pass(t, w.serverSide, w.clientSide)
		return one && two
	})
	return w
}

// tlsContexts makes contexts of both sides that trust each other.
func tlsContexts(t *testing.T) (client, server *tlsbridge.Context) {
	t.Helper()
	ca, err := certs.NewAuthority(certs.Options{})
	must(t, err)
	leaf, err := ca.Issue(certs.Leaf{Names: []string{"server.test"}, Usage: certs.Server})
	must(t, err)
	server, err = tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_SERVER)
	must(t, err)
	server.AddCertificate(leaf.TLS())
	client, err = tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_CLIENT)
	must(t, err)
	must(t, client.LoadVerifyData(ca.PEM()))
	return client, server
}

func handshake(t *testing.T, s *tlsbridge.Socket) (done bool) {
	t.Helper()
	err := s.DoHandshake()
	if err != nil && !tlsbridge.SSLWantReadError(err) {
		t.Fatal(err)
	}
	return err == nil
}

// pass moves what there is from one side to the other.
func (w *wire) pass(t *testing.T, from, to *fdsock.Socket) {
	t.Helper()
	must(t, to.SendAll(take(t, from)))
}

// take takes the ciphertext there is.
func take(t *testing.T, from *fdsock.Socket) (taken []byte) {
	t.Helper()
	for {
		p, err := from.Recv(64<<10, fdsock.MSG_DONTWAIT)
		if fdsock.BlockingIOError(err) {
			return taken
		}
		must(t, err)
		if len(p) == 0 {
			return taken
		}
		taken = append(taken, p...)
	}
}

func recvTLS(t *testing.T, s *tlsbridge.Socket, n int) string {
	t.Helper()
	p, err := s.Recv(n)
	must(t, err)
	return string(p)
}

// TestTLSReadable is readable for plaintext, not for a fragment of a record.
//
//inventory:row select TLS
func TestTLSReadable(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		w := newWire(t, g)
		number := pyselect.FD(w.server.Fileno())
		both := list{w.server, number, w.server}
		for range 5 {
			ask(both, nil, both, 0).wants(t, nil, nil, nil)
			must(t, w.client.SendAll([]byte("hello")))
			record := take(t, w.clientSide)
			for i := range record[:len(record)-1] {
				must(t, w.serverSide.SendAll(record[i:i+1]))
				ask(both, nil, both, 0).wants(t, nil, nil, nil)
			}
			ask(list{w.server}, both, nil, 0).wants(t, nil, both, nil)
			must(t, w.serverSide.SendAll(record[len(record)-1:]))
			ask(both, nil, both, 0).wants(t, both, nil, nil)
			if text := recvTLS(t, w.server, 2); text != "he" {
				t.Fatalf("received %q", text)
			}
			if n := w.server.Pending(); n != 3 {
				t.Fatal("pending:", n)
			}
			ask(both, nil, both, 0).wants(t, both, nil, nil)
			ask(both, nil, nil, pyselect.Forever).wants(t, both, nil, nil)
			if text := recvTLS(t, w.server, 20); text != "llo" {
				t.Fatalf("received %q", text)
			}
		}
		ask(both, nil, both, soon).wants(t, nil, nil, nil)
	})
}

// TestTLSWait has a Select wait while the record comes in bit by bit.
func TestTLSWait(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		w := newWire(t, g)
		idle, _ := pairOn(t, g)
		must(t, w.client.SendAll([]byte("hello")))
		record := take(t, w.clientSide)
		selecting := begin(t, list{idle, w.server}, nil, nil, pyselect.Forever)
		for i := range record {
			until(t, "select waits", func() bool { return waits.Now.Load() == 1 || len(selecting) > 0 })
			if len(selecting) > 0 {
				t.Fatalf("ready after %d bytes of %d", i, len(record))
			}
			must(t, w.serverSide.SendAll(record[i:i+1]))
		}
		receive(t, selecting, "the answer").wants(t, list{w.server}, nil, nil)
		if text := recvTLS(t, w.server, 20); text != "hello" {
			t.Fatalf("received %q", text)
		}
	})
}

// TestTLSTwoSelects watch the same connection: both are told.
func TestTLSTwoSelects(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		w := newWire(t, g)
		for range 10 {
			one := begin(t, list{w.server}, nil, nil, patience)
			two := begin(t, list{pyselect.FD(w.server.Fileno())}, nil, nil, patience)
			must(t, w.client.SendAll([]byte("x")))
			w.pass(t, w.clientSide, w.serverSide)
			receive(t, one, "the first answer").wants(t, list{w.server}, nil, nil)
			receive(t, two, "the second answer").wants(t, list{pyselect.FD(w.server.Fileno())}, nil, nil)
			recvTLS(t, w.server, 20)
		}
	})
}

// TestTLSEnds is readable when the end or an error waits, and Recv says which.
//
//inventory:row select TLS
func TestTLSEnds(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		for name, end := range map[string]func(w *wire) (eof bool){
			"cut": func(w *wire) bool { must(t, w.serverSide.Shutdown(fdsock.SHUT_WR)); return false },
			"garbage": func(w *wire) bool {
				must(t, w.serverSide.SendAll([]byte("this is no record at all")))
				return false
			},
			"close-notify": func(w *wire) bool {
				if _, err := w.client.Unwrap(); !tlsbridge.SSLWantReadError(err) {
					t.Error(err)
				}
				w.pass(t, w.clientSide, w.serverSide)
				return true
			},
		} {
			t.Run(name, func(t *testing.T) {
				w := newWire(t, g)
				waiting := begin(t, list{w.server}, nil, nil, patience)
				eof := end(w)
				receive(t, waiting, "the answer").wants(t, list{w.server}, nil, nil)
				ask(list{w.server}, nil, nil, 0).wants(t, list{w.server}, nil, nil)
				p, err := w.server.Recv(10)
				if len(p) != 0 || (err == nil) != eof {
					t.Errorf("%q, %v", p, err)
				}
			})
		}
	})
}

// TestTLSClosed ends the wait.
func TestTLSClosed(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		w := newWire(t, g)
		waiting := begin(t, list{w.server}, nil, nil, patience)
		must(t, w.server.Close())
		err := receive(t, waiting, "the answer").err
		var e *pyselect.Error
		if !errors.As(err, &e) {
			t.Error(err)
		}
	})
}
