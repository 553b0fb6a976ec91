package engine_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// fails feeds bytes to an engine and returns the error of its handshake.
func fails(t *testing.T, c *engine.Conn, in []byte) error {
	t.Helper()
	c.Feed(in)
	_, err := c.Handshake()
	if err == nil {
		t.Fatal("no error")
	}
	wantState(t, c, engine.StateFailed)
	return err
}

func TestPlainHTTPToServer(t *testing.T) {
	_, server := newPair(t, tls.VersionTLS13, certs.ECDSAP256)
	err := fails(t, server, []byte("GET / HTTP/1.0\r\n\r\n"))
	var header tls.RecordHeaderError
	if !errors.As(err, &header) || string(header.RecordHeader[:]) != "GET /" {
		t.Fatalf("error %v", err)
	}
	if got := string(server.TakeUnread()); got != " HTTP/1.0\r\n\r\n" {
		t.Errorf("unread %q", got)
	}
	// As net/http does: answer in clear, on the connection in the error.
	if len(server.Outgoing()) != 0 {
		t.Errorf("%d outgoing", len(server.Outgoing()))
	}
	_, _ = io.WriteString(header.Conn, "HTTP/1.0 400 Bad Request\r\n\r\n")
	_ = header.Conn.Close()
	if got := string(take(server)); got != "HTTP/1.0 400 Bad Request\r\n\r\n" {
		t.Errorf("answer %q", got)
	}
}

func TestPlainHTTPToClient(t *testing.T) {
	client, _ := newPair(t, tls.VersionTLS13, certs.ECDSAP256)
	_, _ = client.Handshake()
	err := fails(t, client, []byte("HTTP/1.1 400 Bad Request\r\n"))
	var header tls.RecordHeaderError
	if !errors.As(err, &header) {
		t.Errorf("error %v", err)
	}
}

func TestGarbageHello(t *testing.T) {
	_, server := newPair(t, tls.VersionTLS13, certs.ECDSAP256)
	_ = fails(t, server, []byte{22, 3, 1, 0, 8, 1, 0, 0, 4, 1, 2, 3, 4})
	wantAlert(t, server)
}

// wantAlert checks that an alert in clear is on its way to the peer.
func wantAlert(t *testing.T, c *engine.Conn) {
	t.Helper()
	if out := c.Outgoing(); len(out) != 7 || out[0] != 21 || out[5] != 2 {
		t.Errorf("outgoing % x", out)
	}
}

// TestUnknownAuthority checks the alert of a client that does not trust the
// server, and what the server makes of it.
func TestUnknownAuthority(t *testing.T) {
	for _, version := range versions {
		cc, sc := configs(version, certs.ECDSAP256)
		cc.RootCAs = x509.NewCertPool()
		client, server := engine.NewClient(cc), engine.NewServer(sc)
		err := shake(client, server, 100)
		var unknown x509.UnknownAuthorityError
		if !errors.As(err, &unknown) {
			t.Fatalf("error %v", err)
		}
		wantState(t, client, engine.StateFailed)
		for len(client.Outgoing()) > 0 {
			server.Feed(take(client))
		}
		_, err = server.Handshake()
		if err == nil || err.Error() != "remote error: tls: bad certificate" {
			t.Errorf("server: %v", err)
		}
		_, err = server.Write([]byte("x"))
		if err == nil {
			t.Error("a failed engine writes")
		}
	}
}

func TestNoCommonVersion(t *testing.T) {
	cc, _ := configs(tls.VersionTLS12, certs.ECDSAP256)
	_, sc := configs(tls.VersionTLS13, certs.ECDSAP256)
	client, server := engine.NewClient(cc), engine.NewServer(sc)
	defer client.Abort()
	_, _ = client.Handshake()
	_ = fails(t, server, take(client))
	wantAlert(t, server)
	if err := fails(t, client, take(server)); err.Error() != "remote error: tls: protocol version not supported" {
		t.Errorf("client: %v", err)
	}
}

// TestBadRecords spoils a record in an open connection.
func TestBadRecords(t *testing.T) {
	for name, spoil := range map[string]func(wire []byte) []byte{
		"mac":       func(w []byte) []byte { w[len(w)-1] ^= 1; return w },
		"type":      func(w []byte) []byte { w[0] = 99; return w },
		"version":   func(w []byte) []byte { w[1] = 9; return w },
		"oversized": func(w []byte) []byte { w[3] = 0xff; return w },
		"short":     func(w []byte) []byte { w[3], w[4] = 0, 2; return w },
		"empty":     func(w []byte) []byte { w[3], w[4] = 0, 0; return w },
		"replayed":  func(w []byte) []byte { return append(w, w...) },
	} {
		for _, version := range versions {
			t.Run(name+"/"+tls.VersionName(version), func(t *testing.T) {
				client, server := openPair(t, version)
				server.Feed(spoil(seal(t, client, []byte("data"))))
				_, err := drain(server, 100)
				if err == nil || errors.Is(err, engine.ErrWantRead) || errors.Is(err, io.EOF) {
					t.Fatalf("error %v", err)
				}
				wantState(t, server, engine.StateFailed)
				if len(server.Outgoing()) == 0 {
					t.Error("no alert")
				}
				client.Feed(take(server))
				if _, err := client.Read(make([]byte, 1)); err == nil || errors.Is(err, engine.ErrWantRead) {
					t.Errorf("peer: %v", err)
				}
				wantState(t, client, engine.StateFailed)
				if _, again := server.Write([]byte("x")); again != err { //nolint:errorlint // the very same error
					t.Errorf("Write: %v, want %v", again, err)
				}
				if again := server.CloseNotify(); again != err { //nolint:errorlint // the very same error
					t.Errorf("CloseNotify: %v, want %v", again, err)
				}
			})
		}
	}
}

// TestFailureWaitsForTheRead checks that plaintext in front of a bad record is
// delivered.
func TestFailureWaitsForTheRead(t *testing.T) {
	client, server := openPair(t, tls.VersionTLS13)
	wire := append(seal(t, client, []byte("good")), "bad bad bad"...)
	server.Feed(wire)
	got, err := drain(server, 3)
	wantBytes(t, got, []byte("good"))
	if !server.Readable() || errors.Is(err, engine.ErrWantRead) {
		t.Errorf("error %v", err)
	}
}
