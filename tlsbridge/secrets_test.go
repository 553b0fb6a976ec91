package tlsbridge_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

const confidential = "the confidential plaintext"

// secretsOf is what must not be told: the private key, the secrets of the key
// log, the plaintext and a password, as bytes, in hex and in base64.
func secretsOf(t *testing.T, keylog string) [][]byte {
	t.Helper()
	raw := [][]byte{[]byte(confidential), []byte("the password")}
	key, err := pki().server.TLS().PrivateKey.(*ecdsa.PrivateKey).Bytes()
	must(t, err)
	raw = append(raw, key)
	text, err := os.ReadFile(keylog)
	must(t, err)
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] != "#" {
			secret, err := hex.DecodeString(f[2])
			must(t, err)
			raw = append(raw, secret)
		}
	}
	if len(raw) < 5 {
		t.Fatal("the key log has no secrets")
	}
	var all [][]byte
	for _, secret := range raw {
		all = append(all, secret, []byte(hex.EncodeToString(secret)), []byte(base64.RawStdEncoding.EncodeToString(secret)[:len(secret)]),
			[]byte(strings.Trim(fmt.Sprintf("%d", secret), "[]")))
	}
	return all
}

// diary collects all that a program could log: errors in every format, and
// the reactor's trace.
type diary struct {
	mu   sync.Mutex
	text bytes.Buffer
	n    int
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(p)
}

func (d *diary) note(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return
	}
	d.n++
	for ; err != nil; err = errors.Unwrap(err) {
		fmt.Fprintf(&d.text, "%v %+v %q\n", err, err, err)
	}
}

// TestNoSecretIsTold makes everything fail that can, and looks for secrets in
// what the errors and the trace say.
//
//inventory:row SSLError without secrets
func TestNoSecretIsTold(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		d := new(diary)
		keylog := writeTemp(t, nil)
		failBadRecords(t, v, d, keylog)
		failKeys(t, d)
		failFilter(t, v, d, keylog)
		if d.n < 12 || !strings.Contains(d.text.String(), "pollux: loop") {
			t.Fatalf("%d errors, or no trace", d.n)
		}
		for i, secret := range secretsOf(t, keylog) {
			if bytes.Contains(d.text.Bytes(), secret) {
				t.Errorf("secret %d (%.8q…) is in\n%s", i, secret, d.text.Bytes())
			}
		}
	})
}

// failBadRecords breaks connections in the middle of confidential data.
func failBadRecords(t *testing.T, v tlsbridge.TLSVersion, d *diary, keylog string) {
	t.Helper()
	shaken := func() (client, server *tlsbridge.Socket) {
		cctx, sctx := contexts(t, v)
		must(t, cctx.SetKeylogFilename(keylog))
		t.Cleanup(func() { must(t, cctx.SetKeylogFilename("")) })
		a, b := socketpair(t)
		client, server = wrap(t, a, b, cctx, sctx)
		client.SetTimeout(0)
		server.SetTimeout(0)
		must(t, shake(client, server))
		must(t, client.SendAll([]byte(confidential)))
		return client, server
	}
	client, server := shaken()
	must(t, client.Socket().SendAll([]byte("no TLS: "+confidential[:5])))
	_, err := server.Recv(5)
	must(t, err)
	_, err = server.Recv(100)
	must(t, err)
	_, err = server.Recv(100)
	d.note(t, "not TLS", err)
	_, err = server.Unwrap()
	d.note(t, "unwrap after that", err)
	_, err = server.Send([]byte(confidential))
	d.note(t, "send after that", err)

	client, server = shaken()
	must(t, client.Close())
	_, err = server.Recv(100)
	must(t, err)
	_, err = server.Recv(100)
	d.note(t, "truncated", err)
	_, err = client.Send([]byte(confidential))
	d.note(t, "closed here", err)

	client, server = shaken()
	_, err = server.Unwrap()
	d.note(t, "data after the farewell", err)
	_, err = client.Recv(100)
	must(t, err)
	for err == nil {
		_, err = client.Send([]byte(strings.Repeat(confidential, 1000)))
	}
	d.note(t, "no room", err)
	_, err = client.Send([]byte("x"))
	d.note(t, "another length", err)
}

// failKeys loads keys that are no good.
func failKeys(t *testing.T, d *diary) {
	t.Helper()
	keyPEM, err := pki().server.KeyPEM()
	must(t, err)
	cert := pki().server.CertPEM()
	ctx := newContext(t, tlsbridge.PROTOCOL_TLS_SERVER)
	block, _ := pem.Decode(keyPEM)
	cut := pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes[:len(block.Bytes)-3]})
	encrypted := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: block.Bytes})
	for what, key := range map[string][]byte{"cut": cut, "not encrypted": encrypted, "no PEM": block.Bytes, "broken": keyPEM[:len(keyPEM)/2]} {
		d.note(t, what, ctx.LoadCertData(cert, key, tlsbridge.PasswordText("the password")))
		d.note(t, what, ctx.LoadCertChain(writeTemp(t, append(cert, key...)), "", tlsbridge.PasswordText("the password")))
	}
	d.note(t, "another's", ctx.LoadCertData(pki().client.CertPEM(), keyPEM))
}

// failFilter has a server with a trace close connections for their faults.
func failFilter(t *testing.T, v tlsbridge.TLSVersion, d *diary, keylog string) {
	t.Helper()
	leak.Check(t)
	g, err := reactor.NewGroup(reactor.Config{Loops: 1, Trace: d})
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	_, sctx := contexts(t, v)
	must(t, sctx.SetKeylogFilename(keylog))
	t.Cleanup(func() { must(t, sctx.SetKeylogFilename("")) })
	s, reasons := serveFilter(t, g, sctx, func() *events {
		return &events{data: func(c *stream.Conn, p []byte) int { c.Write(p); return len(p) }}
	})
	for what, spoil := range map[string]func(*tls.Conn) error{
		"not TLS":   func(c *tls.Conn) error { _, err := c.NetConn().Write([]byte(confidential)); return err },
		"truncated": func(c *tls.Conn) error { return c.NetConn().Close() },
	} {
		c := dialTLS(t, s, v)
		must(t, exchange(c, []byte(confidential)))
		must(t, spoil(c))
		err := reason(t, reasons)
		d.mu.Lock()
		d.note(t, what, err)
		d.mu.Unlock()
	}
	must(t, s.Close())
	must(t, g.Close())
}
