package engine_test

import (
	"crypto/tls"
	"errors"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// pausing returns a client and a server whose config asks for a pause as often
// as given, and then returns err.
func pausing(t *testing.T, version uint16, pauses int, err error) (client, server *engine.Conn, passed *int) {
	t.Helper()
	cc, sc := configs(version, certs.ECDSAP256)
	passed = new(int)
	sc.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		for range pauses {
			if !server.Pause() {
				return nil, engine.ErrAborted
			}
			*passed++
		}
		return nil, err
	}
	client, server = engine.NewClient(cc), engine.NewServer(sc)
	t.Cleanup(func() { client.Abort(); server.Abort() })
	_, _ = client.Handshake()
	server.Feed(take(client))
	return client, server, passed
}

// TestPause returns to the callback at each Handshake, without input.
func TestPause(t *testing.T) {
	for _, version := range versions {
		client, server, passed := pausing(t, version, 3, nil)
		for i := range 3 {
			if status, err := server.Handshake(); status != engine.WantRead || err != nil || *passed != i {
				t.Fatalf("%v, %v, passed %d", status, err, *passed)
			}
			wantState(t, server, engine.StateHandshaking)
		}
		if err := shake(client, server, 1<<20); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPauseAborted ends the callback.
func TestPauseAborted(t *testing.T) {
	_, server, passed := pausing(t, tls.VersionTLS13, 1, nil)
	_, _ = server.Handshake()
	server.Abort()
	if *passed != 0 {
		t.Error("the callback goes on")
	}
	wantState(t, server, engine.StateAborted)
	wantCoroutines(t, 1) // the client's
}

// TestSetAlert replaces crypto/tls's word for a failed callback.
func TestSetAlert(t *testing.T) {
	for _, version := range versions {
		for _, alert := range []int{-1, 0, 49, 112} {
			client, server, _ := pausing(t, version, 0, errors.New("callback's own"))
			want := byte(80)
			if alert >= 0 {
				want = byte(alert)
				server.SetAlert(want)
			}
			if _, err := server.Handshake(); err == nil {
				t.Fatal("no error")
			}
			out := take(server)
			if len(out) != 7 || out[6] != want {
				t.Fatalf("% x, want %d", out, want)
			}
			client.Feed(out)
			if _, err := client.Handshake(); err == nil {
				t.Error("the client goes on")
			}
		}
	}
}
