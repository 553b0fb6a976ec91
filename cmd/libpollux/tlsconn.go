//go:build libpollux

package main

import (
	"crypto/x509"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

// connection is what a *tlsbridge.Socket and a *tlsbridge.SSLObject have in
// common.
type connection interface {
	tlsbridge.NamedConn
	resume(began int64) resumable
	drop()                      // takes TLS off without a farewell
	named() tlsbridge.NamedConn // what server name callbacks are given

	Cipher() tlsbridge.UsedCipher
	Compression() string
	GetChannelBinding(kind string) ([]byte, error)
	GetPeerCert() (*tlsbridge.PeerCert, error)
	GetPeerCertDER() []byte
	PeerCertificates() []*x509.Certificate
	Pending() int
	SelectedALPNProtocol() string
	Session() *tlsbridge.Session
	SessionReused() bool
	SetSession(s *tlsbridge.Session) error
	SharedCiphers() []tlsbridge.UsedCipher
	VerifiedChain() []*x509.Certificate
	VerifyClientPostHandshake() error
	Version() string
}

// resumable is a call on a connection.
type resumable interface {
	Began() int64
	DoHandshake() error
	RecvInto(p []byte) (int, error)
	Send(p []byte) (int, error)
	Unwrap() (*fdsock.Socket, error)
}

// socketConn is TLS on a socket.
type socketConn struct{ *tlsbridge.Socket }

func (s *socketConn) resume(began int64) resumable { return s.Resume(began) }

func (s *socketConn) drop() { s.Drop() }

func (s *socketConn) named() tlsbridge.NamedConn { return s.Socket }

// objectConn is TLS between two MemoryBIO. Its calls never wait.
type objectConn struct{ *tlsbridge.SSLObject }

func (o *objectConn) resume(int64) resumable { return immediate{o.SSLObject} }

func (o *objectConn) drop() { o.Abort() }

func (o *objectConn) named() tlsbridge.NamedConn { return o.SSLObject }

type immediate struct{ *tlsbridge.SSLObject }

func (immediate) Began() int64 { return 0 }

func (i immediate) RecvInto(p []byte) (int, error) { return i.ReadInto(p) }

func (i immediate) Send(p []byte) (int, error) { return i.Write(p) }

func (i immediate) Unwrap() (*fdsock.Socket, error) { return nil, i.SSLObject.Unwrap() }

// connQuestions are answered in JSON.
var connQuestions = map[string]func(c connection) (any, error){
	"version":                func(c connection) (any, error) { return optional(c.Version()), nil },
	"compression":            func(c connection) (any, error) { return optional(c.Compression()), nil },
	"selected_alpn_protocol": func(c connection) (any, error) { return optional(c.SelectedALPNProtocol()), nil },
	"session_reused":         func(c connection) (any, error) { return c.SessionReused(), nil },
	"getpeercert":            func(c connection) (any, error) { return c.GetPeerCert() },
	"getpeercert_der": func(c connection) (any, error) {
		// It fails before the end of the handshake, as the other form does.
		_, err := c.GetPeerCert()
		return optional(c.GetPeerCertDER()), err
	},
	"get_verified_chain":   func(c connection) (any, error) { return chainOf(c.VerifiedChain()), nil },
	"get_unverified_chain": func(c connection) (any, error) { return chainOf(c.PeerCertificates()), nil },
	"cipher": func(c connection) (any, error) {
		if used := c.Cipher(); used.Name != "" {
			return tuple(used), nil
		}
		return nil, nil
	},
	"shared_ciphers": func(c connection) (any, error) {
		var list []any
		for _, used := range c.SharedCiphers() {
			list = append(list, tuple(used))
		}
		return list, nil
	},
}

// optional turns what is empty into None.
func optional[T ~string | ~[]byte](v T) any {
	if len(v) == 0 {
		return nil
	}
	return v
}

func tuple(c tlsbridge.UsedCipher) any { return []any{c.Name, c.Protocol, c.Bits} }

func chainOf(certs []*x509.Certificate) (list [][]byte) {
	for _, c := range certs {
		list = append(list, c.Raw)
	}
	return list
}
