// Package forge makes records of TLS that no well-behaved peer would send, for
// tests.
package forge

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
)

// Half is one direction of TLS 1.3 with TLS_AES_128_GCM_SHA256, written
// for tests: crypto/tls sends no key update on demand, no padding, no
// empty records and no ticket in pieces. Source: RFC 8446 sections 5.2, 5.3,
// 7.1 and 7.2.
type Half struct {
	secret []byte
	aead   cipher.AEAD
	iv     []byte
	seq    uint64
}

// New is a direction with a traffic secret.
func New(tb testing.TB, secret []byte) *Half {
	tb.Helper()
	block, err := aes.NewCipher(expand(tb, secret, "key", 16))
	if err != nil {
		tb.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		tb.Fatal(err)
	}
	return &Half{secret: secret, aead: aead, iv: expand(tb, secret, "iv", 12)}
}

// Updated is the direction after a key update.
func (h *Half) Updated(tb testing.TB) *Half {
	tb.Helper()
	return New(tb, expand(tb, h.secret, "traffic upd", 32))
}

func expand(tb testing.TB, secret []byte, label string, n int) []byte {
	tb.Helper()
	info := []byte{byte(n >> 8), byte(n), byte(len("tls13 " + label))}
	info = append(info, "tls13 "+label...)
	out, err := hkdf.Expand(sha256.New, secret, string(append(info, 0)), n)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func (h *Half) nonce() []byte {
	nonce := bytes.Clone(h.iv)
	for i, b := range binary.BigEndian.AppendUint64(nil, h.seq) {
		nonce[4+i] ^= b
	}
	h.seq++
	return nonce
}

// Seal makes a record of a content type, with padding.
func (h *Half) Seal(typ byte, data []byte, padding int) []byte {
	inner := append(append(bytes.Clone(data), typ), make([]byte, padding)...)
	n := len(inner) + h.aead.Overhead()
	hdr := []byte{23, 3, 3, byte(n >> 8), byte(n)}
	return h.aead.Seal(hdr, h.nonce(), inner, hdr)
}

// Open decrypts the first record of wire and returns what follows it.
func (h *Half) Open(tb testing.TB, wire []byte) (typ byte, data, rest []byte) {
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

// Logged is the latest secret of a label in a key log, or nil.
func Logged(log, label string) (secret []byte) {
	for line := range strings.Lines(log) {
		if f := strings.Fields(line); f[0] == label {
			secret, _ = hex.DecodeString(f[2])
		}
	}
	return secret
}
