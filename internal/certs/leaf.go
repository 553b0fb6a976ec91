package certs

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"time"
)

// Usage is what a leaf is good for; the values may be or-ed.
type Usage uint8

// The usages.
const (
	Server Usage = 1 << iota
	Client
)

// Leaf describes a certificate to issue; the zero value is one for
// "localhost", 127.0.0.1 and ::1.
type Leaf struct {
	// Names are the DNS names; the first is the common name as well. With
	// neither Names nor IPs the leaf is for the local host.
	Names []string
	// IPs are the addresses.
	IPs []net.IP
	// KeyType is the key's type.
	KeyType KeyType
	// Usage is what the certificate is for; zero means both.
	Usage Usage
	// NotBefore and NotAfter bound its validity; zero means from an hour ago
	// for 90 days.
	NotBefore, NotAfter time.Time
}

// Pair is a certificate and its key.
type Pair struct {
	leaf *x509.Certificate
	key  crypto.Signer
}

// Issue makes a key and a certificate for it, signed by the authority. Any
// goroutine.
func (a *Authority) Issue(leaf Leaf) (*Pair, error) {
	leaf = leaf.withDefaults()
	tmpl, err := template(leaf.commonName(), leaf.NotBefore, leaf.NotAfter)
	if err != nil {
		return nil, err
	}
	tmpl.DNSNames, tmpl.IPAddresses = leaf.Names, leaf.IPs
	tmpl.KeyUsage = x509.KeyUsageDigitalSignature
	if leaf.KeyType == RSA2048 {
		tmpl.KeyUsage |= x509.KeyUsageKeyEncipherment
	}
	tmpl.ExtKeyUsage = leaf.Usage.extended()
	key, err := leaf.KeyType.generate()
	if err != nil {
		return nil, err
	}
	cert, err := sign(tmpl, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	return &Pair{leaf: cert, key: key}, nil
}

// Certificate returns the certificate, to be read only. Any goroutine.
func (p *Pair) Certificate() *x509.Certificate { return p.leaf }

// TLS returns the pair as crypto/tls takes it. Any goroutine.
func (p *Pair) TLS() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{p.leaf.Raw}, PrivateKey: p.key, Leaf: p.leaf}
}

// CertPEM returns the certificate in PEM. Any goroutine.
func (p *Pair) CertPEM() []byte { return encodeCert(p.leaf.Raw) }

// KeyPEM returns the private key in PKCS #8 and PEM. Any goroutine.
func (p *Pair) KeyPEM() ([]byte, error) { return encodeKey(p.key) }

func (l Leaf) withDefaults() Leaf {
	if len(l.Names) == 0 && len(l.IPs) == 0 {
		l.Names = []string{"localhost"}
		l.IPs = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	}
	if l.Usage == 0 {
		l.Usage = Server | Client
	}
	return l
}

func (l Leaf) commonName() string {
	if len(l.Names) > 0 {
		return l.Names[0]
	}
	return l.IPs[0].String()
}

func (u Usage) extended() []x509.ExtKeyUsage {
	var list []x509.ExtKeyUsage
	if u&Server != 0 {
		list = append(list, x509.ExtKeyUsageServerAuth)
	}
	if u&Client != 0 {
		list = append(list, x509.ExtKeyUsageClientAuth)
	}
	return list
}

func encodeCert(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
