package engine_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"runtime"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// record runs a handshake and returns the bytes each side has received.
func recordFlights(t *testing.T, version uint16) (toClient, toServer []byte) {
	t.Helper()
	client, server := newPair(t, version, certs.ECDSAP256)
	for range 4 {
		_, errC := client.Handshake()
		out := take(client)
		toServer = append(toServer, out...)
		server.Feed(out)
		_, errS := server.Handshake()
		out = take(server)
		toClient = append(toClient, out...)
		client.Feed(out)
		if err := errors.Join(errC, errS); err != nil {
			t.Fatal(err)
		}
	}
	wantState(t, client, engine.StateOpen)
	return toClient, toServer
}

// partial runs a handshake until the given side was fed k bytes, and reports
// whether it came so far.
func partial(tested, peer *engine.Conn, k int) bool {
	for k > 0 {
		_, errT := tested.Handshake()
		peer.Feed(take(tested))
		_, errP := peer.Handshake()
		out := peer.Outgoing()
		if len(out) == 0 || errT != nil || errP != nil {
			return false
		}
		n := min(k, len(out))
		tested.Feed(out[:n])
		peer.Sent(n)
		k -= n
	}
	_, _ = tested.Handshake()
	return true
}

// eachCut calls run with the tested side of a handshake that was fed k bytes,
// for every k, both roles, both versions.
func eachCut(t *testing.T, run func(t *testing.T, c *engine.Conn, k int)) {
	t.Helper()
	for _, version := range versions {
		for _, role := range []string{"client", "server"} {
			t.Run(tls.VersionName(version)+"/"+role, func(t *testing.T) {
				for k := 0; ; k++ {
					c, peer := newPair(t, version, certs.ECDSAP256)
					if role == "server" {
						c, peer = peer, c
					}
					if !partial(c, peer, k) || c.State() == engine.StateOpen {
						t.Logf("%d cuts", k)
						return
					}
					run(t, c, k)
					peer.Abort()
				}
			})
		}
	}
}

func TestEOFAnywhereInHandshake(t *testing.T) {
	eachCut(t, func(t *testing.T, c *engine.Conn, k int) {
		t.Helper()
		c.FeedEOF()
		_, err := c.Handshake()
		if !errors.Is(err, engine.ErrTruncated) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut after %d bytes: %v", k, err)
		}
		wantState(t, c, engine.StateFailed)
		if _, again := c.Handshake(); again != err { //nolint:errorlint // the very same error
			t.Fatalf("cut after %d bytes: then %v", k, again)
		}
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, engine.ErrTruncated) {
			t.Fatalf("cut after %d bytes: Read: %v", k, err)
		}
	})
}

func TestAbortAnywhereInHandshake(t *testing.T) {
	before := runtime.NumGoroutine()
	eachCut(t, func(t *testing.T, c *engine.Conn, k int) {
		t.Helper()
		c.Abort()
		wantState(t, c, engine.StateAborted)
		if _, err := c.Handshake(); !errors.Is(err, net.ErrClosed) {
			t.Fatalf("abort after %d bytes: %v", k, err)
		}
		if len(c.Outgoing()) != 0 {
			t.Fatalf("abort after %d bytes: %d outgoing", k, len(c.Outgoing()))
		}
	})
	if got := runtime.NumGoroutine(); got != before {
		t.Errorf("%d goroutines, %d before", got, before)
	}
}

// TestEverythingAfterAbort calls each method on engines aborted in each state.
func TestEverythingAfterAbort(t *testing.T) {
	for name, reach := range reachStates(t) {
		t.Run(name, func(t *testing.T) {
			c := reach()
			if got := c.State().String(); got != name {
				t.Fatalf("state %v", got)
			}
			c.Abort()
			c.Abort()
			c.Feed([]byte("late"))
			c.Borrow([]byte("late"))
			c.Settle()
			c.FeedEOF()
			_, err := c.Read(make([]byte, 1))
			wantErr(t, err, engine.ErrAborted)
			_, err = c.Write([]byte("x"))
			wantErr(t, err, engine.ErrAborted)
			wantErr(t, c.CloseNotify(), engine.ErrAborted)
			if c.Buffered() != 0 || c.Pending() != 0 || len(c.Outgoing()) != 0 || c.TakeUnread() != nil {
				t.Error("an aborted engine holds bytes")
			}
			if err := c.Fill(); err != nil || !c.Readable() || c.PeerClosed() {
				t.Errorf("Fill: %v", err)
			}
			_ = c.ConnectionState()
		})
	}
}

// reachStates returns, by name, how to get an engine in each state but
// aborted.
func reachStates(t *testing.T) map[string]func() *engine.Conn {
	t.Helper()
	open := func() (client, server *engine.Conn) { return openPair(t, tls.VersionTLS13) }
	closed := func(c, peer *engine.Conn) *engine.Conn {
		_ = peer.CloseNotify()
		c.Feed(take(peer))
		_ = c.Fill()
		return c
	}
	return map[string]func() *engine.Conn{
		"idle": func() *engine.Conn {
			_, server := newPair(t, tls.VersionTLS13, certs.ECDSAP256)
			server.Feed([]byte{22, 3})
			return server
		},
		"handshaking": func() *engine.Conn {
			client, _ := newPair(t, tls.VersionTLS13, certs.ECDSAP256)
			_, _ = client.Handshake()
			return client
		},
		"open": func() *engine.Conn {
			client, server := open()
			client.Feed(seal(t, server, pattern(100)))
			_, _ = client.Read(make([]byte, 1))
			return client
		},
		"close-sent": func() *engine.Conn {
			client, _ := open()
			_ = client.CloseNotify()
			return client
		},
		"peer-closed": func() *engine.Conn { return closed(open()) },
		"truncated": func() *engine.Conn {
			client, _ := open()
			client.FeedEOF()
			_ = client.Fill()
			return client
		},
		"closed": func() *engine.Conn {
			client, server := open()
			_ = client.CloseNotify()
			return closed(client, server)
		},
		"failed": func() *engine.Conn {
			client, _ := open()
			client.Feed([]byte{23, 3, 3, 0, 30, 29: 0, 34: 1})
			_ = client.Fill()
			return client
		},
	}
}

// TestPanicInCallback checks that a panic reaches the owner and leaves no
// coroutine.
func TestPanicInCallback(t *testing.T) {
	cc, sc := configs(tls.VersionTLS13, certs.ECDSAP256)
	sc.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { panic("no certificate") }
	sc.Certificates = nil
	client, server := engine.NewClient(cc), engine.NewServer(sc)
	defer client.Abort()
	_, _ = client.Handshake()
	server.Feed(take(client))
	func() {
		defer func() {
			if got := recover(); got != "no certificate" {
				t.Errorf("recovered %v", got)
			}
		}()
		_, _ = server.Handshake()
	}()
	wantState(t, server, engine.StateFailed)
	if _, err := server.Handshake(); err == nil {
		t.Error("no error after the panic")
	}
}

// TestGoexitInCallback is the same for a callback that ends its goroutine, as
// testing.T.FailNow does.
func TestGoexitInCallback(t *testing.T) {
	cc, sc := configs(tls.VersionTLS13, certs.ECDSAP256)
	sc.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		runtime.Goexit()
		return nil, context.Canceled
	}
	client, server := engine.NewClient(cc), engine.NewServer(sc)
	defer client.Abort()
	_, _ = client.Handshake()
	server.Feed(take(client))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = server.Handshake()
	}()
	<-done
	wantState(t, server, engine.StateFailed)
}
