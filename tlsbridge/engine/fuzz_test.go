package engine_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// FuzzFeedArbitrary feeds anything to engines of either role, new or open. No
// input may panic, leave the states of doc.go, or make Buffered lie.
func FuzzFeedArbitrary(f *testing.F) {
	client, server := newPair(f, tls.VersionTLS13, certs.ECDSAP256)
	_, _ = client.Handshake()
	hello := bytes.Clone(client.Outgoing())
	server.Feed(hello)
	_, _ = server.Handshake()
	for kind := range uint8(4) {
		f.Add(kind, hello, uint8(1))
		f.Add(kind, bytes.Clone(server.Outgoing()), uint8(100))
		f.Add(kind, []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), uint8(3))
		f.Add(kind, []byte{21, 3, 3, 0, 2, 1, 0, 21, 3, 3, 0, 2, 1, 0}, uint8(5))
		f.Add(kind, []byte{23, 3, 3, 0, 0, 22, 3, 3, 0, 0}, uint8(255))
	}
	f.Fuzz(func(t *testing.T, kind uint8, in []byte, chunk uint8) {
		c := fuzzTarget(t, kind)
		defer c.Abort()
		size := int(chunk) + 1
		for i := 0; len(in) > 0; i++ {
			piece := in[:min(size, len(in))]
			in = in[len(piece):]
			fuzzStep(t, c, piece, i)
		}
		c.FeedEOF()
		if _, err := drain(c, size); errors.Is(err, engine.ErrWantRead) || errors.Is(err, engine.ErrWantWrite) {
			t.Fatalf("at the end of the transport: %v", err)
		}
	})
}

// fuzzTarget makes an engine: bit 0 says which role, bit 1 whether it is open.
func fuzzTarget(t *testing.T, kind uint8) *engine.Conn {
	t.Helper()
	var pair [2]*engine.Conn
	if kind&2 == 0 {
		pair[0], pair[1] = newPair(t, tls.VersionTLS13, certs.ECDSAP256)
	} else {
		pair[0], pair[1] = openPair(t, tls.VersionTLS12)
	}
	return pair[kind&1]
}

// fuzzStep gives a piece to the engine and looks at all that it says.
func fuzzStep(t *testing.T, c *engine.Conn, piece []byte, i int) {
	t.Helper()
	before := c.Buffered()
	if i%2 == 0 {
		c.Feed(piece)
	} else {
		c.Borrow(piece)
	}
	if got := c.Buffered(); got != before+len(piece) {
		t.Fatalf("fed %d to %d: %d buffered", len(piece), before, got)
	}
	_, _ = c.Handshake()
	ready := c.Readable()
	pending := c.Pending()
	n, err := c.Read(make([]byte, 20))
	blocked := errors.Is(err, engine.ErrWantRead) || errors.Is(err, engine.ErrWantWrite)
	if ready == blocked || n != min(pending, 20) {
		t.Fatalf("readable %v, pending %d, but Read: %d, %v", ready, pending, n, err)
	}
	c.Sent(len(c.Outgoing()))
	c.Settle()
}

// FuzzChunking writes data in pieces and carries the ciphertext in pieces: what
// comes out is what went in, then EOF.
func FuzzChunking(f *testing.F) {
	f.Add([]byte("some data"), uint16(3), uint16(1), uint16(4))
	f.Add(pattern(40_000), uint16(40_000), uint16(1000), uint16(16<<10))
	f.Add(pattern(5000), uint16(100), uint16(7), uint16(1))
	f.Add([]byte{}, uint16(0), uint16(0), uint16(0))
	f.Fuzz(func(t *testing.T, data []byte, write, carry, read uint16) {
		client, server := openPair(t, tls.VersionTLS13)
		var wire []byte
		for rest := data; len(rest) > 0; {
			n := min(int(write)+1, len(rest))
			wire = append(wire, seal(t, client, rest[:n])...)
			rest = rest[n:]
		}
		if err := client.CloseNotify(); err != nil {
			t.Fatal(err)
		}
		wire = append(wire, take(client)...)
		var got []byte
		for len(wire) > 0 {
			n := min(int(carry)+1, len(wire))
			server.Borrow(wire[:n])
			part, err := drain(server, int(read)+1)
			server.Settle()
			got = append(got, part...)
			if server.PeerClosed() == errors.Is(err, engine.ErrWantRead) {
				t.Fatalf("peer closed %v, error %v", server.PeerClosed(), err)
			}
			wire = wire[n:]
		}
		wantBytes(t, got, data)
		wantState(t, server, engine.StatePeerClosed)
	})
}
