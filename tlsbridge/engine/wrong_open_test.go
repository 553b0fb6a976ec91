package engine_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/internal/forge"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// sealer makes the records of one direction of an open connection.
type sealer interface {
	Seal(typ byte, data []byte, padding int) []byte
}

// half12 is one direction of TLS 1.2 with AES-128-GCM, behind its Finished.
// Sources: RFC 5246 section 6.3, RFC 5288 section 3.
type half12 struct {
	aead cipher.AEAD
	salt []byte
	seq  uint64
}

// newHalf12 takes the keys of a side from the key block; side 0 is the client's.
func newHalf12(tb testing.TB, block []byte, side int) *half12 {
	tb.Helper()
	b, err := aes.NewCipher(block[16*side : 16*side+16])
	if err != nil {
		tb.Fatal(err)
	}
	aead, err := cipher.NewGCM(b)
	if err != nil {
		tb.Fatal(err)
	}
	return &half12{aead: aead, salt: block[32+4*side : 36+4*side], seq: 1}
}

func (h *half12) Seal(typ byte, data []byte, _ int) []byte {
	seq := binary.BigEndian.AppendUint64(nil, h.seq)
	h.seq++
	aad := append(bytes.Clone(seq), typ, 3, 3, byte(len(data)>>8), byte(len(data)))
	n := len(seq) + len(data) + h.aead.Overhead()
	record := append([]byte{typ, 3, 3, byte(n >> 8), byte(n)}, seq...)
	return h.aead.Seal(record, append(bytes.Clone(h.salt), seq...), data, aad)
}

// forged12 is an open connection of TLS 1.2 and both directions.
func forged12(t *testing.T, also ...func(cc *tls.Config)) (client, server *engine.Conn, toServer, toClient *half12) {
	t.Helper()
	cc, sc := configs(tls.VersionTLS12, certs.ECDSAP256)
	cc.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
	for _, set := range also {
		set(cc)
	}
	var log strings.Builder
	cc.KeyLogWriter = &log
	client, server = engine.NewClient(cc), engine.NewServer(sc)
	_, _ = client.Handshake()
	server.Feed(take(client))
	_, _ = server.Handshake()
	flight := take(server)
	random := flight[headerLen+atRandom:][:32]
	client.Feed(flight)
	if err := shake(client, server, 1<<20); err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(log.String()) // CLIENT_RANDOM, the random, the master secret
	seed := append(bytes.Clone(random), unhex(fields[1])...)
	block := prf12(unhex(fields[2]), "key expansion", seed)
	return client, server, newHalf12(t, block, 0), newHalf12(t, block, 1)
}

// blurt is something wrong that a peer says when the connection is open.
type blurt struct {
	name   string
	wire   func(t *testing.T, h sealer) []byte
	alerts []byte // any of them; none for an end without a word
}

// one is a record of a blurt.
func one(typ byte, data ...byte) func(*testing.T, sealer) []byte { return many(1, typ, data...) }

// many repeats it.
func many(n int, typ byte, data ...byte) func(*testing.T, sealer) []byte {
	return func(_ *testing.T, h sealer) []byte {
		var wire []byte
		for range n {
			wire = append(wire, h.Seal(typ, data, 0)...)
		}
		return wire
	}
}

// bare is a record that is not encrypted.
func bare(n int, record ...byte) func(*testing.T, sealer) []byte {
	return func(*testing.T, sealer) []byte { return bytes.Repeat(record, n) }
}

// updates are key updates without end, each under the keys of the one before.
func updates(request byte) func(*testing.T, sealer) []byte {
	return func(t *testing.T, h sealer) []byte {
		var wire []byte
		for half := h.(*forge.Half); len(wire) < 20000; half = half.Updated(t) {
			wire = append(wire, half.Seal(typeHandshake, []byte{keyUpdate, 0, 0, 1, request}, 0)...)
		}
		return wire
	}
}

// message is a handshake message.
func message(typ byte, body ...byte) []byte { return msg(typ, body...)[headerLen:] }

// anywhere are wrong with every version and either peer.
var anywhere = []blurt{
	{"empty records without end", many(1000, typeData), alerts(unexpectedMessage)},
	{"warnings without end", many(1000, typeAlert, 1, 90), alerts(unexpectedMessage)},
	{"alert of a byte", one(typeAlert, 2), alerts(unexpectedMessage)},
	{"alert of nothing", one(typeAlert), alerts(unexpectedMessage)},
	{"fatal alert", one(typeAlert, 2, internalError), nil},
	{"unknown record", one(99, 1), alerts(unexpectedMessage)},
	{"empty handshake record", one(typeHandshake), alerts(unexpectedMessage)},
	{"unknown message", one(typeHandshake, message(noSuchType, 1)...), alerts(unexpectedMessage)},
	{"finished again", one(typeHandshake, message(finished, make([]byte, 12)...)...), alerts(unexpectedMessage)},
	{"hello of a client", one(typeHandshake, hello(0x0303, nil, goodSuite, null, goodExtensions)[headerLen:]...), alerts(unexpectedMessage)},
	{"hello of nothing", one(typeHandshake, message(clientHello)...), alerts(decodeError)},
	{"certificate", one(typeHandshake, message(certificate, 0, 0, 0)...), alerts(unexpectedMessage, decodeError)},
	{"huge message", one(typeHandshake, newTicket, 0xff, 0xff, 0xff), alerts(internalError)},
	{"huge certificate", one(typeHandshake, certificate, 0xff, 0xff, 0xff), alerts(internalError)},
	{"plaintext too long", one(typeData, make([]byte, 16<<10+1)...), alerts(recordOverflow)},
	{"record of a wrong version", bare(1, typeData, 9, 9, 0, 1, 0), alerts(protocolVersion)},
	{"record too long", bare(1, typeData, 3, 3, 0x48, 1), alerts(recordOverflow)},
	{"data in clear", bare(1, rec(typeData, 'h', 'i')...), alerts(badRecordMAC)},
	{"fatal alert in clear", bare(1, rec(typeAlert, 2, internalError)...), alerts(badRecordMAC)},
	{"farewell in clear", bare(1, rec(typeAlert, 1, 0)...), alerts(badRecordMAC)},
	{"old hello", bare(1, 0x80, 0x2e, 1, 3, 1), alerts(protocolVersion)},
	{"words", bare(1, []byte("QUIT\r\n")...), alerts(protocolVersion)},
	{"record left out", func(_ *testing.T, h sealer) []byte {
		_ = h.Seal(typeData, []byte("lost"), 0)
		return h.Seal(typeData, []byte("found"), 0)
	}, alerts(badRecordMAC)},
	{"record twice", func(_ *testing.T, h sealer) []byte {
		return bytes.Repeat(h.Seal(typeHandshake, []byte{newTicket}, 0), 2)
	}, alerts(badRecordMAC)},
}

// since13 are wrong with TLS 1.3, for either peer.
var since13 = []blurt{
	{"key update of another kind", one(typeHandshake, message(keyUpdate, 2)...), alerts(decodeError)},
	{"key update of nothing", one(typeHandshake, message(keyUpdate)...), alerts(decodeError)},
	{"key update of two bytes", one(typeHandshake, message(keyUpdate, 0, 0)...), alerts(decodeError)},
	{"two key updates in a record", one(typeHandshake, append(message(keyUpdate, 0), message(keyUpdate, 0)...)...), alerts(unexpectedMessage)},
	{"key update under the old keys", many(2, typeHandshake, message(keyUpdate, 0)...), alerts(badRecordMAC)},
	{"key updates without end", updates(0), alerts(unexpectedMessage)},
	{"requests of key updates without end", updates(1), alerts(unexpectedMessage)},
	{"padding without end", func(_ *testing.T, h sealer) (wire []byte) {
		for range 1000 {
			wire = append(wire, h.Seal(typeData, nil, 200)...)
		}
		return wire
	}, alerts(unexpectedMessage)},
	{"record of padding only", one(0), alerts(unexpectedMessage)},
	{"data between the pieces of a message", func(_ *testing.T, h sealer) []byte {
		return append(h.Seal(typeHandshake, []byte{keyUpdate, 0}, 0), h.Seal(typeData, []byte("x"), 0)...)
	}, alerts(unexpectedMessage)},
	{"change of cipher without end", bare(1000, rec(typeChange, 1)...), alerts(unexpectedMessage)},
	{"hello request", one(typeHandshake, message(helloRequested)...), alerts(unexpectedMessage)},
	{"extensions", one(typeHandshake, message(encryptedExts, 0, 0)...), alerts(unexpectedMessage)},
	{"warning that TLS 1.3 has not", one(typeAlert, 1, noRenegotiation), nil},
	{"record too long for TLS 1.3", bare(1, typeData, 3, 3, 0x41, 1), alerts(recordOverflow)},
}

// before13 are wrong with TLS 1.2, for either peer.
var before13 = []blurt{
	{"key update", one(typeHandshake, message(keyUpdate, 0)...), alerts(unexpectedMessage)},
	{"alert of no level", one(typeAlert, 3, internalError), alerts(unexpectedMessage)},
	{"change of cipher", one(typeChange, 1), alerts(unexpectedMessage)},
	{"change of cipher in clear", bare(1, rec(typeChange, 1)...), alerts(badRecordMAC)},
	{"ticket", one(typeHandshake, message(newTicket, 0, 0, 0, 9, 0, 1, 7)...), alerts(unexpectedMessage)},
	{"hello request with a body", one(typeHandshake, message(helloRequested, 1)...), alerts(decodeError)},
	{"hello request", one(typeHandshake, message(helloRequested)...), alerts(noRenegotiation)},
	{"hello requests without end", many(1000, typeHandshake, message(helloRequested)...), alerts(noRenegotiation)},
}

// ticket is a NewSessionTicket of TLS 1.3.
func ticket(lifetime uint32, label ...byte) []byte {
	body := binary.BigEndian.AppendUint32(nil, lifetime)
	body = append(body, 0, 0, 0, 0, 1, 7, byte(len(label)>>8), byte(len(label)))
	return message(newTicket, append(append(body, label...), 0, 0)...)
}

// toClient13 are wrong for a server of TLS 1.3 only.
var toClient13 = []blurt{
	{"ticket for longer than a week", one(typeHandshake, ticket(7*24*3600+1, 1)...), alerts(illegalParameter)},
	{"ticket without a label", one(typeHandshake, ticket(3600)...), alerts(decodeError)},
	{"ticket cut", one(typeHandshake, message(newTicket, 0, 0, 0, 9)...), alerts(decodeError)},
	{"tickets without end", many(1000, typeHandshake, ticket(3600, 1)...), alerts(unexpectedMessage)},
	{"certificate request", one(typeHandshake, message(certRequest, 0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3)...), alerts(unexpectedMessage)},
}

// toServer13 are wrong for a client of TLS 1.3 only.
var toServer13 = []blurt{
	{"ticket of a client", one(typeHandshake, ticket(3600, 1)...), alerts(unexpectedMessage)},
	{"end of early data", one(typeHandshake, message(endOfEarlyData)...), alerts(unexpectedMessage)},
}

// blurts are those for a version and the peer that hears them.
func blurts(version uint16, role string) []blurt {
	switch {
	case version == tls.VersionTLS12:
		return slices.Concat(anywhere, before13)
	case role == "client":
		return slices.Concat(anywhere, since13, toClient13)
	}
	return slices.Concat(anywhere, since13, toServer13)
}

// TestWrongWhenOpen says each of them to each peer.
func TestWrongWhenOpen(t *testing.T) {
	for _, version := range versions {
		for _, role := range []string{"client", "server"} {
			for _, b := range blurts(version, role) {
				t.Run(tls.VersionName(version)+"/to_"+role+"/"+strings.ReplaceAll(b.name, " ", "_"), func(t *testing.T) {
					victim, peer, h := openVictim(t, version, role)
					b.play(t, victim, peer, h)
				})
			}
		}
	}
	wantCoroutines(t, 0)
}

// openVictim returns the end of that role in an open connection, its peer, and
// what speaks to it in the peer's name.
func openVictim(t *testing.T, version uint16, role string) (victim, peer *engine.Conn, h sealer) {
	t.Helper()
	var client, server *engine.Conn
	var toServer, toClient sealer
	if version == tls.VersionTLS13 {
		client, server, toServer, toClient = mouths(forgedPair(t))
	} else {
		client, server, toServer, toClient = mouths(forged12(t))
	}
	if role == "client" {
		return client, server, toClient
	}
	return server, client, toServer
}

// mouths makes the directions of one type.
func mouths[T sealer](client, server *engine.Conn, toServer, toClient T) (*engine.Conn, *engine.Conn, sealer, sealer) {
	return client, server, toServer, toClient
}

// play says it, and wants the engine to fail within a little of what was said,
// to say why, and to do no more.
func (b blurt) play(t *testing.T, victim, peer *engine.Conn, h sealer) {
	t.Helper()
	said := b.wire(t, h)
	victim.Feed(said)
	n, err := victim.Read(make([]byte, 100))
	if n != 0 || err == nil || errors.Is(err, engine.ErrWantRead) {
		t.Fatalf("Read: %d, %v", n, err)
	}
	wantState(t, victim, engine.StateFailed)
	if used := len(said) - victim.Buffered(); len(said) > 20000 && used > len(said)/3 {
		t.Errorf("%v: after %d of %d bytes", err, used, len(said))
	}
	if len(victim.Outgoing()) > 1000 {
		t.Errorf("%v: answers with %d bytes", err, len(victim.Outgoing()))
	}
	wantSaid(t, err, victim, peer, b.alerts)
	wantInert(t, &end{Conn: victim, err: err})
}

// wantSaid lets the peer read what the victim says at the end.
func wantSaid(t *testing.T, err error, victim, peer *engine.Conn, alerts []byte) {
	t.Helper()
	peer.Feed(take(victim))
	_, heard := peer.Read(make([]byte, 1))
	if len(alerts) == 0 {
		if !errors.Is(heard, engine.ErrWantRead) {
			t.Errorf("%v: the peer hears %v", err, heard)
		}
		return
	}
	for _, a := range alerts {
		text := tls.AlertError(a).Error()
		// TLS 1.2 ignores warnings, which this one is.
		if a == noRenegotiation && err.Error() == "local error: "+text || heard != nil && heard.Error() == "remote error: "+text {
			return
		}
	}
	t.Errorf("%v: the peer hears %v, want one of % d", err, heard, alerts)
}
