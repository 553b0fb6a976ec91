package engine_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

const serverName = "engine.test"

// testPKI is one authority and a leaf of each key type.
type testPKI struct {
	authority *certs.Authority
	leaves    []tls.Certificate // by KeyType
}

// pki is made once; RSA keys take their time.
var pki = sync.OnceValue(func() testPKI {
	authority, err := certs.NewAuthority(certs.Options{})
	if err != nil {
		panic(err)
	}
	made := testPKI{authority, make([]tls.Certificate, len(keyTypes))}
	for _, kt := range keyTypes {
		pair, err := authority.Issue(certs.Leaf{Names: []string{serverName}, KeyType: kt})
		if err != nil {
			panic(err)
		}
		made.leaves[kt] = pair.TLS()
	}
	return made
})

var keyTypes = []certs.KeyType{certs.ECDSAP256, certs.Ed25519, certs.RSA2048}

var versions = []uint16{tls.VersionTLS12, tls.VersionTLS13}

// configs returns a client's and a server's config for one protocol version.
// X25519 keeps the hellos small and the tests fast.
func configs(version uint16, kt certs.KeyType) (client, server *tls.Config) {
	curves := []tls.CurveID{tls.X25519}
	client = &tls.Config{
		ServerName: serverName, RootCAs: pki().authority.Pool(),
		MinVersion: version, MaxVersion: version, CurvePreferences: curves,
	}
	server = &tls.Config{
		Certificates: []tls.Certificate{pki().leaves[kt]},
		MinVersion:   version, MaxVersion: version, CurvePreferences: curves,
	}
	return client, server
}

// newPair returns two engines that have not shaken hands.
func newPair(tb testing.TB, version uint16, kt certs.KeyType) (client, server *engine.Conn) {
	tb.Helper()
	cc, sc := configs(version, kt)
	client, server = engine.NewClient(cc), engine.NewServer(sc)
	tb.Cleanup(client.Abort)
	tb.Cleanup(server.Abort)
	return client, server
}

// openPair returns two engines that have.
func openPair(tb testing.TB, version uint16) (client, server *engine.Conn) {
	tb.Helper()
	client, server = newPair(tb, version, certs.ECDSAP256)
	if err := shake(client, server, 1<<20); err != nil {
		tb.Fatal(err)
	}
	settleTickets(tb, client)
	return client, server
}

// settleTickets lets the client read what follows the handshake.
func settleTickets(tb testing.TB, c *engine.Conn) {
	tb.Helper()
	if err := c.Fill(); !errors.Is(err, engine.ErrWantRead) {
		tb.Fatalf("after the handshake: %v", err)
	}
}

// shake runs both handshakes; chunk is how much is fed at once.
func shake(a, b *engine.Conn, chunk int) error {
	for {
		sa, errA := a.Handshake()
		moved := move(a, b, chunk)
		sb, errB := b.Handshake()
		moved = move(b, a, chunk) || moved
		switch {
		case errA != nil || errB != nil:
			return errors.Join(errA, errB)
		case sa == engine.Done && sb == engine.Done && !moved:
			return nil
		case sa != engine.Done && sb != engine.Done && !moved:
			return errors.New("both sides wait")
		}
	}
}

// move carries all that from has for to, in pieces, stepping the handshake of
// the receiver between them.
func move(from, to *engine.Conn, chunk int) bool {
	moved := false
	for len(from.Outgoing()) > 0 {
		out := from.Outgoing()
		out = out[:min(chunk, len(out))]
		to.Feed(out)
		from.Sent(len(out))
		moved = true
		if len(from.Outgoing()) > 0 {
			_, _ = to.Handshake()
		}
	}
	return moved
}

// take removes and returns all of the outgoing bytes.
func take(c *engine.Conn) []byte {
	out := bytes.Clone(c.Outgoing())
	c.Sent(len(out))
	return out
}

// seal returns the ciphertext of data.
func seal(tb testing.TB, c *engine.Conn, data []byte) []byte {
	tb.Helper()
	n, err := c.Write(data)
	if n != len(data) || err != nil {
		tb.Fatalf("Write: %d, %v", n, err)
	}
	return take(c)
}

// drain reads, by pieces of size, until the engine says something else than
// plaintext.
func drain(c *engine.Conn, size int) ([]byte, error) {
	var got []byte
	buf := make([]byte, size)
	for {
		n, err := c.Read(buf)
		got = append(got, buf[:n]...)
		if err != nil {
			return got, err
		}
	}
}

// pattern is n bytes that are unlike each other in every window.
func pattern(n int) []byte {
	source := rand.NewChaCha8([32]byte{1})
	p := make([]byte, n)
	_, _ = source.Read(p)
	return p
}

func wantState(tb testing.TB, c *engine.Conn, want engine.State) {
	tb.Helper()
	if got := c.State(); got != want {
		tb.Errorf("state %v, want %v", got, want)
	}
}

func wantErr(tb testing.TB, got, want error) {
	tb.Helper()
	if !errors.Is(got, want) {
		tb.Errorf("error %v, want %v", got, want)
	}
}

func wantBytes(tb testing.TB, got, want []byte) {
	tb.Helper()
	if !bytes.Equal(got, want) {
		tb.Errorf("got %d bytes, want %d, or they differ", len(got), len(want))
	}
}

// attach drives an engine over a blocking transport, as a caller would: write
// what is outgoing, read when the engine wants to.
type attach struct {
	*engine.Conn
	rw io.ReadWriter
}

func (a attach) flush() error {
	out := a.Outgoing()
	if len(out) == 0 {
		return nil
	}
	n, err := a.rw.Write(out)
	a.Sent(n)
	return err
}

func (a attach) more() error {
	buf := make([]byte, 1000)
	n, err := a.rw.Read(buf)
	a.Feed(buf[:n])
	if errors.Is(err, io.EOF) {
		a.FeedEOF()
		return nil
	}
	return err
}

func (a attach) shake() error {
	for {
		status, err := a.Handshake()
		if err := errors.Join(err, a.flush()); err != nil || status == engine.Done {
			return err
		}
		if status == engine.WantRead {
			if err := a.more(); err != nil {
				return err
			}
		}
	}
}

// Read implements io.Reader.
func (a attach) Read(p []byte) (int, error) {
	for {
		n, err := a.Conn.Read(p)
		if !errors.Is(err, engine.ErrWantRead) {
			return n, err
		}
		if err := errors.Join(a.flush(), a.more()); err != nil {
			return 0, err
		}
	}
}

// Write implements io.Writer.
func (a attach) Write(p []byte) (int, error) {
	n, err := a.Conn.Write(p)
	return n, errors.Join(err, a.flush())
}
