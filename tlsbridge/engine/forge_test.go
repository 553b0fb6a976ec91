package engine_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// halfConn is one direction of TLS 1.3 with TLS_AES_128_GCM_SHA256, written
// for these tests: crypto/tls sends no key update on demand, no padding, no
// empty records and no ticket in pieces. Source: RFC 8446 sections 5.2, 5.3,
// 7.1 and 7.2.
type halfConn struct {
	secret []byte
	aead   cipher.AEAD
	iv     []byte
	seq    uint64
}

func newHalfConn(tb testing.TB, secret []byte) *halfConn {
	tb.Helper()
	block, err := aes.NewCipher(expandLabel(tb, secret, "key", 16))
	if err != nil {
		tb.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		tb.Fatal(err)
	}
	return &halfConn{secret: secret, aead: aead, iv: expandLabel(tb, secret, "iv", 12)}
}

// updated is the direction after a key update.
func (h *halfConn) updated(tb testing.TB) *halfConn {
	tb.Helper()
	return newHalfConn(tb, expandLabel(tb, h.secret, "traffic upd", 32))
}

func expandLabel(tb testing.TB, secret []byte, label string, n int) []byte {
	tb.Helper()
	info := []byte{byte(n >> 8), byte(n), byte(len("tls13 " + label))}
	info = append(info, "tls13 "+label...)
	out, err := hkdf.Expand(sha256.New, secret, string(append(info, 0)), n)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func (h *halfConn) nonce() []byte {
	nonce := bytes.Clone(h.iv)
	for i, b := range binary.BigEndian.AppendUint64(nil, h.seq) {
		nonce[4+i] ^= b
	}
	h.seq++
	return nonce
}

// seal makes a record of a content type, with padding.
func (h *halfConn) seal(typ byte, data []byte, padding int) []byte {
	inner := append(append(bytes.Clone(data), typ), make([]byte, padding)...)
	n := len(inner) + h.aead.Overhead()
	hdr := []byte{23, 3, 3, byte(n >> 8), byte(n)}
	return h.aead.Seal(hdr, h.nonce(), inner, hdr)
}

// open decrypts the first record of wire and returns what follows it.
func (h *halfConn) open(tb testing.TB, wire []byte) (typ byte, data, rest []byte) {
	tb.Helper()
	n := 5 + int(binary.BigEndian.Uint16(wire[3:]))
	inner, err := h.aead.Open(nil, h.nonce(), wire[5:n], wire[:5])
	if err != nil {
		tb.Fatal(err)
	}
	inner = bytes.TrimRight(inner, "\x00")
	last := len(inner) - 1
	return inner[last], inner[:last], wire[n:]
}

// forged is an open server engine and its client's two directions.
func forged(t *testing.T) (server *engine.Conn, toServer, toClient *halfConn) {
	t.Helper()
	_, server, toServer, toClient = forgedPair(t)
	return server, toServer, toClient
}

// forgedPair is both ends, and what may be put into either's mouth.
func forgedPair(t *testing.T) (client, server *engine.Conn, toServer, toClient *halfConn) {
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
	toServer = newHalfConn(t, logged(log.String(), "CLIENT_TRAFFIC_SECRET_0"))
	toClient = newHalfConn(t, logged(log.String(), "SERVER_TRAFFIC_SECRET_0"))
	return client, server, toServer, toClient
}

// logged is the latest secret of a label in a key log, or nil.
func logged(log, label string) (secret []byte) {
	for line := range strings.Lines(log) {
		if f := strings.Fields(line); f[0] == label {
			secret, _ = hex.DecodeString(f[2])
		}
	}
	return secret
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
		wire := toServer.seal(typeData, []byte("before "), 0)
		wire = append(wire, toServer.seal(typeHandshake, []byte{24, 0, 0, 1, 1}, 0)...)
		toServer = toServer.updated(t)
		wire = append(wire, toServer.seal(typeData, []byte("after"), 0)...)
		got := readChunks(t, server, wire, "borrow", chunk, 100)
		wantBytes(t, got, []byte("before after"))

		typ, msg, rest := toClient.open(t, take(server))
		if typ != typeHandshake || !bytes.Equal(msg, []byte{24, 0, 0, 1, 0}) || len(rest) != 0 {
			t.Fatalf("answer of type %d: % x", typ, msg)
		}
		toClient = toClient.updated(t)
		typ, msg, _ = toClient.open(t, seal(t, server, []byte("new keys")))
		if typ != typeData || string(msg) != "new keys" {
			t.Errorf("type %d: %q", typ, msg)
		}
	}
}

// TestKeyUpdateInPieces sends the message in two records, a byte at a time.
func TestKeyUpdateInPieces(t *testing.T) {
	server, toServer, _ := forged(t)
	wire := toServer.seal(typeHandshake, []byte{24, 0, 0}, 0)
	wire = append(wire, toServer.seal(typeHandshake, []byte{1, 0}, 7)...)
	wire = append(wire, toServer.updated(t).seal(typeData, []byte("after"), 0)...)
	wantBytes(t, readChunks(t, server, wire, "feed", 1, 1), []byte("after"))
}

// TestPaddingIsNotPending sends records that are mostly padding, and ones that
// are empty.
func TestPaddingIsNotPending(t *testing.T) {
	server, toServer, _ := forged(t)
	wire := toServer.seal(typeData, nil, 0)
	wire = append(wire, toServer.seal(typeData, nil, 500)...)
	server.Feed(wire)
	if server.Readable() {
		t.Error("readable for empty records")
	}
	server.Feed(toServer.seal(typeData, []byte("abc"), 16000))
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
	server.Feed(toServer.seal(typeData, nil, 0))
	server.Feed(toServer.seal(typeData, []byte("abc"), 0))
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
		server.Feed(toServer.seal(typeData, nil, 0))
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
		server.Feed(toServer.seal(typeData, make([]byte, 16<<10+extra), 0))
		got, err := drain(server, 1000)
		if fits != errors.Is(err, engine.ErrWantRead) || fits != (len(got) == 16<<10) {
			t.Errorf("%d bytes too many: got %d, %v", extra, len(got), err)
		}
	}
}

// TestFatalAlert reads the peer's alert as an error.
func TestFatalAlert(t *testing.T) {
	server, toServer, _ := forged(t)
	server.Feed(toServer.seal(typeAlert, []byte{2, 80}, 0))
	_, err := server.Read(make([]byte, 10))
	if err == nil || err.Error() != "remote error: tls: internal error" || errors.Is(err, io.EOF) {
		t.Errorf("error %v", err)
	}
	wantState(t, server, engine.StateFailed)
}
