package engine_test

import (
	"crypto/tls"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// mutual asks the client for a certificate, which it has.
func mutual(cc, sc *tls.Config) {
	cc.Certificates = []tls.Certificate{pki().leaves[certs.ECDSAP256]}
	sc.ClientAuth, sc.ClientCAs = tls.RequireAndVerifyClientCert, pki().authority.Pool()
}

// resumed has a client come with a ticket for the server.
func resumed(t *testing.T) func(cc, sc *tls.Config) {
	return func(cc, sc *tls.Config) {
		cc.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		client, server := engine.NewClient(cc), engine.NewServer(sc)
		if err := shake(client, server, 1<<20); err != nil {
			t.Fatal(err)
		}
		settleTickets(t, client)
	}
}

// TestWrongClient13 has a client of TLS 1.3 say something wrong at each place.
func TestWrongClient13(t *testing.T) {
	retried := func(cc, sc *tls.Config) {
		cc.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256}
		sc.CurvePreferences = []tls.CurveID{tls.CurveP256}
	}
	withTicket := resumed(t)
	zero := make([]byte, 32)
	at := func(typ int, edit func(*direction, []byte) []byte) trick { return trick{"client", typ, 0, edit} }
	again := func(edit func(*direction, []byte) []byte) trick { return trick{"client", clientHello, 1, edit} }
	for _, w := range []wrong{
		{"version in the old place", at(clientHello, changed(func(msg []byte) []byte {
			msg[atVersion+1] = 4
			return with(msg, extVersions, nil)
		})), alerts(protocolVersion, illegalParameter), nil},
		{"no version", at(clientHello, exts(extVersions)), alerts(protocolVersion), nil},
		{"compression", at(clientHello, changed(func(msg []byte) []byte {
			msg[atExtensions(msg)-1] = 1
			return msg
		})), alerts(illegalParameter), nil},
		{"renegotiation", at(clientHello, exts(extRenegotiation, 1, 7)), alerts(handshakeFailure), nil},
		{"early data", at(clientHello, exts(extEarlyData, []byte{}...)), alerts(unsupportedExtension), nil},
		{"early data with a ticket", at(clientHello, exts(extEarlyData, []byte{}...)), alerts(unsupportedExtension), withTicket},
		{"parameters of QUIC", at(clientHello, exts(extQUIC, 1, 1, 0)), alerts(unsupportedExtension), nil},
		{"extension twice", at(clientHello, doubled), alerts(decodeError), nil},
		{"name with a dot", at(clientHello, exts(extServerName, 0, 5, 0, 0, 2, 'a', '.')), alerts(decodeError), nil},
		{"empty name", at(clientHello, exts(extServerName, 0, 3, 0, 0, 0)), alerts(decodeError), nil},
		{"two names", at(clientHello, exts(extServerName, 0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b')), alerts(decodeError), nil},
		{"no protocol in common", at(clientHello, exts(extALPN, 0, 3, 2, 'h', '3')), alerts(noApplicationProto), func(cc, sc *tls.Config) { sc.NextProtos = []string{"h2"} }},
		{"empty protocol", at(clientHello, exts(extALPN, 0, 1, 0)), alerts(decodeError), nil},
		{"no signature algorithms", at(clientHello, exts(extSignatures)), alerts(missingExtension, handshakeFailure), nil},
		{"signature algorithms empty", at(clientHello, exts(extSignatures, 0, 0)), alerts(decodeError), nil},
		{"signature algorithms unknown", at(clientHello, exts(extSignatures, 0, 2, 9, 9)), alerts(handshakeFailure), nil},
		{"no group in common", at(clientHello, exts(extGroups, 0, 2, 9, 9)), alerts(handshakeFailure), nil},
		{"key too short", at(clientHello, exts(extKeyShare, 0, 5, 0, 29, 0, 1, 4)), alerts(illegalParameter), nil},
		{"key of low order", at(clientHello, exts(extKeyShare, append([]byte{0, 36, 0, 29, 0, 32}, zero...)...)), alerts(illegalParameter), nil},
		{"keys cut", at(clientHello, exts(extKeyShare, 0, 9, 0, 29, 0, 1, 4)), alerts(decodeError), nil},
		{"hello cut", at(clientHello, shorter(1)), alerts(decodeError), nil},
		{"hello too long", at(clientHello, longer), alerts(decodeError), nil},
		{"hello and more in a record", at(clientHello, together(finished, 0, 0, 0)), alerts(unexpectedMessage), nil},
		{"two hellos in a record, and a retry", at(clientHello, func(d *direction, msg []byte) []byte {
			msg = with(msg, extKeyShare, []byte{0, 0})
			return d.rec(typeHandshake, append(msg, msg...))
		}), alerts(unexpectedMessage), nil},

		{"binder wrong", at(clientHello, spoilt), alerts(decryptError), withTicket},
		{"ticket not last", at(clientHello, swapped), alerts(decodeError, illegalParameter), withTicket},
		{"tickets without binders", at(clientHello, exts(extPSK, 0, 7, 0, 1, 7, 0, 0, 0, 0, 0, 0)), alerts(decodeError, illegalParameter), withTicket},
		{"two binders for a ticket", at(clientHello, exts(extPSK, append(append([]byte{0, 7, 0, 1, 7, 0, 0, 0, 0, 0, 66, 32}, zero...), append([]byte{32}, zero...)...)...)), alerts(illegalParameter), withTicket},

		{"second hello with other suites", again(changed(func(msg []byte) []byte {
			msg[atSuite(msg)+2] ^= 1
			return msg
		})), alerts(illegalParameter), retried},
		{"second hello with another random", again(put(atRandom, 1, 2, 3)), alerts(illegalParameter), retried},
		{"second hello with another session", again(put(atSession+1, 1, 2, 3)), alerts(illegalParameter), retried},
		{"second hello with another name", again(exts(extServerName, 0, 4, 0, 0, 1, 'a')), alerts(illegalParameter), retried},
		{"second hello with no key", again(exts(extKeyShare, 0, 0)), alerts(illegalParameter), retried},
		{"second hello with two keys", again(exts(extKeyShare, 0, 10, 0, 23, 0, 1, 4, 0, 29, 0, 1, 4)), alerts(illegalParameter), retried},
		{"second hello with another group", again(exts(extKeyShare, 0, 5, 0, 24, 0, 1, 4)), alerts(illegalParameter), retried},
		{"second hello with a wrong point", again(exts(extKeyShare, 0, 5, 0, 23, 0, 1, 4)), alerts(illegalParameter), retried},
		{"second hello with early data", again(exts(extEarlyData, []byte{}...)), alerts(illegalParameter), retried},
		{"no second hello", again(instead(finished, zero...)), alerts(unexpectedMessage), retried},
		{"second hello in a record of a wrong version", again(wrongVersion), alerts(protocolVersion), retried},

		{"finished wrong", at(finished, spoilt), alerts(decryptError), nil},
		{"finished empty", at(finished, instead(finished)), alerts(decryptError), nil},
		{"finished with a bad MAC", at(finished, badMAC), alerts(badRecordMAC), nil},
		{"finished in clear", at(finished, inClear), alerts(badRecordMAC, unexpectedMessage), nil},
		{"finished of a wrong version", at(finished, wrongVersion), alerts(protocolVersion), nil},
		{"finished and more in a record", at(finished, together(keyUpdate, 0, 0, 1, 0)), alerts(unexpectedMessage), nil},
		{"hello instead of finished", at(finished, instead(clientHello, zero...)), alerts(decodeError, unexpectedMessage), nil},
		{"certificate that nobody asked for", at(finished, instead(certificate, 0, 0, 0, 0)), alerts(unexpectedMessage), nil},
		{"end of early data", at(finished, instead(endOfEarlyData)), alerts(unexpectedMessage), nil},
		{"key update before finished", at(finished, instead(keyUpdate, 1)), alerts(unexpectedMessage), nil},
		{"unknown message", at(finished, instead(noSuchType, 1)), alerts(unexpectedMessage), nil},
		{"huge message", at(finished, huge), alerts(internalError), nil},
		{"data before finished", at(finished, before(typeData, 1)), alerts(unexpectedMessage), nil},
		{"empty record", at(finished, before(typeHandshake)), alerts(unexpectedMessage), nil},
		{"changes of cipher without end", at(finished, cleared(1000, typeChange, 1)), alerts(unexpectedMessage), nil},
		{"change of cipher of two bytes", at(finished, cleared(1, typeChange, 1, 1)), alerts(decodeError, unexpectedMessage), nil},
		{"oversized record", at(finished, func(*direction, []byte) []byte { return []byte{typeData, 3, 3, 0x41, 0x01} }), alerts(recordOverflow), nil},
		{"record without a tag", at(finished, func(*direction, []byte) []byte { return rec(typeData, 1, 2, 3) }), alerts(badRecordMAC), nil},
		{"record of padding only", at(finished, func(d *direction, _ []byte) []byte { return d.rec(0, nil) }), alerts(unexpectedMessage), nil},

		{"no certificate", at(certificate, instead(certificate, 0, 0, 0, 0)), alerts(certRequired), mutual},
		{"no certificate message", at(certificate, dropped), alerts(unexpectedMessage), mutual},
		{"certificate cut", at(certificate, shorter(1)), alerts(decodeError), mutual},
		{"certificate of garbage", at(certificate, instead(certificate, 0, 0, 0, 8, 0, 0, 3, 1, 2, 3, 0, 0)), alerts(decodeError, badCertificate), mutual},
		{"huge certificate", at(certificate, huge), alerts(internalError), mutual},
		{"no signature", at(certVerify, dropped), alerts(unexpectedMessage), mutual},
		{"signature wrong", at(certVerify, spoilt), alerts(decryptError), mutual},
		{"signature of a kind not asked for", at(certVerify, put(4, 4, 1)), alerts(illegalParameter), mutual},
		{"signature of another key's kind", at(certVerify, put(4, 8, 7)), alerts(decryptError, illegalParameter), mutual},
		{"signature twice", at(certVerify, twice), alerts(unexpectedMessage), mutual},
	} {
		w.play(t, tls.VersionTLS13)
	}
}
