package engine_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// TestRenegotiation sends a client the HelloRequest of TLS 1.2, which stock
// servers never do. Allowed or not, the connection ends and nothing spins: a
// handshake inside Read could not be suspended.
func TestRenegotiation(t *testing.T) {
	for _, allow := range []tls.RenegotiationSupport{tls.RenegotiateNever, tls.RenegotiateFreelyAsClient} {
		cc, sc := configs(tls.VersionTLS12, certs.ECDSAP256)
		cc.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
		cc.Renegotiation = allow
		var log strings.Builder
		cc.KeyLogWriter = &log
		client, server := engine.NewClient(cc), engine.NewServer(sc)

		_, _ = client.Handshake()
		server.Feed(take(client))
		_, _ = server.Handshake()
		flight := take(server)
		client.Feed(flight)
		if err := shake(client, server, 1<<20); err != nil {
			t.Fatal(err)
		}
		serverRandom := flight[11:43] // behind the headers of record and message, and the version
		client.Feed(helloRequest(t, log.String(), serverRandom))
		client.Feed(seal(t, server, []byte("not to be read")))
		_, err := client.Read(make([]byte, 100))
		if allow == tls.RenegotiateFreelyAsClient {
			wantErr(t, err, engine.ErrRenegotiation)
		} else if err == nil || err.Error() != "local error: tls: no renegotiation" {
			t.Errorf("error %v", err)
		}
		wantState(t, client, engine.StateFailed)
	}
}

// helloRequest is the message as the first record of a server behind its
// Finished. Sources: RFC 5246 sections 5, 6.3 and 7.4.1.1, RFC 5288 section 3.
func helloRequest(t *testing.T, keyLog string, serverRandom []byte) []byte {
	t.Helper()
	fields := strings.Fields(keyLog) // CLIENT_RANDOM, the random, the master secret
	clientRandom, _ := hex.DecodeString(fields[1])
	master, _ := hex.DecodeString(fields[2])
	keys := prf12(master, "key expansion", append(bytes.Clone(serverRandom), clientRandom...))
	block, err := aes.NewCipher(keys[16:32])
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	seq := []byte{0, 0, 0, 0, 0, 0, 0, 1}
	msg := []byte{0, 0, 0, 0}
	aad := append(bytes.Clone(seq), 22, 3, 3, 0, byte(len(msg)))
	record := append([]byte{22, 3, 3, 0, byte(len(seq) + len(msg) + aead.Overhead())}, seq...)
	return aead.Seal(record, append(bytes.Clone(keys[36:40]), seq...), msg, aad)
}

// prf12 is the first 64 bytes of the pseudorandom function of TLS 1.2.
func prf12(secret []byte, label string, seed []byte) []byte {
	sum := func(parts ...[]byte) []byte {
		h := hmac.New(sha256.New, secret)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	seed = append([]byte(label), seed...)
	a1 := sum(seed)
	a2 := sum(a1)
	return append(sum(a1, seed), sum(a2, seed)...)
}
