package engine_test

import (
	"crypto/tls"
	"io"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// readEOF reads once and wants a bare io.EOF.
func readEOF(t *testing.T, c *engine.Conn) {
	t.Helper()
	for range 2 {
		if n, err := c.Read(make([]byte, 10)); n != 0 || err != io.EOF { //nolint:errorlint // the contract is a bare io.EOF
			t.Errorf("Read: %d, %v", n, err)
		}
	}
}

func TestCloseNotifyBothWays(t *testing.T) {
	for _, version := range versions {
		client, server := openPair(t, version)
		_ = seal(t, client, nil)
		if err := client.CloseNotify(); err != nil {
			t.Fatal(err)
		}
		wantState(t, client, engine.StateCloseSent)
		_, err := client.Write([]byte("x"))
		wantErr(t, err, engine.ErrShutdown)
		if err := client.CloseNotify(); err != nil {
			t.Errorf("again: %v", err)
		}
		server.Feed(take(client))
		if server.PeerClosed() || !server.Readable() || !server.PeerClosed() {
			t.Errorf("PeerClosed before Readable, or not after")
		}
		readEOF(t, server)
		wantState(t, server, engine.StatePeerClosed)

		client.Feed(seal(t, server, []byte("late")))
		got, _ := drain(client, 10)
		wantBytes(t, got, []byte("late"))
		_ = server.CloseNotify()
		wantState(t, server, engine.StateClosed)
		client.Feed(take(server))
		readEOF(t, client)
		wantState(t, client, engine.StateClosed)
		if err := client.CloseNotify(); err != nil || len(client.Outgoing()) != 0 {
			t.Errorf("at the end: %v, %d outgoing", err, len(client.Outgoing()))
		}
	}
}

func TestPlaintextComesBeforeTheEnd(t *testing.T) {
	for _, ragged := range []bool{false, true} {
		client, server := openPair(t, tls.VersionTLS13)
		wire := seal(t, client, []byte("last words"))
		want := engine.ErrTruncated
		if !ragged {
			_ = client.CloseNotify()
			wire, want = append(wire, take(client)...), io.EOF
		}
		server.Feed(wire)
		server.FeedEOF()
		got, err := drain(server, 4)
		wantBytes(t, got, []byte("last words"))
		wantErr(t, err, want)
		if server.PeerClosed() == ragged {
			t.Errorf("ragged %v: PeerClosed %v", ragged, server.PeerClosed())
		}
	}
}

// TestRaggedEOFAnywhere ends the transport after every byte of two records.
func TestRaggedEOFAnywhere(t *testing.T) {
	for _, version := range versions {
		total := 1
		for k := 0; k < total; k++ {
			client, server := openPair(t, version)
			wire := append(seal(t, client, []byte("one")), seal(t, client, []byte("two"))...)
			total = len(wire)
			server.Feed(wire[:k])
			server.FeedEOF()
			got, err := drain(server, 100)
			wantErr(t, err, io.ErrUnexpectedEOF)
			if want := k / (len(wire) / 2) * 3; len(got) != want {
				t.Errorf("cut after %d of %d: %q", k, len(wire), got)
			}
			wantState(t, server, engine.StateTruncated)

			// A peer that only ended its own direction still hears us.
			client.Feed(seal(t, server, []byte("answer")))
			answer, _ := drain(client, 100)
			wantBytes(t, answer, []byte("answer"))
			if err := server.CloseNotify(); err != nil {
				t.Error(err)
			}
			wantState(t, server, engine.StateClosed)
		}
	}
}

func TestEOFAfterOurCloseNotify(t *testing.T) {
	client, _ := openPair(t, tls.VersionTLS13)
	_ = client.CloseNotify()
	client.FeedEOF()
	_, err := client.Read(make([]byte, 1))
	wantErr(t, err, engine.ErrTruncated)
	wantState(t, client, engine.StateClosed)
}

// TestUnreadGoesBack ends TLS in the middle of a stream, as Python's unwrap
// does, at every place of a chunk's end.
func TestUnreadGoesBack(t *testing.T) {
	for _, version := range versions {
		client, server := openPair(t, version)
		wire := seal(t, client, []byte("tls"))
		_ = client.CloseNotify()
		wire = append(wire, take(client)...)
		tlsLen := len(wire)
		wire = append(wire, "plain again"...)

		server.Borrow(wire[:tlsLen+2])
		if got := server.TakeUnread(); got != nil {
			t.Errorf("taken from an open engine: %q", got)
		}
		got, err := drain(server, 2)
		wantErr(t, err, io.EOF)
		wantBytes(t, got, []byte("tls"))
		if server.Buffered() != 2 {
			t.Errorf("%d buffered", server.Buffered())
		}
		server.Settle()
		server.Feed(wire[tlsLen+2:])
		wantBytes(t, server.TakeUnread(), []byte("plain again"))
		if got := server.TakeUnread(); got != nil {
			t.Errorf("taken twice: %q", got)
		}
	}
}

// TestUnreadBeforeTheHandshake gives back what a server has not begun with.
func TestUnreadBeforeTheHandshake(t *testing.T) {
	_, server := newPair(t, tls.VersionTLS13, certs.ECDSAP256)
	server.Feed([]byte("HEL"))
	server.Borrow([]byte("O"))
	_, _ = server.Handshake()
	wantBytes(t, server.TakeUnread(), []byte("HELO"))
}

func TestCloseNotifyBeforeTheHandshake(t *testing.T) {
	client, _ := newPair(t, tls.VersionTLS13, certs.ECDSAP256)
	wantErr(t, client.CloseNotify(), engine.ErrHandshakeIncomplete)
	_, _ = client.Handshake()
	wantErr(t, client.CloseNotify(), engine.ErrHandshakeIncomplete)
	if got := client.ConnectionState(); got.HandshakeComplete || got.Version != 0 {
		t.Errorf("in the handshake: %+v", got)
	}
}

// TestFeedAfterEOF drops the bytes.
func TestFeedAfterEOF(t *testing.T) {
	client, server := openPair(t, tls.VersionTLS13)
	server.FeedEOF()
	wire := seal(t, client, []byte("x"))
	server.Feed(wire)
	server.Borrow(wire)
	_, err := server.Read(make([]byte, 1))
	wantErr(t, err, engine.ErrTruncated)
	if server.Buffered() != 0 {
		t.Errorf("%d buffered", server.Buffered())
	}
}
