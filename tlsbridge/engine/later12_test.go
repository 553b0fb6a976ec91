package engine_test

import (
	"crypto/tls"
	"errors"
	"io"
	"testing"

	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// TestWrongServer12 has a server of TLS 1.2 say something wrong at each place.
func TestWrongServer12(t *testing.T) {
	at := func(typ int, edit func(*direction, []byte) []byte) trick { return trick{"server", typ, 0, edit} }
	withTicket := resumed(t)
	h2 := func(cc, _ *tls.Config) { cc.NextProtos = []string{"h2"} }
	for _, w := range []wrong{
		{"TLS 1.1", at(serverHello, put(atVersion, 3, 2)), alerts(protocolVersion), nil},
		{"TLS 1.3", at(serverHello, exts(extVersions, 3, 4)), alerts(protocolVersion), nil},
		{"suite not offered", at(serverHello, putSuite(0x1337)), alerts(handshakeFailure), nil},
		{"suite of RSA", at(serverHello, putSuite(0xc02f)), alerts(illegalParameter, unexpectedMessage, handshakeFailure), nil},
		{"compression", at(serverHello, changed(func(msg []byte) []byte {
			msg[atSuite(msg)+2] = 1
			return msg
		})), alerts(illegalParameter), nil},
		{"renegotiation", at(serverHello, exts(extRenegotiation, 1, 7)), alerts(handshakeFailure), nil},
		{"extension twice", at(serverHello, doubled), alerts(decodeError), nil},
		{"protocol not offered", at(serverHello, exts(extALPN, 0, 3, 2, 'h', '3')), alerts(unsupportedExtension, noApplicationProto), h2},
		{"protocol not asked for", at(serverHello, exts(extALPN, 0, 3, 2, 'h', '2')), alerts(unsupportedExtension, noApplicationProto), nil},
		{"two protocols", at(serverHello, exts(extALPN, 0, 6, 2, 'h', '2', 2, 'h', '3')), alerts(decodeError), h2},
		{"empty protocol", at(serverHello, exts(extALPN, 0, 1, 0)), alerts(decodeError), h2},
		{"hello cut", at(serverHello, shorter(1)), alerts(decodeError), nil},
		{"hello twice", at(serverHello, twice), alerts(unexpectedMessage), nil},
		{"hello requests without end", at(certificate, flood(1000, typeHandshake, 0, 0, 0, 0)), alerts(unexpectedMessage), nil},
		{"warnings without end", at(certificate, flood(1000, typeAlert, 1, 90)), alerts(unexpectedMessage), nil},
		{"fatal alert", at(certificate, before(typeAlert, 2, internalError)), nil, nil},
		{"alert of no level", at(certificate, before(typeAlert, 3, internalError)), alerts(unexpectedMessage), nil},
		{"empty record", at(certificate, before(typeHandshake)), alerts(unexpectedMessage), nil},
		{"empty data", at(certificate, before(typeData)), alerts(unexpectedMessage), nil},
		{"data in the handshake", at(certificate, before(typeData, 1)), alerts(unexpectedMessage), nil},
		{"record of a wrong version", at(certificate, wrongVersion), alerts(protocolVersion), nil},
		{"oversized record", at(certificate, func(*direction, []byte) []byte { return []byte{typeHandshake, 3, 3, 0x48, 0x01} }), alerts(recordOverflow), nil},
		{"long record in clear", at(certificate, func(*direction, []byte) []byte { return rec(typeHandshake, make([]byte, 16<<10+1)...) }), alerts(recordOverflow), nil},

		{"no certificate message", at(certificate, dropped), alerts(unexpectedMessage), nil},
		{"no certificate", at(certificate, instead(certificate, 0, 0, 0)), alerts(unexpectedMessage, decodeError), nil},
		{"certificate cut", at(certificate, shorter(1)), alerts(decodeError), nil},
		{"certificate of garbage", at(certificate, instead(certificate, 0, 0, 6, 0, 0, 3, 1, 2, 3)), alerts(decodeError, badCertificate), nil},
		{"certificate spoilt", at(certificate, spoilt), alerts(badCertificate), nil},
		{"huge certificate", at(certificate, huge), alerts(internalError), nil},
		{"certificate's status nobody asked for", at(keyExchange, instead(certStatus, 1, 0, 0, 1, 7)), alerts(unexpectedMessage), nil},

		{"no key", at(keyExchange, dropped), alerts(unexpectedMessage, internalError), nil},
		{"key's signature wrong", at(keyExchange, spoilt), alerts(illegalParameter, decryptError), nil},
		{"key's signature of a kind not offered", at(keyExchange, put(4+4+32, 4, 1)), alerts(illegalParameter), nil},
		{"key of an unknown group", at(keyExchange, put(5, 0x13, 0x37)), alerts(illegalParameter), nil},
		{"key of no named group", at(keyExchange, put(4, 1)), alerts(illegalParameter), nil},
		{"key cut", at(keyExchange, shorter(1)), alerts(illegalParameter, decodeError), nil},
		{"key of nothing", at(keyExchange, instead(keyExchange)), alerts(illegalParameter, decodeError), nil},
		{"key twice", at(keyExchange, twice), alerts(unexpectedMessage), nil},
		{"certificate request cut", at(helloDone, instead(certRequest, 1, 64)), alerts(decodeError), nil},
		{"certificate request twice", at(certRequest, twice), alerts(unexpectedMessage), mutual},
		{"certificate request for other keys", at(certRequest, put(4, 1, 1, 0, 2, 4, 3, 0, 0)), alerts(decodeError), mutual},
		{"hello done with a body", at(helloDone, longer), alerts(decodeError), nil},
		{"hello done twice", at(helloDone, twice), alerts(unexpectedMessage, badRecordMAC), nil},
		{"finished for hello done", at(helloDone, instead(finished, make([]byte, 12)...)), alerts(unexpectedMessage), nil},
		{"change of cipher for hello done", at(helloDone, before(typeChange, 1)), alerts(unexpectedMessage), nil},
		{"huge message", at(helloDone, huge), alerts(internalError), nil},

		{"no change of cipher", at(changeCipher, dropped), alerts(unexpectedMessage), nil},
		{"change of cipher twice", at(changeCipher, func(_ *direction, rec []byte) []byte { return append(rec, rec...) }), alerts(unexpectedMessage, badRecordMAC), nil},
		{"change of cipher of two bytes", at(changeCipher, func(*direction, []byte) []byte { return rec(typeChange, 1, 1) }), alerts(decodeError, unexpectedMessage), nil},
		{"change of cipher of another kind", at(changeCipher, func(*direction, []byte) []byte { return rec(typeChange, 2) }), alerts(decodeError, unexpectedMessage), nil},
		{"change of cipher between pieces", at(changeCipher, func(_ *direction, ccs []byte) []byte {
			return append(rec(typeHandshake, finished, 0), ccs...)
		}), alerts(unexpectedMessage), nil},
		{"ticket nobody asked for", at(changeCipher, func(d *direction, ccs []byte) []byte {
			return append(d.msg(newTicket, 0, 0, 0, 9, 0, 1, 7), ccs...)
		}), alerts(unexpectedMessage, illegalParameter), func(cc, _ *tls.Config) { cc.SessionTicketsDisabled = true }},
		{"data for finished", at(finished, func(*direction, []byte) []byte { return rec(typeData, make([]byte, 40)...) }), alerts(badRecordMAC), nil},
		{"finished with a bad MAC", at(finished, func(_ *direction, rec []byte) []byte {
			rec[len(rec)-1] ^= 1
			return rec
		}), alerts(badRecordMAC), nil},

		{"other suite for a session", at(serverHello, putSuite(0xc02c)), alerts(handshakeFailure), withTicket},
		{"no master secret for a session", at(serverHello, exts(extMasterSecret)), alerts(handshakeFailure), withTicket},
		{"other hello hashed", trick{"server", serverHello, 0, exts(extUnknown, 1)}, alerts(handshakeFailure, decryptError), withTicket},
	} {
		w.play(t, tls.VersionTLS12)
	}
}

// TestWrongClient12 has a client of TLS 1.2 say something wrong at each place.
func TestWrongClient12(t *testing.T) {
	at := func(typ int, edit func(*direction, []byte) []byte) trick { return trick{"client", typ, 0, edit} }
	for _, w := range []wrong{
		{"key of nothing", at(clientKeyExchange, instead(clientKeyExchange)), alerts(illegalParameter, decodeError), nil},
		{"key too short", at(clientKeyExchange, instead(clientKeyExchange, 1, 4)), alerts(illegalParameter), nil},
		{"key of low order", at(clientKeyExchange, instead(clientKeyExchange, append([]byte{32}, make([]byte, 32)...)...)), alerts(illegalParameter), nil},
		{"key cut", at(clientKeyExchange, shorter(1)), alerts(illegalParameter, decodeError), nil},
		{"key twice", at(clientKeyExchange, twice), alerts(unexpectedMessage), nil},
		{"other key", at(clientKeyExchange, spoilt), alerts(badRecordMAC), nil},
		{"no key", at(clientKeyExchange, dropped), alerts(unexpectedMessage), nil},
		{"second hello for the key", at(clientKeyExchange, instead(clientHello)), alerts(decodeError, unexpectedMessage), nil},
		{"huge message", at(clientKeyExchange, huge), alerts(internalError), nil},
		{"certificate that nobody asked for", at(clientKeyExchange, instead(certificate, 0, 0, 0)), alerts(unexpectedMessage), nil},
		{"unknown message", at(clientKeyExchange, instead(noSuchType)), alerts(unexpectedMessage), nil},
		{"warnings without end", at(clientKeyExchange, flood(1000, typeAlert, 1, 90)), alerts(unexpectedMessage), nil},
		{"empty records", at(clientKeyExchange, flood(1000, typeHandshake)), alerts(unexpectedMessage), nil},
		{"data in the handshake", at(clientKeyExchange, before(typeData, 1)), alerts(unexpectedMessage), nil},
		{"change of cipher before the key", at(clientKeyExchange, before(typeChange, 1)), alerts(unexpectedMessage), nil},
		{"record of a wrong version", at(clientKeyExchange, wrongVersion), alerts(protocolVersion), nil},
		{"no change of cipher", at(changeCipher, dropped), alerts(unexpectedMessage), nil},
		{"finished in clear", at(changeCipher, func(d *direction, _ []byte) []byte { return d.msg(finished, make([]byte, 12)...) }), alerts(unexpectedMessage), nil},
		{"change of cipher of another kind", at(changeCipher, func(*direction, []byte) []byte { return rec(typeChange, 2) }), alerts(decodeError, unexpectedMessage), nil},
		{"finished with a bad MAC", at(finished, func(_ *direction, rec []byte) []byte {
			rec[len(rec)-1] ^= 1
			return rec
		}), alerts(badRecordMAC), nil},
		{"other hello hashed", at(clientHello, exts(extUnknown, 1)), alerts(badRecordMAC), nil},
		{"other hello hashed, keys the same", at(clientHello, exts(extMasterSecret)), alerts(handshakeFailure, decryptError), nil},
		{"renegotiation", at(clientHello, exts(extRenegotiation, 1, 7)), alerts(handshakeFailure), nil},
		{"point formats of another kind", at(clientHello, exts(11, 1, 1)), alerts(missingExtension, illegalParameter), nil},
		{"early hello of TLS 1.3", at(clientHello, exts(extVersions, 2, 3, 4)), alerts(protocolVersion), nil},

		{"no certificate", at(certificate, instead(certificate, 0, 0, 0)), alerts(handshakeFailure, badCertificate), mutual},
		{"no certificate message", at(certificate, dropped), alerts(unexpectedMessage), mutual},
		{"certificate of garbage", at(certificate, instead(certificate, 0, 0, 6, 0, 0, 3, 1, 2, 3)), alerts(decodeError, badCertificate), mutual},
		{"certificate cut", at(certificate, shorter(1)), alerts(decodeError), mutual},
		{"no signature", at(certVerify, dropped), alerts(unexpectedMessage), mutual},
		{"signature wrong", at(certVerify, spoilt), alerts(decryptError), mutual},
		{"signature of a kind not asked for", at(certVerify, put(4, 4, 1)), alerts(illegalParameter, decryptError), mutual},
		{"signature cut", at(certVerify, shorter(1)), alerts(decodeError), mutual},
	} {
		w.play(t, tls.VersionTLS12)
	}
}

// TestDowngrade takes TLS 1.3 from a client's hello. The server's random says
// that it could have done better.
func TestDowngrade(t *testing.T) {
	cc, sc := configs(tls.VersionTLS12, 0)
	cc.MaxVersion, sc.MaxVersion = tls.VersionTLS13, tls.VersionTLS13
	m := newMiddle(t, cc, sc, trick{"client", clientHello, 0, exts(extVersions, 2, 3, 3)})
	for _, d := range m.ways {
		d.version = tls.VersionTLS12
	}
	m.run()
	m.wantFailure(m.client, m.server, alerts(illegalParameter))
}

// TestFarewellInTheHandshake has each side say close_notify before it is time.
// That is an end, and no error of TLS.
func TestFarewellInTheHandshake(t *testing.T) {
	for _, c := range []struct {
		version uint16
		from    string
		at      int
	}{
		{tls.VersionTLS12, "server", certificate},
		{tls.VersionTLS12, "client", clientKeyExchange},
		{tls.VersionTLS13, "server", certificate},
		{tls.VersionTLS13, "client", finished},
	} {
		cc, sc := configs(c.version, 0)
		m := newMiddle(t, cc, sc, trick{c.from, c.at, 0, before(typeAlert, 1, 0)})
		m.run()
		victim, peer := m.victim()
		if !errors.Is(victim.err, io.EOF) {
			t.Errorf("%s of %s: %v", victim.role, tls.VersionName(c.version), victim.err)
		}
		wantState(t, victim.Conn, engine.StateFailed)
		wantInert(t, victim)
		victim.Abort()
		peer.Abort()
	}
	wantCoroutines(t, 0)
}
