package engine_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/internal/forge"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// forged is an open server engine and its client's two directions.
func forged(t *testing.T) (server *engine.Conn, toServer, toClient *forge.Half) {
	t.Helper()
	_, server, toServer, toClient = forgedPair(t)
	return server, toServer, toClient
}

// forgedPair is both ends, and what may be put into either's mouth.
func forgedPair(t *testing.T) (client, server *engine.Conn, toServer, toClient *forge.Half) {
	t.Helper()
	cc, sc := configs(tls.VersionTLS13, certs.ECDSAP256)
	sc.SessionTicketsDisabled = true                        // or the server's numbering begins later
	cc.ClientSessionCache = tls.NewLRUClientSessionCache(1) // without one, tickets are not looked at
	var log strings.Builder
	cc.KeyLogWriter = &log
	client, server = engine.NewClient(cc), engine.NewServer(sc)
	if err := shake(client, server, 1<<20); err != nil {
		t.Fatal(err)
	}
	if client.ConnectionState().CipherSuite != tls.TLS_AES_128_GCM_SHA256 {
		t.Skip("without AES instructions crypto/tls prefers a suite that this test does not speak")
	}
	toServer = forge.New(t, forge.Logged(log.String(), "CLIENT_TRAFFIC_SECRET_0"))
	toClient = forge.New(t, forge.Logged(log.String(), "SERVER_TRAFFIC_SECRET_0"))
	return client, server, toServer, toClient
}

const (
	typeChange    = 20
	typeAlert     = 21
	typeHandshake = 22
	typeData      = 23
)

// TestKeyUpdate asks a server for new keys while data is on its way.
func TestKeyUpdate(t *testing.T) {
	for _, chunk := range []int{1, 10, 1000} {
		server, toServer, toClient := forged(t)
		wire := toServer.Seal(typeData, []byte("before "), 0)
		wire = append(wire, toServer.Seal(typeHandshake, []byte{24, 0, 0, 1, 1}, 0)...)
		toServer = toServer.Updated(t)
		wire = append(wire, toServer.Seal(typeData, []byte("after"), 0)...)
		got := readChunks(t, server, wire, "borrow", chunk, 100)
		wantBytes(t, got, []byte("before after"))

		typ, msg, rest := toClient.Open(t, take(server))
		if typ != typeHandshake || !bytes.Equal(msg, []byte{24, 0, 0, 1, 0}) || len(rest) != 0 {
			t.Fatalf("answer of type %d: % x", typ, msg)
		}
		toClient = toClient.Updated(t)
		typ, msg, _ = toClient.Open(t, seal(t, server, []byte("new keys")))
		if typ != typeData || string(msg) != "new keys" {
			t.Errorf("type %d: %q", typ, msg)
		}
	}
}

// TestKeyUpdateInPieces sends the message in two records, a byte at a time.
func TestKeyUpdateInPieces(t *testing.T) {
	server, toServer, _ := forged(t)
	wire := toServer.Seal(typeHandshake, []byte{24, 0, 0}, 0)
	wire = append(wire, toServer.Seal(typeHandshake, []byte{1, 0}, 7)...)
	wire = append(wire, toServer.Updated(t).Seal(typeData, []byte("after"), 0)...)
	wantBytes(t, readChunks(t, server, wire, "feed", 1, 1), []byte("after"))
}

// TestPaddingIsNotPending sends records that are mostly padding, and ones that
// are empty.
func TestPaddingIsNotPending(t *testing.T) {
	server, toServer, _ := forged(t)
	wire := toServer.Seal(typeData, nil, 0)
	wire = append(wire, toServer.Seal(typeData, nil, 500)...)
	server.Feed(wire)
	if server.Readable() {
		t.Error("readable for empty records")
	}
	server.Feed(toServer.Seal(typeData, []byte("abc"), 16000))
	if !server.Readable() || server.Pending() != 3 {
		t.Errorf("%d pending", server.Pending())
	}
	n, err := server.Read(make([]byte, 2))
	if n != 2 || err != nil || server.Pending() != 1 {
		t.Errorf("Read: %d, %v, %d pending", n, err, server.Pending())
	}
}

// TestDataBehindEmptyRecordsAtTheEnd wants what comes before the end of the
// transport, though crypto/tls asks for more within one call.
func TestDataBehindEmptyRecordsAtTheEnd(t *testing.T) {
	server, toServer, _ := forged(t)
	server.Feed(toServer.Seal(typeData, nil, 0))
	server.Feed(toServer.Seal(typeData, []byte("abc"), 0))
	server.FeedEOF()
	got, err := drain(server, 10)
	wantBytes(t, got, []byte("abc"))
	wantErr(t, err, engine.ErrTruncated)
}

// TestTooManyEmptyRecords checks that crypto/tls's limit holds through the
// engine, which calls it once per record.
func TestTooManyEmptyRecords(t *testing.T) {
	server, toServer, _ := forged(t)
	for range 40 {
		server.Feed(toServer.Seal(typeData, nil, 0))
	}
	if _, err := server.Read(make([]byte, 10)); err == nil || errors.Is(err, engine.ErrWantRead) {
		t.Errorf("error %v", err)
	}
	wantState(t, server, engine.StateFailed)
}

// TestTooLongRecords sends records that only decryption shows to be too long.
func TestTooLongRecords(t *testing.T) {
	for extra, fits := range map[int]bool{0: true, 1: false} {
		server, toServer, _ := forged(t)
		server.Feed(toServer.Seal(typeData, make([]byte, 16<<10+extra), 0))
		got, err := drain(server, 1000)
		if fits != errors.Is(err, engine.ErrWantRead) || fits != (len(got) == 16<<10) {
			t.Errorf("%d bytes too many: got %d, %v", extra, len(got), err)
		}
	}
}

// TestFatalAlert reads the peer's alert as an error.
func TestFatalAlert(t *testing.T) {
	server, toServer, _ := forged(t)
	server.Feed(toServer.Seal(typeAlert, []byte{2, 80}, 0))
	_, err := server.Read(make([]byte, 10))
	if err == nil || err.Error() != "remote error: tls: internal error" || errors.Is(err, io.EOF) {
		t.Errorf("error %v", err)
	}
	wantState(t, server, engine.StateFailed)
}
