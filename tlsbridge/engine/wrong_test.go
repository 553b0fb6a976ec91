package engine_test

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// rec makes a record in clear.
func rec(typ byte, body ...byte) []byte {
	return append([]byte{typ, 3, 3, byte(len(body) >> 8), byte(len(body))}, body...)
}

// msg makes a handshake message in a record.
func msg(typ byte, body ...byte) []byte {
	return rec(22, append([]byte{typ, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)...)
}

// hello makes a ClientHello of TLS 1.2 of its parts.
func hello(version uint16, session, suites, compression, extensions []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, version)
	b = append(b, make([]byte, 32)...)
	b = append(append(b, byte(len(session))), session...)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(suites))), suites...)
	b = append(append(b, byte(len(compression))), compression...)
	if extensions != nil {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(extensions))), extensions...)
	}
	return msg(1, b...)
}

var (
	goodSuite = []byte{0xc0, 0x2b} // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
	null      = []byte{0}
	// groups, points and signatures as X25519, uncompressed and ECDSA P-256.
	goodExtensions = []byte{0, 10, 0, 4, 0, 2, 0, 29, 0, 11, 0, 2, 1, 0, 0, 13, 0, 4, 0, 2, 4, 3}
	// badVersions offers none but SSL 3, in the list of versions.
	badVersions = append(bytes.Clone(goodExtensions), 0, 43, 0, 3, 2, 3, 0)
)

// The alerts of RFC 8446 section 6.
const (
	unexpectedMessage, badRecordMAC, recordOverflow    = 10, 20, 22
	handshakeFailure, badCertificate, certExpired      = 40, 42, 45
	illegalParameter, unknownCA, decodeError           = 47, 48, 50
	decryptError, protocolVersion, internalError       = 51, 70, 80
	inappropriateFallback, noRenegotiation             = 86, 100
	missingExtension, unsupportedExtension             = 109, 110
	unrecognizedName, certRequired, noApplicationProto = 112, 116, 120
)

// TestWrongInputToServer sends what no client should. Each ends the handshake
// with an alert that names the fault, and no bytes more.
func TestWrongInputToServer(t *testing.T) {
	for _, c := range []struct {
		name  string
		in    []byte
		alert byte
	}{
		{"data first", rec(23, 1, 2, 3), 0},
		{"change of cipher first", rec(20, 1), 0},
		{"hello of SSL 2", []byte{0x80, 0x2e, 1, 3, 1, 0, 0, 0}, protocolVersion},
		{"empty handshake record", rec(22), unexpectedMessage},
		{"server's hello", msg(2, make([]byte, 40)...), unexpectedMessage},
		{"hello request", msg(0), unexpectedMessage},
		{"finished", msg(20, make([]byte, 12)...), unexpectedMessage},
		{"key exchange", msg(16, 1, 2), unexpectedMessage},
		{"unknown message", msg(99, 1), unexpectedMessage},
		{"empty hello", msg(1), decodeError},
		{"hello of a byte", msg(1, 3), decodeError},
		{"hello too long", rec(22, 1, 1, 0, 1), internalError},
		{"no suites", hello(0x0303, nil, nil, null, nil), handshakeFailure},
		{"half a suite", hello(0x0303, nil, []byte{0xc0}, null, nil), decodeError},
		{"unknown suites", hello(0x0303, nil, []byte{0x13, 0x37, 0xfe, 0xfe}, null, goodExtensions), handshakeFailure},
		{"no compression", hello(0x0303, nil, goodSuite, nil, goodExtensions), illegalParameter},
		{"no null compression", hello(0x0303, nil, goodSuite, []byte{1}, goodExtensions), illegalParameter},
		{"SSL 3", hello(0x0300, nil, goodSuite, null, nil), protocolVersion},
		{"TLS 1.0", hello(0x0301, nil, goodSuite, null, goodExtensions), protocolVersion},
		{"list of bad versions", hello(0x0303, nil, goodSuite, null, badVersions), protocolVersion},
		{"fallback", hello(0x0303, nil, append([]byte{0x56, 0x00}, goodSuite...), null, goodExtensions), inappropriateFallback},
		{"extensions cut", hello(0x0303, nil, goodSuite, null, goodExtensions[:len(goodExtensions)-1]), decodeError},
		{"extension twice", hello(0x0303, nil, goodSuite, null, append(bytes.Clone(goodExtensions), goodExtensions...)), decodeError},
		{"no group in common", hello(0x0303, nil, goodSuite, null, []byte{0, 10, 0, 4, 0, 2, 0x13, 0x37}), handshakeFailure},
		{"oversized", []byte{22, 3, 1, 0x48, 0x01}, recordOverflow},
		{"fatal alert", rec(21, 2, 40), 0},
		{"alert of a byte", rec(21, 1), unexpectedMessage},
		{"unknown level", rec(21, 7, 40), unexpectedMessage},
		{"warnings without end", bytes.Repeat(rec(21, 1, 99), 40), unexpectedMessage},
		{"empty records without end", bytes.Repeat(rec(23), 40), 0},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			cc, sc := configs(tls.VersionTLS12, certs.ECDSAP256)
			_ = cc
			sc.MaxVersion = tls.VersionTLS13
			server := engine.NewServer(sc)
			t.Cleanup(server.Abort)
			wantWrong(t, server, c.in, c.alert)
		})
	}
}

// TestWrongInputToClient is the same for what no server should send.
func TestWrongInputToClient(t *testing.T) {
	serverHello := func(version, suite uint16, more ...byte) []byte {
		b := binary.BigEndian.AppendUint16(nil, version)
		b = append(append(b, make([]byte, 32)...), 0)
		b = append(binary.BigEndian.AppendUint16(b, suite), 0)
		return msg(2, append(b, more...)...)
	}
	for _, c := range []struct {
		name  string
		in    []byte
		alert byte
	}{
		{"client's hello", hello(0x0303, nil, goodSuite, null, goodExtensions), unexpectedMessage},
		{"data", rec(23, 1, 2, 3), 0},
		{"certificate first", msg(11, 0, 0, 0), unexpectedMessage},
		{"finished first", msg(20, make([]byte, 12)...), unexpectedMessage},
		{"cut hello", msg(2, 3, 3), decodeError},
		{"SSL 3", serverHello(0x0300, 0xc02b), protocolVersion},
		{"version of the future", serverHello(0x0305, 0xc02b), protocolVersion},
		{"suite that was not offered", serverHello(0x0303, 0x1337), handshakeFailure},
		{"suite of TLS 1.3", serverHello(0x0303, 0x1301), handshakeFailure},
		{"protocol that was not offered", serverHello(0x0303, 0xc02b, 0, 9, 0, 16, 0, 5, 0, 3, 2, 'h', '2'), 0},
		{"renegotiation that nobody asked for", serverHello(0x0303, 0xc02b, 0, 6, 0xff, 1, 0, 2, 1, 1), handshakeFailure},
		{"fatal alert", rec(21, 2, 40), 0},
		{"oversized", []byte{22, 3, 3, 0xff, 0xff}, recordOverflow},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			client, _ := newPair(t, tls.VersionTLS12, certs.ECDSAP256)
			_, _ = client.Handshake()
			_ = take(client)
			wantWrong(t, client, c.in, c.alert)
		})
	}
}

// wantWrong feeds bytes whole, and wants a lasting error and its alert; 0 is
// any, or none.
func wantWrong(t *testing.T, c *engine.Conn, in []byte, alert byte) {
	t.Helper()
	c.Feed(in)
	_, err := c.Handshake()
	if err == nil {
		t.Fatal("no error")
	}
	if _, again := c.Handshake(); again == nil || again.Error() != err.Error() {
		t.Errorf("%v, then %v", err, again)
	}
	wantState(t, c, engine.StateFailed)
	out := take(c)
	if alert != 0 && (len(out) != 7 || out[0] != 21 || out[5] != 2 || out[6] != alert) {
		t.Errorf("%v: sends % x, want alert %d", err, out, alert)
	}
	if len(out) > 7 {
		t.Errorf("%v: sends % x", err, out)
	}
}
