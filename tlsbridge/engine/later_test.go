package engine_test

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
)

// wrong is a scenario of wrong input in the middle of a handshake.
type wrong struct {
	name string
	trick
	alerts []byte // one of them ends it; none if it ends without a word
	// config changes what both start from.
	config func(cc, sc *tls.Config)
}

// play runs one and checks its end.
func (w wrong) play(t *testing.T, version uint16) {
	t.Run(tls.VersionName(version)+"/"+w.from+"/"+strings.ReplaceAll(w.name, " ", "_"), func(t *testing.T) {
		cc, sc := configs(version, certs.ECDSAP256)
		if w.config != nil {
			w.config(cc, sc)
		}
		m := newMiddle(t, cc, sc, w.trick)
		m.run()
		victim, peer := m.victim()
		m.wantFailure(victim, peer, w.alerts)
	})
}

func alerts(a ...byte) []byte { return a }

// TestWrongServer13 has a server of TLS 1.3 say something wrong at each place.
func TestWrongServer13(t *testing.T) {
	twoGroups := func(cc, _ *tls.Config) { cc.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256} }
	retried := func(cc, sc *tls.Config) {
		twoGroups(cc, sc)
		sc.CurvePreferences = []tls.CurveID{tls.CurveP256}
	}
	p256 := extension(extKeyShare, []byte{0, 23})
	at := func(typ int, edit func(*direction, []byte) []byte) trick { return trick{"server", typ, 0, edit} }
	for _, w := range []wrong{
		{"no version", at(serverHello, exts(extVersions)), alerts(protocolVersion), nil},
		{"old version", at(serverHello, exts(extVersions, 3, 1)), alerts(protocolVersion), nil},
		{"version in the old place", at(serverHello, changed(func(msg []byte) []byte {
			msg[atVersion+1] = 4
			return with(msg, extVersions, nil)
		})), alerts(missingExtension), nil},
		{"wrong old version", at(serverHello, put(atVersion, 3, 1)), alerts(illegalParameter), nil},
		{"session not echoed", at(serverHello, put(atSession+1, 1, 2, 3)), alerts(illegalParameter), nil},
		{"session cut", at(serverHello, put(atSession, 0)), alerts(decodeError), nil},
		{"suite not offered", at(serverHello, putSuite(0x1337)), alerts(illegalParameter), nil},
		{"suite of TLS 1.2", at(serverHello, putSuite(0xc02b)), alerts(illegalParameter), nil},
		{"compression", at(serverHello, changed(func(msg []byte) []byte {
			msg[atSuite(msg)+2] = 1
			return msg
		})), alerts(decodeError, illegalParameter), nil},
		{"protocol in the hello", at(serverHello, exts(extALPN, 0, 3, 2, 'h', '2')), alerts(unsupportedExtension), nil},
		{"ticket in the hello", at(serverHello, exts(extTicket, []byte{}...)), alerts(unsupportedExtension), nil},
		{"cookie in the hello", at(serverHello, exts(extCookie, 0, 1, 7)), alerts(unsupportedExtension), nil},
		{"session nobody asked for", at(serverHello, exts(extPSK, 0, 0)), alerts(illegalParameter), nil},
		{"no key", at(serverHello, exts(extKeyShare)), alerts(illegalParameter), nil},
		{"key of another group", at(serverHello, exts(extKeyShare, 0, 23, 0, 1, 4)), alerts(illegalParameter), nil},
		{"key too short", at(serverHello, exts(extKeyShare, 0, 29, 0, 1, 4)), alerts(illegalParameter), nil},
		{"key of low order", at(serverHello, exts(extKeyShare, append([]byte{0, 29, 0, 32}, make([]byte, 32)...)...)), alerts(illegalParameter), nil},
		{"key cut", at(serverHello, exts(extKeyShare, 0, 29, 0, 32, 4)), alerts(decodeError), nil},
		{"extension twice", at(serverHello, doubled), alerts(decodeError), nil},
		{"unknown extension", at(serverHello, exts(extUnknown, 1)), alerts(badRecordMAC, decryptError), nil}, // it is hashed
		{"hello behind the hello", at(serverHello, twice), alerts(badRecordMAC), nil},
		{"more in the record of the hello", at(serverHello, together(encryptedExts, 0, 0, 2, 0, 0)), alerts(unexpectedMessage), nil},
		{"data before the hello", at(serverHello, before(typeData, 1, 2)), nil, nil},
		{"change of cipher before the hello", at(serverHello, before(typeChange, 1)), nil, nil},
		{"record of a wrong version", at(encryptedExts, wrongVersion), alerts(protocolVersion), nil},

		{"retry without a wish", at(serverHello, retries(1)), alerts(illegalParameter), twoGroups},
		{"retry for an unknown group", at(serverHello, retries(1, extension(extKeyShare, []byte{0x13, 0x37}))), alerts(illegalParameter), twoGroups},
		{"retry for what it had", at(serverHello, retries(1, extension(extKeyShare, []byte{0, 29}))), alerts(illegalParameter), twoGroups},
		{"retry with a malformed group", at(serverHello, retries(1, extension(extKeyShare, []byte{0, 23, 0, 1, 4}))), alerts(illegalParameter, decodeError), twoGroups},
		{"second retry", at(serverHello, retries(2, p256)), alerts(unexpectedMessage), twoGroups},
		{"retries without end", at(serverHello, retries(1000, p256)), alerts(unexpectedMessage), twoGroups},
		{"other suite after a retry", trick{"server", serverHello, 1, putSuite(0x1302)}, alerts(illegalParameter), retried},
		{"other version after a retry", trick{"server", serverHello, 1, exts(extVersions, 3, 3)}, alerts(illegalParameter), retried},
		{"other group after a retry", trick{"server", serverHello, 1, exts(extKeyShare, append([]byte{0, 29, 0, 32}, make([]byte, 32)...)...)}, alerts(illegalParameter), retried},

		{"extensions left out", at(encryptedExts, dropped), alerts(unexpectedMessage), nil},
		{"extensions twice", at(encryptedExts, twice), alerts(unexpectedMessage), nil},
		{"extensions cut", at(encryptedExts, put(4, 0xff)), alerts(decodeError), nil},
		{"extensions in clear", at(encryptedExts, inClear), alerts(badRecordMAC, unexpectedMessage), nil},
		{"extensions with a bad MAC", at(encryptedExts, badMAC), alerts(badRecordMAC), nil},
		{"protocol not offered", at(encryptedExts, exts(extALPN, 0, 3, 2, 'h', '3')), alerts(noApplicationProto, unsupportedExtension), func(cc, _ *tls.Config) { cc.NextProtos = []string{"h2"} }},
		{"protocol not asked for", at(encryptedExts, exts(extALPN, 0, 3, 2, 'h', '2')), alerts(noApplicationProto, unsupportedExtension), nil},
		{"two protocols", at(encryptedExts, exts(extALPN, 0, 6, 2, 'h', '2', 2, 'h', '3')), alerts(decodeError), nil},
		{"early data accepted", at(encryptedExts, exts(extEarlyData, []byte{}...)), alerts(unsupportedExtension), nil},
		{"parameters of QUIC", at(encryptedExts, exts(extQUIC, 1, 1, 0)), alerts(unsupportedExtension), nil},
		{"huge message", at(encryptedExts, huge), alerts(internalError), nil},
		{"key update in the handshake", at(encryptedExts, instead(keyUpdate, 0)), alerts(unexpectedMessage), nil},
		{"ticket in the handshake", at(encryptedExts, instead(newTicket, make([]byte, 9)...)), alerts(decodeError, unexpectedMessage), nil},
		{"empty record", at(encryptedExts, before(typeHandshake)), alerts(unexpectedMessage), nil},
		{"empty data", at(encryptedExts, before(typeData)), alerts(unexpectedMessage), nil},
		{"data in the handshake", at(certificate, before(typeData, 1)), alerts(unexpectedMessage), nil},
		{"unknown record", at(certificate, before(99, 1)), alerts(unexpectedMessage), nil},
		{"alert of three bytes", at(certificate, before(typeAlert, 1, 0, 0)), alerts(unexpectedMessage), nil},
		{"alert between pieces", at(certificate, func(d *direction, msg []byte) []byte {
			wire := append(d.rec(typeHandshake, msg[:10]), d.rec(typeAlert, []byte{1, 90})...)
			return append(wire, d.rec(typeHandshake, msg[10:])...)
		}), alerts(unexpectedMessage), nil},
		{"user canceled without end", at(certificate, flood(1000, typeAlert, 1, 90)), alerts(unexpectedMessage), nil},
		{"fatal alert", at(certificate, before(typeAlert, 2, internalError)), nil, nil},
		{"warning", at(certificate, before(typeAlert, 1, noRenegotiation)), nil, nil},

		{"no certificate message", at(certificate, dropped), alerts(unexpectedMessage), nil},
		{"no certificate", at(certificate, instead(certificate, 0, 0, 0, 0)), alerts(decodeError), nil},
		{"certificate cut", at(certificate, shorter(1)), alerts(decodeError), nil},
		{"certificate of garbage", at(certificate, instead(certificate, 0, 0, 0, 8, 0, 0, 3, 1, 2, 3, 0, 0)), alerts(decodeError, badCertificate), nil},
		{"certificate spoilt", at(certificate, changed(func(msg []byte) []byte {
			msg[len(msg)-4] ^= 1 // in the signature
			return msg
		})), alerts(badCertificate), nil},
		{"certificate twice", at(certificate, twice), alerts(unexpectedMessage), nil},
		{"huge certificate", at(certificate, huge), alerts(internalError), nil},
		{"certificate request behind the certificate", at(certVerify, instead(certRequest, 0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3)), alerts(unexpectedMessage), nil},
		{"certificate request without algorithms", at(certificate, instead(certRequest, 0, 0, 0)), alerts(unexpectedMessage, missingExtension, decodeError), nil},

		{"no signature", at(certVerify, dropped), alerts(unexpectedMessage), nil},
		{"signature wrong", at(certVerify, spoilt), alerts(decryptError), nil},
		{"signature empty", at(certVerify, instead(certVerify, 4, 3, 0, 0)), alerts(decryptError), nil},
		{"signature cut", at(certVerify, shorter(1)), alerts(decodeError), nil},
		{"signature of another key's kind", at(certVerify, put(4, 8, 7)), alerts(decryptError, illegalParameter), nil},
		{"signature of a kind not offered", at(certVerify, put(4, 4, 1)), alerts(illegalParameter), nil},
		{"signature with SHA-1", at(certVerify, put(4, 2, 3)), alerts(illegalParameter), nil},
		{"signature twice", at(certVerify, twice), alerts(unexpectedMessage), nil},

		{"finished wrong", at(finished, spoilt), alerts(decryptError), nil},
		{"finished cut", at(finished, shorter(1)), alerts(decryptError), nil},
		{"finished empty", at(finished, instead(finished)), alerts(decryptError), nil},
		{"finished replaced", at(finished, instead(certVerify, 4, 3, 0, 0)), alerts(unexpectedMessage), nil},
		{"data before finished", at(finished, before(typeData, 1)), alerts(unexpectedMessage), nil},
		{"more in the record of finished", at(finished, together(newTicket, 0)), alerts(unexpectedMessage), nil},
	} {
		w.play(t, tls.VersionTLS13)
	}
}
