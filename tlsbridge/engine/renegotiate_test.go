package engine_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"testing"

	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// TestRenegotiation sends a client that allows it the HelloRequest of TLS 1.2,
// which stock servers never do. The connection ends and nothing spins: a
// handshake inside Read could not be suspended. One that does not allow it
// refuses, see TestWrongWhenOpen.
func TestRenegotiation(t *testing.T) {
	client, server, _, toClient := forged12(t, func(cc *tls.Config) { cc.Renegotiation = tls.RenegotiateFreelyAsClient })
	client.Feed(toClient.Seal(typeHandshake, message(helloRequested), 0))
	client.Feed(seal(t, server, []byte("not to be read")))
	_, err := client.Read(make([]byte, 100))
	wantErr(t, err, engine.ErrRenegotiation)
	wantState(t, client, engine.StateFailed)
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
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
