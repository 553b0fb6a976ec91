package engine_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// eachKind runs a test for every protocol version and key type.
func eachKind(t *testing.T, run func(t *testing.T, version uint16, kt certs.KeyType)) {
	t.Helper()
	for _, version := range versions {
		for _, kt := range keyTypes {
			t.Run(tls.VersionName(version)+"/"+kt.String(), func(t *testing.T) { run(t, version, kt) })
		}
	}
}

func TestHandshakeBetweenEngines(t *testing.T) {
	eachKind(t, func(t *testing.T, version uint16, kt certs.KeyType) {
		t.Helper()
		for _, chunk := range []int{1 << 20, 100, 1} {
			client, server := newPair(t, version, kt)
			if err := shake(client, server, chunk); err != nil {
				t.Fatalf("chunks of %d: %v", chunk, err)
			}
			checkOpen(t, client, version)
			checkOpen(t, server, version)
			pingPong(t, client, server, chunk)
		}
	})
}

func checkOpen(t *testing.T, c *engine.Conn, version uint16) {
	t.Helper()
	wantState(t, c, engine.StateOpen)
	state := c.ConnectionState()
	if !state.HandshakeComplete || state.Version != version {
		t.Errorf("complete %v, version %x", state.HandshakeComplete, state.Version)
	}
}

// pingPong sends a message each way.
func pingPong(t *testing.T, a, b *engine.Conn, chunk int) {
	t.Helper()
	for _, way := range [][2]*engine.Conn{{a, b}, {b, a}} {
		from, to := way[0], way[1]
		if _, err := from.Write([]byte("ping")); err != nil {
			t.Fatal(err)
		}
		move(from, to, chunk)
		got, err := drain(to, 100)
		wantErr(t, err, engine.ErrWantRead)
		wantBytes(t, got, []byte("ping"))
	}
}

func TestHandshakeWithStockServer(t *testing.T) {
	eachKind(t, func(t *testing.T, version uint16, kt certs.KeyType) {
		t.Helper()
		cc, sc := configs(version, kt)
		near, far := net.Pipe()
		stock := tls.Server(far, sc)
		done := echoOnce(stock)
		client := attach{engine.NewClient(cc), near}
		talk(t, client, near, done)
	})
}

func TestHandshakeWithStockClient(t *testing.T) {
	eachKind(t, func(t *testing.T, version uint16, kt certs.KeyType) {
		t.Helper()
		cc, sc := configs(version, kt)
		near, far := net.Pipe()
		stock := tls.Client(far, cc)
		done := echoOnce(stock)
		server := attach{engine.NewServer(sc), near}
		talk(t, server, near, done)
	})
}

// echoOnce answers five bytes with the same, then waits for the peer's
// close_notify and sends its own.
func echoOnce(c *tls.Conn) <-chan error {
	done := make(chan error, 1)
	go func() {
		buf := make([]byte, 5)
		_, err := io.ReadFull(c, buf)
		if err == nil {
			_, err = c.Write(buf)
		}
		if err == nil {
			if _, err = c.Read(buf); errors.Is(err, io.EOF) {
				err = c.Close()
			}
		}
		done <- err
	}()
	return done
}

func talk(t *testing.T, c attach, transport net.Conn, done <-chan error) {
	t.Helper()
	t.Cleanup(c.Abort)
	if err := c.shake(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 5)
	if _, err := io.ReadFull(c, buf); err != nil || string(buf) != "hello" {
		t.Fatalf("echo %q, %v", buf, err)
	}
	if err := errors.Join(c.CloseNotify(), c.flush()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(buf); err != io.EOF { //nolint:errorlint // the contract is a bare io.EOF
		t.Errorf("after close: %v", err)
	}
	wantState(t, c.Conn, engine.StateClosed)
	if err := <-done; err != nil {
		t.Errorf("stock peer: %v", err)
	}
	_ = transport.Close()
}

// TestHandshakeStatuses goes through a TLS 1.3 handshake flight by flight.
func TestHandshakeStatuses(t *testing.T) {
	client, server := newPair(t, tls.VersionTLS13, certs.ECDSAP256)
	wantStatus := func(c *engine.Conn, want engine.Status, state engine.State) {
		t.Helper()
		got, err := c.Handshake()
		if got != want || err != nil {
			t.Fatalf("Handshake: %v, %v, want %v", got, err, want)
		}
		wantState(t, c, state)
	}
	wantStatus(server, engine.WantRead, engine.StateIdle)
	wantStatus(client, engine.WantWrite, engine.StateHandshaking)
	wantStatus(client, engine.WantWrite, engine.StateHandshaking)
	server.Feed(take(client))
	wantStatus(client, engine.WantRead, engine.StateHandshaking)
	wantStatus(server, engine.WantWrite, engine.StateHandshaking)
	client.Feed(take(server))
	wantStatus(server, engine.WantRead, engine.StateHandshaking)
	wantStatus(client, engine.Done, engine.StateOpen)
	server.Feed(take(client))
	wantStatus(server, engine.Done, engine.StateOpen)
}

// TestBorrowedHello lends the hello in two pieces.
func TestBorrowedHello(t *testing.T) {
	client, server := newPair(t, tls.VersionTLS13, certs.ECDSAP256)
	_, _ = client.Handshake()
	hello := take(client)
	for i, piece := range [][]byte{hello[:50], hello[50:]} {
		server.Borrow(piece)
		if server.HelloComplete() != (i == 1) {
			t.Errorf("piece %d: complete %v", i, i == 0)
		}
		_, err := server.Handshake()
		if err != nil {
			t.Fatal(err)
		}
		server.Settle()
		clear(piece)
	}
	wantState(t, server, engine.StateHandshaking)
	if err := shake(client, server, 100); err != nil {
		t.Fatal(err)
	}
}

// TestHandshakeIsImplied reads and writes without a call of Handshake.
func TestHandshakeIsImplied(t *testing.T) {
	client, server := newPair(t, tls.VersionTLS12, certs.ECDSAP256)
	_, err := client.Write([]byte("early"))
	wantErr(t, err, engine.ErrWantWrite)
	_, err = server.Read(make([]byte, 10))
	wantErr(t, err, engine.ErrWantRead)
	for client.State() != engine.StateOpen {
		server.Feed(take(client))
		wantErr(t, server.Fill(), func() error {
			if len(server.Outgoing()) > 0 && server.State() == engine.StateHandshaking {
				return engine.ErrWantWrite
			}
			return engine.ErrWantRead
		}())
		client.Feed(take(server))
		_, err = client.Write(nil)
		if err != nil && !errors.Is(err, engine.ErrWantRead) && !errors.Is(err, engine.ErrWantWrite) {
			t.Fatal(err)
		}
	}
	wantState(t, server, engine.StateOpen)
	pingPong(t, client, server, 1<<20)
}

// TestHandshakeMovesBetweenGoroutines steps one handshake from a new goroutine
// each time: inline, and not inline but each locked to its thread, which the
// runtime would not forgive a coroutine that was made or resumed there.
func TestHandshakeMovesBetweenGoroutines(t *testing.T) {
	t.Run("inline", func(t *testing.T) { wander(t, true) })
	t.Run("locked", func(t *testing.T) { wander(t, false) })
}

func wander(t *testing.T, inline bool) {
	t.Helper()
	client, server := newPair(t, tls.VersionTLS13, certs.Ed25519)
	client.SetInline(inline)
	server.SetInline(inline)
	elsewhere := func(c *engine.Conn) (status engine.Status, err error) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			if !inline {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
			}
			status, err = c.Handshake()
		}()
		<-done
		return status, err
	}
	for {
		sc, errC := elsewhere(client)
		server.Feed(take(client))
		ss, errS := elsewhere(server)
		client.Feed(take(server))
		if err := errors.Join(errC, errS); err != nil {
			t.Fatal(err)
		}
		if sc == engine.Done && ss == engine.Done {
			break
		}
	}
	pingPong(t, client, server, 7)
}

// TestHandshakeLeavesNoCoroutine looks for coroutines around a handshake.
func TestHandshakeLeavesNoCoroutine(t *testing.T) {
	client, server := newPair(t, tls.VersionTLS13, certs.ECDSAP256)
	server.Feed([]byte{22, 3, 1})
	_, _ = server.Handshake()
	wantCoroutines(t, 0)
	server.TakeUnread()
	_, _ = client.Handshake()
	wantCoroutines(t, 1)
	server.Feed(take(client))
	_, _ = server.Handshake()
	wantCoroutines(t, 2)
	if err := shake(client, server, 1<<20); err != nil {
		t.Fatal(err)
	}
	wantCoroutines(t, 0)
}

// wantCoroutines counts the handshakes among all goroutines; their number
// alone would count the goroutine of an earlier test that is still leaving.
func wantCoroutines(tb testing.TB, want int) {
	tb.Helper()
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	if got := bytes.Count(stacks, []byte("engine.(*Conn).handshake(")); got != want {
		tb.Errorf("%d coroutines, want %d", got, want)
	}
}

func TestResumption(t *testing.T) {
	for _, version := range versions {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			cc, sc := configs(version, certs.ECDSAP256)
			cc.ClientSessionCache = tls.NewLRUClientSessionCache(4)
			for i := range 2 {
				client, server := engine.NewClient(cc), engine.NewServer(sc)
				if err := shake(client, server, 50); err != nil {
					t.Fatal(err)
				}
				settleTickets(t, client)
				if got := client.ConnectionState().DidResume; got != (i == 1) {
					t.Errorf("connection %d: resumed %v", i, got)
				}
			}
		})
	}
}

func TestClientCertificateAndALPN(t *testing.T) {
	cc, sc := configs(tls.VersionTLS13, certs.RSA2048)
	cc.Certificates = []tls.Certificate{pki().leaves[certs.Ed25519]}
	cc.NextProtos, sc.NextProtos = []string{"b", "a"}, []string{"a"}
	sc.ClientAuth, sc.ClientCAs = tls.RequireAndVerifyClientCert, pki().authority.Pool()
	client, server := engine.NewClient(cc), engine.NewServer(sc)
	if err := shake(client, server, 33); err != nil {
		t.Fatal(err)
	}
	state := server.ConnectionState()
	if len(state.PeerCertificates) != 1 || state.NegotiatedProtocol != "a" {
		t.Errorf("%d certificates, protocol %q", len(state.PeerCertificates), state.NegotiatedProtocol)
	}
}

// TestCallbacksSeeAddresses checks that ClientHelloInfo.Conn has addresses,
// given or not.
func TestCallbacksSeeAddresses(t *testing.T) {
	given := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 7}
	for _, remote := range []net.Addr{nil, given} {
		cc, sc := configs(tls.VersionTLS13, certs.ECDSAP256)
		var seen net.Addr
		sc.GetConfigForClient = func(info *tls.ClientHelloInfo) (*tls.Config, error) {
			seen = info.Conn.RemoteAddr()
			_ = seen.Network() + seen.String() + info.Conn.LocalAddr().String()
			if err := info.Conn.SetDeadline(time.Time{}); err != nil {
				t.Error(err)
			}
			return nil, nil // keeps the config
		}
		client, server := engine.NewClient(cc), engine.NewServer(sc)
		server.SetAddrs(remote, remote)
		if err := shake(client, server, 1<<20); err != nil {
			t.Fatal(err)
		}
		if seen == nil || remote != nil && seen != remote {
			t.Errorf("callback saw %v, want %v", seen, remote)
		}
	}
}
