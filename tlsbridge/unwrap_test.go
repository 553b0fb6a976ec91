package tlsbridge_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestUnwrapAndWrapAgain goes from plaintext to TLS and back twice on one
// pair of sockets, as STARTTLS and CCC do.
//
//inventory:row SSLSocket.unwrap
func TestUnwrapAndWrapAgain(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting, client, server *tlsbridge.Socket) {
		cctx, sctx := client.Context(), server.Context()
		for round := range 2 {
			var plainC, plainS *fdsock.Socket
			text := fmt.Appendf(nil, "round %d", round)
			both(t, func() (err error) {
				if err = send(client, text); err == nil {
					plainC, err = unwrap(client)
				}
				return err
			}, func() (err error) {
				if err = recvFull(server, make([]byte, len(text))); err == nil {
					plainS, err = unwrap(server)
				}
				return err
			})
			if plainC.Fileno() != client.Fileno() || plainC.GetTimeout() != on.mode.timeout {
				t.Error("unwrapping has changed the socket")
			}
			// The TLS sockets pass calls on, and do not own the descriptor.
			must(t, client.Close())
			must(t, plainC.SendAll(text))
			must(t, do(server, func() error { return onceReadable(plainS) }))
			if got, err := server.Recv(100); !bytes.Equal(got, text) || err != nil {
				t.Fatalf("%q, %v", got, err)
			}
			if _, err := server.Send(text); err != nil {
				t.Fatal(err)
			}
			must(t, onceReadable(plainC))
			if got, err := plainC.Recv(100); !bytes.Equal(got, text) || err != nil {
				t.Fatalf("%q, %v", got, err)
			}
			client, server = wrap(t, plainC, plainS, cctx, sctx)
		}
		both(t, func() error { return handshake(client) }, func() error { return handshake(server) })
	})
}

// TestUnwrapLosesNothing sends plaintext right behind close_notify, in one
// piece with it, and splits both everywhere.
//
//inventory:row SSLSocket.unwrap
func TestUnwrapLosesNothing(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		behind := []byte("and now in clear, \x17\x03\x03 or not")
		for split := 0; ; split++ {
			s, p := newPuppet(t, v, false)
			p.shake(s)
			must(t, p.eng.CloseNotify())
			all := append(bytes.Clone(p.eng.Outgoing()), behind...)
			if split > len(all) {
				return
			}
			p.raw(all[:split])
			plain, err := s.Unwrap()
			p.raw(all[split:])
			if err != nil {
				wantErr(t, err, tlsbridge.KindWantRead, "")
				plain, err = s.Unwrap()
				must(t, err)
			}
			got := make([]byte, len(behind)+1)
			n, err := plain.RecvInto(got)
			if err != nil || !bytes.Equal(got[:n], behind) {
				t.Fatalf("split at %d: %q, %v", split, got[:n], err)
			}
			p.eng.Sent(len(p.eng.Outgoing()))
		}
	})
}

//inventory:row SSLSocket.unwrap
func TestUnwrapErrors(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		t.Run("early", func(t *testing.T) {
			s, p := newPuppet(t, v, false)
			_, err := s.Unwrap()
			wantErr(t, err, tlsbridge.KindSSL, "SHUTDOWN_WHILE_IN_INIT")
			must(t, negotiate(s, p, 1<<20))
		})
		t.Run("data", func(t *testing.T) {
			s, p := newPuppet(t, v, false)
			p.shake(s)
			p.raw(p.seal([]byte("data")))
			_, err := s.Unwrap()
			wantErr(t, err, tlsbridge.KindSSL, "APPLICATION_DATA_AFTER_CLOSE_NOTIFY")
			if got, err := s.Recv(10); string(got) != "data" || err != nil {
				t.Fatalf("%q, %v", got, err) // it is not lost
			}
			_, err = s.Send([]byte("x"))
			wantErr(t, err, tlsbridge.KindSSL, "PROTOCOL_IS_SHUTDOWN")
			_, err = s.Unwrap()
			wantErr(t, err, tlsbridge.KindWantRead, "")
			must(t, p.eng.CloseNotify())
			p.give(100)
			if n, err := s.RecvInto(make([]byte, 1)); n != 0 || !tlsbridge.SSLZeroReturnError(err) {
				t.Fatal(n, err) // both have said farewell
			}
			_, err = s.Unwrap()
			must(t, err)
		})
		t.Run("truncated", func(t *testing.T) {
			s, p := newPuppet(t, v, false)
			p.shake(s)
			must(t, p.sock.Shutdown(fdsock.SHUT_WR))
			_, err := s.Unwrap()
			wantErr(t, err, tlsbridge.KindEOF, "UNEXPECTED_EOF_WHILE_READING")
		})
		t.Run("reset", func(t *testing.T) {
			a, b := tcpPair(t)
			cctx, sctx := contexts(t, v)
			client, server := wrap(t, a, b, cctx, sctx)
			client.SetTimeout(0)
			server.SetTimeout(0)
			must(t, shake(client, server))
			_ = client.Test(reactor.Input) // take the tickets: unread bytes are a reset of their own
			reset(t, b)
			client.SetTimeout(patience)
			if _, err := client.Unwrap(); !errors.Is(err, unix.ECONNRESET) || tlsbridge.SSLError(err) {
				t.Fatal(err)
			}
		})
		t.Run("peer first", func(t *testing.T) {
			s, p := newPuppet(t, v, false)
			p.shake(s)
			must(t, p.eng.CloseNotify())
			p.give(100)
			for range 2 {
				if got, err := s.Recv(10); len(got) != 0 || err != nil {
					t.Fatal(got, err)
				}
			}
			must(t, s.SendAll([]byte("still"))) // only the peer's direction has ended
			_, err := s.Unwrap()
			must(t, err)
			var value *tlsbridge.ValueError
			_, errUnwrap := s.Unwrap()
			for _, err := range []error{s.DoHandshake(), errUnwrap} {
				if !errors.As(err, &value) {
					t.Error("on an unwrapped socket:", err)
				}
			}
		})
	})
}
