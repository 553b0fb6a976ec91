package tlsbridge_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// puppet is a peer whose every byte the test controls: a TLS engine, and a
// plain socket to the side under test. It runs in the test's own goroutine.
type puppet struct {
	tb   testing.TB
	sock *fdsock.Socket
	eng  *engine.Conn
	sent int // bytes handed to the side under test so far
}

// newPuppet returns the side under test, nonblocking, and its peer.
func newPuppet(tb testing.TB, version tlsbridge.TLSVersion, serverUnderTest bool) (*tlsbridge.Socket, *puppet) {
	tb.Helper()
	a, b := socketpair(tb)
	b.SetTimeout(0)
	cctx, sctx := contexts(tb, version)
	clientConfig, serverConfig := stdConfigs(version)
	serverConfig.SessionTicketsDisabled = true // a ticket would be in the flight, behind the handshake
	p := &puppet{tb: tb, sock: b}
	ctx, opts := cctx, tlsbridge.Options{ServerHostname: serverName, KeepRaggedEOFs: true}
	if serverUnderTest {
		ctx, opts.ServerHostname, p.eng = sctx, "", engine.NewClient(clientConfig)
	} else {
		p.eng = engine.NewServer(serverConfig)
	}
	tb.Cleanup(func() { p.eng.Abort() })
	s, err := ctx.Wrap(a, opts)
	must(tb, err)
	closeAfter(tb, s)
	s.SetTimeout(0)
	return s, p
}

// take receives all there is and steps the handshake.
func (p *puppet) take() error {
	var buf [4096]byte
	for {
		n, err := p.sock.RecvInto(buf[:])
		if err != nil || n == 0 {
			break
		}
		p.eng.Feed(buf[:n])
	}
	_, err := p.eng.Handshake()
	return err
}

// give sends up to n bytes of what the engine has and returns how many.
func (p *puppet) give(n int) int {
	p.tb.Helper()
	out := p.eng.Outgoing()
	out = out[:min(n, len(out))]
	if len(out) > 0 {
		if _, err := p.sock.Send(out); err != nil {
			p.tb.Fatal(err)
		}
	}
	p.eng.Sent(len(out))
	p.sent += len(out)
	return len(out)
}

// seal encrypts plaintext and returns it without sending it.
func (p *puppet) seal(data []byte) []byte {
	p.tb.Helper()
	if _, err := p.eng.Write(data); err != nil {
		p.tb.Fatal(err)
	}
	out := append([]byte(nil), p.eng.Outgoing()...)
	p.eng.Sent(len(out))
	return out
}

// raw sends bytes as they are.
func (p *puppet) raw(data []byte) {
	p.tb.Helper()
	must(p.tb, p.sock.SendAll(data))
}

// shake runs the handshake to its end.
func (p *puppet) shake(s *tlsbridge.Socket) {
	p.tb.Helper()
	for range 20 {
		err := s.DoHandshake()
		if e := p.take(); e != nil {
			p.tb.Fatal(e)
		}
		if p.give(1<<20) == 0 && err == nil {
			return
		}
	}
	p.tb.Fatal("the handshake does not end")
}

// relay connects two sockets through two others, and hands everything on in
// pieces of a byte to chunk bytes.
func relay(tb testing.TB, chunk int) (a, b *fdsock.Socket) {
	tb.Helper()
	a, x := socketpair(tb)
	b, y := socketpair(tb)
	var wg sync.WaitGroup
	for _, d := range [][2]*fdsock.Socket{{x, y}, {y, x}} {
		wg.Go(func() { forward(d[0], d[1], chunk) })
	}
	tb.Cleanup(func() {
		_, _ = x.Close(), y.Close()
		wg.Wait()
	})
	return a, b
}

func forward(from, to *fdsock.Socket, chunk int) {
	buf := make([]byte, chunk)
	for {
		n, err := from.RecvInto(buf)
		if err == nil && n > 0 {
			err = to.SendAll(buf[:n])
		}
		if err != nil || n == 0 {
			_ = to.Shutdown(fdsock.SHUT_WR)
			return
		}
	}
}

// wantErr checks an error's class and reason.
func wantErr(tb testing.TB, err error, kind tlsbridge.Kind, reason string) *tlsbridge.Error {
	tb.Helper()
	var e *tlsbridge.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Reason != reason {
		tb.Fatalf("got %v (%T), want %v with %s", err, err, kind, reason)
	}
	return e
}

// wantErrors checks that errors.Is finds all targets.
func wantErrors(tb testing.TB, err error, targets ...error) {
	tb.Helper()
	for _, target := range targets {
		if !errors.Is(err, target) {
			tb.Fatalf("got %v, want one that is %v", err, fmt.Sprint(target))
		}
	}
}
