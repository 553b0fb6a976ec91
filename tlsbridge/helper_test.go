package tlsbridge_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

const serverName = "server.test"

// begin checks, when the test is over, that it has left no socket, no
// goroutine (a handshake's coroutine is one) and no descriptor behind.
func begin(tb testing.TB) {
	tb.Helper()
	leak.Check(tb)
	tb.Cleanup(func() {
		done, cancel := context.WithCancel(context.Background())
		cancel()
		if err := reactor.Shutdown(done); err != nil {
			tb.Error(err)
		}
	})
}

// seeded returns a random source whose seed is in the test's log.
func seeded(tb testing.TB) *rand.Rand {
	tb.Helper()
	seed := rand.Uint64()
	tb.Logf("seed %#x", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

type testPKI struct {
	authority      *certs.Authority
	server, client *certs.Pair
}

var pki = sync.OnceValue(func() testPKI {
	authority, err := certs.NewAuthority(certs.Options{})
	if err != nil {
		panic(err)
	}
	server, err := authority.Issue(certs.Leaf{Names: []string{serverName}, IPs: []net.IP{net.IPv4(127, 0, 0, 1)}, Usage: certs.Server})
	if err != nil {
		panic(err)
	}
	client, err := authority.Issue(certs.Leaf{Names: []string{"client.test"}, Usage: certs.Client})
	if err != nil {
		panic(err)
	}
	return testPKI{authority, server, client}
})

func newContext(tb testing.TB, p tlsbridge.Protocol) *tlsbridge.Context {
	tb.Helper()
	c, err := tlsbridge.NewContext(p)
	must(tb, err)
	return c
}

// contexts returns a client's and a server's context that trust each other,
// for one version, or for all with 0.
func contexts(tb testing.TB, version tlsbridge.TLSVersion) (client, server *tlsbridge.Context) {
	tb.Helper()
	client = newContext(tb, tlsbridge.PROTOCOL_TLS_CLIENT)
	must(tb, client.LoadVerifyData(pki().authority.PEM()))
	server = newContext(tb, tlsbridge.PROTOCOL_TLS_SERVER)
	server.AddCertificate(pki().server.TLS())
	if version != 0 {
		must(tb, client.SetVersions(version, version))
		must(tb, server.SetVersions(version, version))
	}
	return client, server
}

// A transport makes two connected sockets.
type transport struct {
	name string
	make func(testing.TB) (a, b *fdsock.Socket)
}

var transports = []transport{{"socketpair", socketpair}, {"tcp", tcpPair}}

func socketpair(tb testing.TB) (a, b *fdsock.Socket) {
	tb.Helper()
	a, b, err := fdsock.SocketPair()
	must(tb, err)
	closeAfter(tb, a, b)
	return a, b
}

func tcpPair(tb testing.TB) (a, b *fdsock.Socket) {
	tb.Helper()
	l, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	must(tb, err)
	defer l.Close()
	must(tb, l.Bind(fdsock.Inet("127.0.0.1", 0)))
	must(tb, l.Listen())
	addr, err := l.GetSockName()
	must(tb, err)
	a, err = fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	must(tb, err)
	must(tb, a.Connect(addr))
	b, _, err = l.Accept()
	must(tb, err)
	closeAfter(tb, a, b)
	return a, b
}

func closeAfter[C interface{ Close() error }](tb testing.TB, list ...C) {
	for _, c := range list {
		tb.Cleanup(func() { _ = c.Close() })
	}
}

// wrap puts TLS on two connected sockets.
func wrap(tb testing.TB, a, b *fdsock.Socket, cctx, sctx *tlsbridge.Context) (client, server *tlsbridge.Socket) {
	tb.Helper()
	client, err := cctx.Wrap(a, tlsbridge.Options{ServerHostname: serverName, KeepRaggedEOFs: true})
	must(tb, err)
	server, err = sctx.Wrap(b, tlsbridge.Options{KeepRaggedEOFs: true})
	must(tb, err)
	closeAfter(tb, client, server)
	return client, server
}

// unblocked puts TLS on a socket pair, nonblocking.
func unblocked(tb testing.TB, cctx, sctx *tlsbridge.Context) (client, server *tlsbridge.Socket) {
	tb.Helper()
	a, b := socketpair(tb)
	client, server = wrap(tb, a, b, cctx, sctx)
	client.SetTimeout(0)
	server.SetTimeout(0)
	return client, server
}

// open returns two TLS sockets on a socket pair that have shaken hands, with
// the tickets taken.
func open(tb testing.TB, version tlsbridge.TLSVersion) (client, server *tlsbridge.Socket) {
	tb.Helper()
	cctx, sctx := contexts(tb, version)
	client, server = unblocked(tb, cctx, sctx)
	must(tb, shake(client, server))
	if r := client.Test(reactor.Input); r&reactor.Readable != 0 {
		tb.Fatal("readable after the handshake")
	}
	return client, server
}

// shake runs the handshake of two nonblocking sockets in one goroutine.
func shake(client, server *tlsbridge.Socket) error {
	for range 100 {
		errC, errS := client.DoHandshake(), server.DoHandshake()
		if errC == nil && errS == nil {
			return nil
		}
		for _, err := range []error{errC, errS} {
			if err != nil && !tlsbridge.SSLWantReadError(err) && !tlsbridge.SSLWantWriteError(err) {
				return errors.Join(errC, errS)
			}
		}
	}
	return errors.New("the handshake does not end")
}

// A mode is one of Python's ways to use a socket.
type mode struct {
	name    string
	timeout time.Duration
}

var modes = []mode{{"blocking", fdsock.NoTimeout}, {"timeout", patience}, {"nonblocking", 0}}

// do makes a call until it does not want to wait, the loop of every program
// for nonblocking sockets.
func do(s *tlsbridge.Socket, call func() error) error {
	for {
		err := call()
		var ready []pyselect.Object
		var e error
		switch {
		case tlsbridge.SSLWantReadError(err):
			ready, _, _, e = pyselect.Select([]pyselect.Object{s}, nil, nil, patience)
		case tlsbridge.SSLWantWriteError(err):
			_, ready, _, e = pyselect.Select(nil, []pyselect.Object{s}, nil, patience)
		default:
			return err
		}
		if e == nil && len(ready) == 0 {
			e = fmt.Errorf("select: not ready after %w", err)
		}
		if e != nil {
			return e
		}
	}
}

func handshake(s *tlsbridge.Socket) error { return do(s, s.DoHandshake) }

func send(s *tlsbridge.Socket, p []byte) error {
	return do(s, func() error { return s.SendAll(p) })
}

func recv(s *tlsbridge.Socket, p []byte) (n int, err error) {
	err = do(s, func() (err error) { n, err = s.RecvInto(p); return err })
	return n, err
}

// recvFull receives until p is full.
func recvFull(s *tlsbridge.Socket, p []byte) error {
	for at := 0; at < len(p); {
		n, err := recv(s, p[at:])
		if err != nil || n == 0 {
			return fmt.Errorf("after %d of %d bytes: %d, %w", at, len(p), n, err)
		}
		at += n
	}
	return nil
}

func unwrap(s *tlsbridge.Socket) (plain *fdsock.Socket, err error) {
	err = do(s, func() (err error) { plain, err = s.Unwrap(); return err })
	return plain, err
}

// both runs two functions at once and waits for them.
func both(tb testing.TB, f, g func() error) {
	tb.Helper()
	done := make(chan error, 1)
	go func() { done <- g() }()
	errF := f()
	if errG := <-done; errF != nil || errG != nil {
		tb.Fatalf("%v; %v", errF, errG)
	}
}

// setting is one row of the matrix that the suites run over.
type setting struct {
	version   tlsbridge.TLSVersion
	mode      mode
	transport transport
}

// everywhere runs a suite over versions, modes and transports, on sockets
// that have not shaken hands.
func everywhere(t *testing.T, suite func(t *testing.T, on setting, client, server *tlsbridge.Socket)) {
	t.Helper()
	for _, version := range []tlsbridge.TLSVersion{tlsbridge.TLSv1_2, tlsbridge.TLSv1_3} {
		for _, m := range modes {
			for _, tr := range transports {
				t.Run(fmt.Sprintf("%v/%s/%s", version, m.name, tr.name), func(t *testing.T) {
					begin(t)
					cctx, sctx := contexts(t, version)
					a, b := tr.make(t)
					client, server := wrap(t, a, b, cctx, sctx)
					client.SetTimeout(m.timeout)
					server.SetTimeout(m.timeout)
					suite(t, setting{version, m, tr}, client, server)
				})
			}
		}
	}
}

// versions runs a test for each version.
func versions(t *testing.T, test func(t *testing.T, v tlsbridge.TLSVersion)) {
	t.Helper()
	for _, v := range []tlsbridge.TLSVersion{tlsbridge.TLSv1_2, tlsbridge.TLSv1_3} {
		t.Run(v.String(), func(t *testing.T) { begin(t); test(t, v) })
	}
}

// stdConfigs are crypto/tls's configs for the same certificates.
func stdConfigs(version tlsbridge.TLSVersion) (client, server *tls.Config) {
	client = &tls.Config{ServerName: serverName, RootCAs: pki().authority.Pool(), MinVersion: uint16(version), MaxVersion: uint16(version)}
	server = &tls.Config{Certificates: []tls.Certificate{pki().server.TLS()}, MinVersion: uint16(version), MaxVersion: uint16(version)}
	return client, server
}

// onceReadable waits for a plain socket.
func onceReadable(s *fdsock.Socket) error {
	r, _, _, err := pyselect.Select([]pyselect.Object{s}, nil, nil, patience)
	if err == nil && len(r) == 0 {
		err = errors.New("not readable")
	}
	return err
}

func yield() { runtime.Gosched() }
