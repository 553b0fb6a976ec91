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
// for every k, both roles, both versions; under the race detector for every
// fifth.
func eachCut(t *testing.T, run func(t *testing.T, c *engine.Conn, k int)) {
	t.Helper()
	step := 1
	if raceEnabled {
		step = 5
	}
	for _, version := range versions {
		for _, role := range []string{"client", "server"} {
			t.Run(tls.VersionName(version)+"/"+role, func(t *testing.T) {
				for k := 0; ; k += step {
					c, peer := newPair(t, version, certs.ECDSAP256)
					if role == "server" {
						c, peer = peer, c
					}
					if !partial(c, peer, k) || c.State() == engine.StateOpen {
						t.Logf("cuts up to %d", k)
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
	eachCut(t, func(t *testing.T, c *engine.Conn, k int) {
		t.Helper()
		c.Abort() // by steps elsewhere; inline ones below
		wantState(t, c, engine.StateAborted)
		if _, err := c.Handshake(); !errors.Is(err, net.ErrClosed) {
			t.Fatalf("abort after %d bytes: %v", k, err)
		}
		if len(c.Outgoing()) != 0 {
			t.Fatalf("abort after %d bytes: %d outgoing", k, len(c.Outgoing()))
		}
	})
	wantCoroutines(t, 0)
}

func TestAbortInline(t *testing.T) {
	client, server := newPair(t, tls.VersionTLS13, certs.ECDSAP256)
	for _, c := range []*engine.Conn{client, server} {
		c.SetInline(true)
		_, _ = c.Handshake()
		server.Feed(take(client))
	}
	client.Abort()
	server.Abort()
	wantCoroutines(t, 0)
}

// TestAbortOnLockedThread unwinds from a goroutine that the runtime would not
// let resume the coroutine itself.
func TestAbortOnLockedThread(t *testing.T) {
	client, _ := newPair(t, tls.VersionTLS13, certs.ECDSAP256)
	_, _ = client.Handshake()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		client.Abort()
	}()
	<-done
	wantCoroutines(t, 0)
}

// TestNothingIsSentAfterAbort writes to the connection of an error that came
// before.
func TestNothingIsSentAfterAbort(t *testing.T) {
	_, server := newPair(t, tls.VersionTLS13, certs.ECDSAP256)
	server.Feed([]byte("GET / HTTP/1.0"))
	_, err := server.Handshake()
	var header tls.RecordHeaderError
	if !errors.As(err, &header) {
		t.Fatal(err)
	}
	server.Abort()
	if n, err := io.WriteString(header.Conn, "late"); n != 4 || err != nil || len(server.Outgoing()) != 0 {
		t.Errorf("Write: %d, %v, %d outgoing", n, err, len(server.Outgoing()))
	}
}

// TestErrorsAreNetErrors checks what crypto/tls and callers ask of the
// would-block errors.
func TestErrorsAreNetErrors(t *testing.T) {
	for _, err := range []error{engine.ErrWantRead, engine.ErrWantWrite} {
		var ne net.Error
		if !errors.As(err, &ne) || ne.Timeout() || err.Error() == "" {
			t.Errorf("%v", err)
		}
		var temporary interface{ Temporary() bool }
		if !errors.As(err, &temporary) || !temporary.Temporary() {
			t.Errorf("%v is not temporary", err)
		}
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

// failingServer returns a server engine with a whole hello, whose config calls
// back.
func failingServer(t *testing.T, inline bool, callback func()) *engine.Conn {
	t.Helper()
	cc, sc := configs(tls.VersionTLS13, certs.ECDSAP256)
	sc.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		callback()
		return nil, context.Canceled
	}
	client, server := engine.NewClient(cc), engine.NewServer(sc)
	server.SetInline(inline)
	_, _ = client.Handshake()
	server.Feed(take(client))
	client.Abort()
	return server
}

// TestPanicInCallback checks that a panic reaches the owner and leaves no
// coroutine.
func TestPanicInCallback(t *testing.T) {
	for _, inline := range []bool{false, true} {
		server := failingServer(t, inline, func() { panic("in the callback") })
		func() {
			defer func() {
				if got := recover(); got != "in the callback" {
					t.Errorf("recovered %v", got)
				}
			}()
			_, _ = server.Handshake()
		}()
		wantState(t, server, engine.StateFailed)
		if _, err := server.Handshake(); err == nil {
			t.Error("no error after the panic")
		}
		wantCoroutines(t, 0)
	}
}

// TestGoexitInCallback is the same for a callback that ends its goroutine, as
// testing.T.FailNow does.
func TestGoexitInCallback(t *testing.T) {
	for _, inline := range []bool{false, true} {
		server := failingServer(t, inline, runtime.Goexit)
		done := make(chan error)
		go func() {
			defer close(done)
			_, err := server.Handshake()
			done <- err
		}()
		if err, came := <-done; came == inline || came && err == nil {
			t.Errorf("inline %v: Handshake returned: %v, with %v", inline, came, err)
		}
		wantState(t, server, engine.StateFailed)
		wantCoroutines(t, 0)
	}
}
