// Package certs makes X.509 certificates in memory: a certificate authority
// and the leaves it signs, for tests, demonstrations and the command. Nothing
// here is fit for a public deployment: keys live in memory and in the PEM that
// is asked for, and there is no revocation.
//
// All functions and methods may be called from any goroutine.
package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"strconv"
)

// KeyType says which key a certificate has.
type KeyType uint8

// The key types. The zero value is the one that is cheapest to sign with.
const (
	ECDSAP256 KeyType = iota
	Ed25519
	RSA2048
)

var errKeyType = errors.New("certs: unknown key type")

// String returns the constant's name. Any goroutine.
func (k KeyType) String() string {
	switch k {
	case ECDSAP256:
		return "ECDSAP256"
	case Ed25519:
		return "Ed25519"
	case RSA2048:
		return "RSA2048"
	}
	return "KeyType(" + strconv.Itoa(int(k)) + ")"
}

func (k KeyType) generate() (crypto.Signer, error) {
	switch k {
	case ECDSAP256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case Ed25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	case RSA2048:
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	return nil, fmt.Errorf("%w: %s", errKeyType, k)
}

// serial returns a random serial number of 127 bits: positive, and 16 octets
// long at most, as RFC 5280 section 4.1.2.2 wants it.
func serial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
}
