package engine_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// The number to beat: with Go 1.26 an echo of 64 bytes over TLS 1.3 (two
// records sealed, two opened) costs crypto/tls itself 2 allocations, one of
// 16 KiB (which early in a connection is several records) as many or more: it
// makes a reader for each record that it has to fetch. The engine hands records
// over whole, and must cost none, nor may would-block.

// TestEchoAllocations compares an echo through two engines with the same echo
// through two stock connections on a transport that allocates nothing.
func TestEchoAllocations(t *testing.T) {
	skipUnderRace(t)
	for _, size := range []int{64, 16 << 10} {
		stock := testing.AllocsPerRun(500, stockEcho(t, size))
		ours := testing.AllocsPerRun(500, engineEcho(t, size, false))
		lent := testing.AllocsPerRun(500, engineEcho(t, size, true))
		t.Logf("%d bytes: crypto/tls %v, fed %v, borrowed %v", size, stock, ours, lent)
		if ours > 0 || lent > 0 {
			t.Errorf("%d bytes: crypto/tls allocates %v times, the engine %v fed, %v borrowed", size, stock, ours, lent)
		}
	}
}

func skipUnderRace(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("under the race detector sync.Pool drops memory at random")
	}
}

// TestWouldBlockAllocations wants none at all.
func TestWouldBlockAllocations(t *testing.T) {
	skipUnderRace(t)
	client, server := openPair(t, tls.VersionTLS13)
	half := seal(t, client, pattern(100))[:60]
	server.Feed(half)
	buf := make([]byte, 100)
	got := testing.AllocsPerRun(100, func() {
		if _, err := server.Read(buf); !errors.Is(err, engine.ErrWantRead) {
			t.Error(err)
		}
		if server.Readable() {
			t.Error("readable")
		}
	})
	if got != 0 {
		t.Errorf("%v allocations", got)
	}
}

// engineEcho returns an echo of size bytes through two engines.
func engineEcho(tb testing.TB, size int, borrow bool) func() {
	tb.Helper()
	client, server := openPair(tb, tls.VersionTLS13)
	msg, buf := pattern(size), make([]byte, 16<<10)
	return func() {
		relay(client, server, msg, buf, borrow)
		relay(server, client, msg, buf, borrow)
	}
}

// relay sends msg from one engine to the other. It panics on errors: a
// testing.TB.Helper would cost more than the engine does.
func relay(from, to *engine.Conn, msg, buf []byte, borrow bool) {
	if _, err := from.Write(msg); err != nil {
		panic(err)
	}
	if borrow {
		to.Borrow(from.Outgoing())
	} else {
		to.Feed(from.Outgoing())
	}
	for got := 0; got < len(msg); {
		n, err := to.Read(buf)
		if err != nil {
			panic(err)
		}
		got += n
	}
	to.Settle()
	from.Sent(len(from.Outgoing()))
}

// memConn is a transport for stock connections that can be changed: a net.Pipe
// for the handshake, then memory that is written by one and read by the other.
type memConn struct {
	net.Conn
	in, out *bytes.Buffer
}

// Read implements net.Conn.
func (m *memConn) Read(p []byte) (int, error) {
	if m.in == nil {
		return m.Conn.Read(p)
	}
	return m.in.Read(p)
}

// Write implements net.Conn.
func (m *memConn) Write(p []byte) (int, error) {
	if m.out == nil {
		return m.Conn.Write(p)
	}
	return m.out.Write(p)
}

// stockEcho returns the same echo through two stock connections.
func stockEcho(tb testing.TB, size int) func() {
	tb.Helper()
	cc, sc := configs(tls.VersionTLS13, certs.ECDSAP256)
	sc.SessionTicketsDisabled = true // net.Pipe has no room for them
	near, far := net.Pipe()
	a, b := &memConn{Conn: near}, &memConn{Conn: far}
	client, server := tls.Client(a, cc), tls.Server(b, sc)
	done := make(chan error, 1)
	go func() { done <- server.Handshake() }()
	if err := errors.Join(client.Handshake(), <-done); err != nil {
		tb.Fatal(err)
	}
	a.in, b.in = new(bytes.Buffer), new(bytes.Buffer)
	a.out, b.out = b.in, a.in
	msg, buf := pattern(size), make([]byte, 16<<10)
	return func() {
		stockRelay(client, server, msg, buf)
		stockRelay(server, client, msg, buf)
	}
}

func stockRelay(from, to *tls.Conn, msg, buf []byte) {
	if _, err := from.Write(msg); err != nil {
		panic(err)
	}
	for got := 0; got < len(msg); {
		n, err := to.Read(buf)
		if err != nil {
			panic(err)
		}
		got += n
	}
}
