package tlsbridge

import (
	"crypto/tls"
	"fmt"
)

// Cipher is a cipher suite, as get_ciphers describes it.
type Cipher struct {
	ID           uint32
	Name         string // OpenSSL's, "ECDHE-RSA-AES128-GCM-SHA256"
	Protocol     string // the version that defined it, "TLSv1.2"
	Description  string // OpenSSL's line
	StrengthBits int
	AlgBits      int
	AEAD         bool
	Symmetric    string // "aes-128-gcm"
	Digest       string // "sha256", or "" (None) for an AEAD
	KEA          string // "kx-ecdhe"
	Auth         string // "auth-rsa"
}

// UsedCipher is the cipher of a connection, Python's tuple of three.
type UsedCipher struct {
	Name     string // OpenSSL's
	Protocol string // the version that defined it, not the connection's
	Bits     int
}

// traits are what a cipher string selects suites by.
type traits uint32

const (
	kxECDHE traits = 1 << iota
	kxRSA
	auECDSA
	auRSA
	encAES128
	encAES256
	encGCM
	encCBC
	encChaCha
	macSHA1
	macSHA256
	macSHA384
	macAEAD
	sinceSSL3
	sinceTLS1
	sinceTLS12
	sinceTLS13
)

// suite is a cipher suite that both crypto/tls and OpenSSL have.
type suite struct {
	id   uint16
	name string
	is   traits
}

const (
	ecdheECDSA = kxECDHE | auECDSA
	ecdheRSA   = kxECDHE | auRSA
	rsaRSA     = kxRSA | auRSA
	gcm128     = encAES128 | encGCM | macAEAD | sinceTLS12
	gcm256     = encAES256 | encGCM | macAEAD | sinceTLS12
	chacha     = encChaCha | macAEAD | sinceTLS12
	cbc128     = encAES128 | encCBC
	cbc256     = encAES256 | encCBC
)

// suites13 are those of TLS 1.3, which crypto/tls always offers.
var suites13 = [...]suite{
	{tls.TLS_AES_256_GCM_SHA384, "TLS_AES_256_GCM_SHA384", encAES256 | encGCM | macAEAD | sinceTLS13},
	{tls.TLS_CHACHA20_POLY1305_SHA256, "TLS_CHACHA20_POLY1305_SHA256", encChaCha | macAEAD | sinceTLS13},
	{tls.TLS_AES_128_GCM_SHA256, "TLS_AES_128_GCM_SHA256", encAES128 | encGCM | macAEAD | sinceTLS13},
}

// suites are those of older versions, in OpenSSL's order of preference. RC4
// and 3DES, which crypto/tls still has, are not in OpenSSL any more.
var suites = [...]suite{
	{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "ECDHE-ECDSA-AES256-GCM-SHA384", ecdheECDSA | gcm256},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "ECDHE-RSA-AES256-GCM-SHA384", ecdheRSA | gcm256},
	{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-ECDSA-CHACHA20-POLY1305", ecdheECDSA | chacha},
	{tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-RSA-CHACHA20-POLY1305", ecdheRSA | chacha},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "ECDHE-ECDSA-AES128-GCM-SHA256", ecdheECDSA | gcm128},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "ECDHE-RSA-AES128-GCM-SHA256", ecdheRSA | gcm128},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, "ECDHE-ECDSA-AES128-SHA256", ecdheECDSA | cbc128 | macSHA256 | sinceTLS12},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, "ECDHE-RSA-AES128-SHA256", ecdheRSA | cbc128 | macSHA256 | sinceTLS12},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, "ECDHE-ECDSA-AES256-SHA", ecdheECDSA | cbc256 | macSHA1 | sinceTLS1},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, "ECDHE-RSA-AES256-SHA", ecdheRSA | cbc256 | macSHA1 | sinceTLS1},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, "ECDHE-ECDSA-AES128-SHA", ecdheECDSA | cbc128 | macSHA1 | sinceTLS1},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, "ECDHE-RSA-AES128-SHA", ecdheRSA | cbc128 | macSHA1 | sinceTLS1},
	{tls.TLS_RSA_WITH_AES_256_GCM_SHA384, "AES256-GCM-SHA384", rsaRSA | gcm256},
	{tls.TLS_RSA_WITH_AES_128_GCM_SHA256, "AES128-GCM-SHA256", rsaRSA | gcm128},
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA256, "AES128-SHA256", rsaRSA | cbc128 | macSHA256 | sinceTLS12},
	{tls.TLS_RSA_WITH_AES_256_CBC_SHA, "AES256-SHA", rsaRSA | cbc256 | macSHA1 | sinceSSL3},
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA, "AES128-SHA", rsaRSA | cbc128 | macSHA1 | sinceSSL3},
}

// suiteByID finds a suite by its number on the wire.
func suiteByID(id uint16) *suite {
	for i := range suites13 {
		if suites13[i].id == id {
			return &suites13[i]
		}
	}
	for i := range suites {
		if suites[i].id == id {
			return &suites[i]
		}
	}
	return nil
}

// defaultCiphers is Python's list. Of what it selects, defaultSuites leaves out
// CBC with SHA-256, for which crypto/tls has no defence against timing.
const defaultCiphers = "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"

func defaultSuites() []*suite {
	list, err := parseCiphers(defaultCiphers + ":!SHA256")
	if err != nil {
		panic(err)
	}
	return list
}

// SetCiphers selects the suites of TLS 1.2 and older by OpenSSL's language,
// see openssl-ciphers(1). Names that OpenSSL has and crypto/tls has not select
// nothing; any other word, and a list that selects nothing, is an error. Those
// of TLS 1.3 are not affected. crypto/tls does not follow the order: it
// prefers what is safe and fast on both sides' hardware.
func (c *Context) SetCiphers(list string) error {
	chosen, err := parseCiphers(list)
	if err != nil {
		return &Error{Kind: KindSSL, Op: "set_ciphers", Err: err}
	}
	return c.change(func() error { c.ciphers = chosen; return nil })
}

// GetCiphers describes the enabled suites, those of TLS 1.3 first. Any
// goroutine.
func (c *Context) GetCiphers() []Cipher {
	c.mu.Lock()
	chosen := c.ciphers
	c.mu.Unlock()
	list := make([]Cipher, 0, len(suites13)+len(chosen))
	for i := range suites13 {
		list = append(list, suites13[i].describe())
	}
	for _, s := range chosen {
		list = append(list, s.describe())
	}
	return list
}

func (s *suite) used() UsedCipher { return UsedCipher{s.name, s.protocol(), s.bits()} }

func (s *suite) bits() int {
	if s.is&encAES128 != 0 {
		return 128
	}
	return 256
}

func (s *suite) protocol() string {
	switch {
	case s.is&sinceTLS13 != 0:
		return "TLSv1.3"
	case s.is&sinceTLS12 != 0:
		return "TLSv1.2"
	case s.is&sinceTLS1 != 0:
		return "TLSv1.0"
	}
	return "SSLv3"
}

// describe puts a suite in OpenSSL's words.
func (s *suite) describe() Cipher {
	c := Cipher{
		ID: 0x03000000 | uint32(s.id), Name: s.name, Protocol: s.protocol(),
		StrengthBits: s.bits(), AlgBits: s.bits(), AEAD: s.is&macAEAD != 0, KEA: "kx-any", Auth: "auth-any",
	}
	kx, au, mac := "any", "any", "AEAD"
	switch {
	case s.is&kxECDHE != 0:
		kx, c.KEA = "ECDH", "kx-ecdhe"
	case s.is&kxRSA != 0:
		kx, c.KEA = "RSA", "kx-rsa"
	}
	switch {
	case s.is&auECDSA != 0:
		au, c.Auth = "ECDSA", "auth-ecdsa"
	case s.is&auRSA != 0:
		au, c.Auth = "RSA", "auth-rsa"
	}
	switch {
	case s.is&macSHA1 != 0:
		mac, c.Digest = "SHA1", "sha1"
	case s.is&macSHA256 != 0:
		mac, c.Digest = "SHA256", "sha256"
	case s.is&macSHA384 != 0:
		mac, c.Digest = "SHA384", "sha384"
	}
	enc := fmt.Sprintf("AES(%d)", c.AlgBits)
	switch {
	case s.is&encChaCha != 0:
		enc, c.Symmetric = fmt.Sprintf("CHACHA20/POLY1305(%d)", c.AlgBits), "chacha20-poly1305"
	case s.is&encGCM != 0:
		enc, c.Symmetric = fmt.Sprintf("AESGCM(%d)", c.AlgBits), fmt.Sprintf("aes-%d-gcm", c.AlgBits)
	default:
		c.Symmetric = fmt.Sprintf("aes-%d-cbc", c.AlgBits)
	}
	version := c.Protocol
	if version == "TLSv1.0" {
		version = "TLSv1"
	}
	c.Description = fmt.Sprintf("%-30s %-7s Kx=%-8s Au=%-5s Enc=%-22s Mac=%-4s", c.Name, version, kx, au, enc, mac)
	return c
}
