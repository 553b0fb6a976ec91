package tlsbridge_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestServerNameKeepsVerifyMode has a server name callback choose a context
// that asks for no certificate: the connection's does, as in Python.
func TestServerNameKeepsVerifyMode(t *testing.T) {
	begin(t)
	_, base := contexts(t, 0)
	must(t, base.LoadVerifyData(pki().authority.PEM()))
	must(t, base.SetVerifyMode(tlsbridge.CERT_REQUIRED))
	_, other := contexts(t, 0)
	must(t, other.LoadVerifyData(pki().authority.PEM()))
	must(t, base.SetServerNameCallback(func(c tlsbridge.NamedConn, _ string, _ *tlsbridge.Context) error { return c.SetContext(other) }))
	for _, with := range []bool{false, true} {
		cctx, _ := contexts(t, 0)
		if with {
			cctx.AddCertificate(pki().client.TLS())
		}
		if _, err := meet(t, cctx, base, serverName); (err == nil) != with {
			t.Errorf("with a certificate %v: %v", with, err)
		}
	}
}

// TestDropKeepsPlaintext takes TLS off before the handshake, on servers that
// ask for certificates: what comes then is plaintext.
func TestDropKeepsPlaintext(t *testing.T) {
	begin(t)
	for _, mode := range []tlsbridge.VerifyMode{tlsbridge.CERT_NONE, tlsbridge.CERT_OPTIONAL, tlsbridge.CERT_REQUIRED} {
		_, sctx := contexts(t, 0)
		must(t, sctx.SetVerifyMode(mode))
		a, b := socketpair(t)
		s, err := sctx.Wrap(b, tlsbridge.Options{})
		must(t, err)
		closeAfter(t, s)
		s.Drop().SetTimeout(patience)
		must(t, a.SendAll([]byte("plaintext")))
		if got, err := s.Recv(100); string(got) != "plaintext" || err != nil {
			t.Errorf("%v: %q, %v", mode, got, err)
		}
	}
}

// TestUnwrapTooEarly unwraps before the handshake, which fails, and can still
// be made.
func TestUnwrapTooEarly(t *testing.T) {
	begin(t)
	for _, mode := range []tlsbridge.VerifyMode{tlsbridge.CERT_NONE, tlsbridge.CERT_OPTIONAL} {
		cctx, sctx := contexts(t, 0)
		must(t, sctx.SetVerifyMode(mode))
		a, b := socketpair(t)
		client, server := wrap(t, a, b, cctx, sctx)
		client.SetTimeout(0)
		server.SetTimeout(0)
		wantErr(t, client.DoHandshake(), tlsbridge.KindWantRead, "")
		if _, err := server.Unwrap(); err == nil {
			t.Errorf("%v: unwrapped", mode)
		}
		must(t, shake(client, server))
	}
}

// TestEarlyOrder has what Open has written come before what Established writes.
func TestEarlyOrder(t *testing.T) {
	leak.Check(t)
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	_, sctx := contexts(t, 0)
	f := sctx.FilterWith(tlsbridge.FilterConfig{Established: func(c *stream.Conn) { c.WriteString("second") }})
	s, _ := serveWith(t, g, f, func() *events {
		return &events{open: func(c *stream.Conn) { c.WriteString("first ") }}
	})
	got := make([]byte, len("first second"))
	_, err = io.ReadFull(dialTLS(t, s, tls.VersionTLS13), got)
	if string(got) != "first second" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestFilterIgnoresEOF has an end without farewell be an end, if the option
// says so.
func TestFilterIgnoresEOF(t *testing.T) {
	for _, ignore := range []bool{false, true} {
		g, err := reactor.NewGroup(reactor.Config{Loops: 1})
		must(t, err)
		t.Cleanup(func() { must(t, g.Close()) })
		_, sctx := contexts(t, 0)
		if ignore {
			must(t, sctx.SetOptions(sctx.Options()|tlsbridge.OP_IGNORE_UNEXPECTED_EOF))
		}
		s, reasons := serveFilter(t, g, sctx, plainEcho)
		c := dialTLS(t, s, tls.VersionTLS13)
		must(t, exchange(c, []byte("x")))
		must(t, c.NetConn().Close())
		if err := reason(t, reasons); (err == nil) != ignore {
			t.Errorf("ignoring %v: closed with %v", ignore, err)
		}
	}
}

// sealer makes a client's records of TLS 1.3 with AES-128-GCM.
type sealer struct {
	secret []byte
	aead   cipher.AEAD
	iv     []byte
	seq    uint64
}

func expand(t *testing.T, secret []byte, label string, n int) []byte {
	t.Helper()
	info := append([]byte{byte(n >> 8), byte(n), byte(len("tls13 " + label))}, "tls13 "+label+"\x00"...)
	out, err := hkdf.Expand(sha256.New, secret, string(info), n)
	must(t, err)
	return out
}

func newSealer(t *testing.T, secret []byte) *sealer {
	t.Helper()
	block, err := aes.NewCipher(expand(t, secret, "key", 16))
	must(t, err)
	aead, err := cipher.NewGCM(block)
	must(t, err)
	return &sealer{secret: secret, aead: aead, iv: expand(t, secret, "iv", 12)}
}

func (s *sealer) seal(typ byte, data []byte) []byte {
	nonce := bytes.Clone(s.iv)
	for i, b := range binary.BigEndian.AppendUint64(nil, s.seq) {
		nonce[4+i] ^= b
	}
	s.seq++
	inner := append(bytes.Clone(data), typ)
	n := len(inner) + s.aead.Overhead()
	header := []byte{23, 3, 3, byte(n >> 8), byte(n)}
	return s.aead.Seal(header, nonce, inner, header)
}

// keyUpdates are n requests for a key update, with a byte of data after every
// ten, for crypto/tls allows no more in a row.
func keyUpdates(t *testing.T, keyLog string, n int) []byte {
	t.Helper()
	var secret []byte
	for line := range strings.Lines(keyLog) {
		if f := strings.Fields(line); f[0] == "CLIENT_TRAFFIC_SECRET_0" {
			var err error
			secret, err = hex.DecodeString(f[2])
			must(t, err)
		}
	}
	s := newSealer(t, secret)
	var wire []byte
	for i := range n {
		wire = append(wire, s.seal(22, []byte{24, 0, 0, 1, 1})...)
		s = newSealer(t, expand(t, s.secret, "traffic upd", 32))
		if i%10 == 9 {
			wire = append(wire, s.seal(23, []byte("x"))...)
		}
	}
	return wire
}

// TestKeyUpdateFlood has a peer ask for key updates and take no answers: they
// are bounded, and the socket then wants to send before it reads on.
func TestKeyUpdateFlood(t *testing.T) {
	begin(t)
	config, _ := stdConfigs(tls.VersionTLS13)
	var log strings.Builder
	config.KeyLogWriter = &log
	_, sctx := contexts(t, 0)
	a, b := socketpair(t)
	s, err := sctx.Wrap(b, tlsbridge.Options{})
	must(t, err)
	closeAfter(t, s)
	conn, err := a.Conn()
	must(t, err)
	peer := tls.Client(conn, config)
	both(t, peer.Handshake, s.DoHandshake)
	if peer.ConnectionState().CipherSuite != tls.TLS_AES_128_GCM_SHA256 {
		t.Skip("crypto/tls has chosen another suite than the one that is spoken here")
	}
	a.SetTimeout(0)
	for wire := keyUpdates(t, log.String(), 40_000); len(wire) > 0; {
		n, _ := a.TrySend(wire)
		wire = wire[n:]
		for err = nil; err == nil; {
			_, err = s.TryRecv(make([]byte, 100))
		}
		if tlsbridge.SSLWantWriteError(err) {
			return
		}
		if !tlsbridge.SSLWantReadError(err) {
			t.Fatal(err)
		}
	}
	t.Error("all was answered, and nothing of it taken")
}
