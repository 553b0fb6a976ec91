package tlsbridge_test

import (
	"errors"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

// inCallback has a server's handshake wait in its server name callback until
// the answer is given, and returns the server, its peer and the outcome.
func inCallback(t *testing.T, v tlsbridge.TLSVersion) (server, client *tlsbridge.Socket, answer func(error), outcome <-chan error) {
	t.Helper()
	cctx, sctx := contexts(t, v)
	reached, answers, done := make(chan bool), make(chan error, 1), make(chan error, 1)
	must(t, sctx.SetServerNameCallback(func(tlsbridge.NamedConn, string, *tlsbridge.Context) error {
		reached <- true
		return <-answers
	}))
	a, b := socketpair(t)
	client, server = wrap(t, a, b, cctx, sctx)
	client.SetTimeout(0)
	if err := client.DoHandshake(); !tlsbridge.SSLWantReadError(err) {
		t.Fatal(err)
	}
	server.SetTimeout(0)
	go func() { done <- server.DoHandshake() }()
	<-reached
	return server, client, func(err error) { answers <- err }, done
}

// TestSecondDuringHandshake has other goroutines receive, send and shake hands
// while one, on the same nonblocking socket, is in the middle of a handshake:
// they are told to come again, at once, whatever the peer does meanwhile.
func TestSecondDuringHandshake(t *testing.T) {
	for name, meanwhile := range map[string]func(client *tlsbridge.Socket) error{
		"silent": func(*tlsbridge.Socket) error { return nil },
		"gone":   func(c *tlsbridge.Socket) error { return c.Socket().Shutdown(fdsock.SHUT_WR) },
		"early":  func(c *tlsbridge.Socket) error { return c.Socket().SendAll([]byte{21, 3, 3, 0, 2, 1, 90}) },
	} {
		t.Run(name, func(t *testing.T) {
			versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
				server, client, answer, outcome := inCallback(t, v)
				must(t, meanwhile(client))
				called := make(chan error)
				go func() {
					for range 2 {
						_, err := server.RecvInto(make([]byte, 8))
						called <- err
						_, err = server.Send([]byte("x"))
						called <- err
						called <- server.DoHandshake()
					}
				}()
				for range 6 { // the callback has not returned
					if err := <-called; !tlsbridge.SSLWantReadError(err) {
						t.Error(err)
					}
				}
				answer(nil)
				if err := <-outcome; err == nil {
					t.Error("the handshake is over without the client")
				}
			})
		})
	}
}

// TestSecondHearsOfRefusal has a second goroutine, on a blocking socket, wait
// for a handshake that the first one's callback refuses: the peer sends
// nothing, so nothing but the first can wake it.
func TestSecondHearsOfRefusal(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		server, _, answer, outcome := inCallback(t, v)
		server.SetTimeout(fdsock.NoTimeout)
		reading := make(chan error, 1)
		go func() { _, err := server.RecvInto(make([]byte, 8)); reading <- err }()
		untilWaiting(t)
		answer(errors.New("no"))
		for _, c := range []<-chan error{outcome, reading} {
			wantErr(t, <-c, tlsbridge.KindSSL, "CALLBACK_FAILED")
		}
	})
}
