package tlsbridge_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

var past = time.Unix(1, 0)

// viewOf is the socket's Conn.
func viewOf(tb testing.TB, s *tlsbridge.Socket) *tlsbridge.Conn {
	tb.Helper()
	c, err := s.Conn()
	must(tb, err)
	return c
}

// TestConn is the suite of golang.org/x/net over TLS on TCP: either end first,
// in every mode of the socket, which the view must not care about.
func TestConn(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, end := range []string{"client", "server"} {
			for name, timeout := range map[string]time.Duration{"blocking": fdsock.NoTimeout, "timeout": time.Nanosecond, "nonblocking": 0} {
				t.Run(end+"/"+name, func(t *testing.T) {
					t.Parallel() // it waits most of the time
					cctx, sctx := contexts(t, v)
					nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
						a, b := tcpPair(t)
						client, server := wrap(t, a, b, cctx, sctx)
						client.SetTimeout(timeout)
						server.SetTimeout(timeout)
						c1, c2 := viewOf(t, client), viewOf(t, server)
						if end == "server" {
							c1, c2 = c2, c1
						}
						return c1, c2, func() { must(t, c1.Close()); must(t, c2.Close()) }, nil
					})
				})
			}
		}
	})
}

// views returns two ends that have not shaken hands, as package net's.
func views(t *testing.T, v tlsbridge.TLSVersion) (client, server *tlsbridge.Conn) {
	t.Helper()
	cctx, sctx := contexts(t, v)
	a, b := tcpPair(t)
	c, s := wrap(t, a, b, cctx, sctx)
	c.SetTimeout(0)
	s.SetTimeout(0)
	return viewOf(t, c), viewOf(t, s)
}

// wantOp fails the test unless the error is package net's of the operation.
func wantOp(tb testing.TB, err error, op string, targets ...error) {
	tb.Helper()
	var e *net.OpError
	if !errors.As(err, &e) || e.Op != op {
		tb.Errorf("error is %v, want one of %s", err, op)
	}
	for _, target := range targets {
		if !errors.Is(err, target) {
			tb.Errorf("error is %v, want %v", err, target)
		}
	}
}

// TestConnHalfClose has one end say farewell, and the other go on.
func TestConnHalfClose(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		client, server := views(t, v)
		both(t, func() error {
			if _, err := client.Write([]byte("question")); err != nil {
				return err
			}
			if err := client.CloseWrite(); err != nil {
				return err
			}
			if err := client.CloseWrite(); err != nil { // again does nothing
				return err
			}
			answer, err := io.ReadAll(client)
			if string(answer) != "answer to question" {
				t.Errorf("the answer is %q", answer)
			}
			return err
		}, func() error {
			question, err := io.ReadAll(server) // to close_notify
			if err != nil {
				return err
			}
			if _, err := server.Write(append([]byte("answer to "), question...)); err != nil {
				return err
			}
			return server.CloseWrite()
		})
		if _, err := client.Write([]byte("x")); err == nil {
			t.Error("a Write after CloseWrite succeeds")
		}
		if n, err := client.Read(make([]byte, 1)); n != 0 || err != io.EOF { //nolint:errorlint // net.Conn returns it bare
			t.Error(n, err)
		}
		if client.Socket().Fileno() < 0 {
			t.Error("CloseWrite has closed the socket")
		}
	})
}

// TestConnHalfCloseFirst makes the handshake, and sends nothing else.
func TestConnHalfCloseFirst(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		client, server := views(t, v)
		both(t, client.CloseWrite, func() error {
			p, err := io.ReadAll(server)
			if len(p) > 0 {
				t.Errorf("%q came", p)
			}
			return err
		})
	})
}

// TestConnClose ends with a farewell, and the peer reads all that was sent
// before, tickets or no tickets; without one it reads an error.
func TestConnClose(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, farewell := range []bool{true, false} {
			client, server := views(t, v)
			both(t, client.Handshake, server.Handshake)
			text := make([]byte, 100_000)
			both(t, func() error {
				if _, err := client.Write(text); err != nil {
					return err
				}
				if farewell {
					return client.Close()
				}
				return client.Socket().Shutdown(fdsock.SHUT_WR)
			}, func() error {
				got, err := io.ReadAll(server)
				switch {
				case len(got) != len(text):
					t.Errorf("%d bytes came of %d", len(got), len(text))
				case farewell:
					return err
				case !tlsbridge.SSLEOFError(err):
					t.Errorf("without a farewell: %v", err)
				default:
					wantOp(t, err, "read", io.ErrUnexpectedEOF)
				}
				return nil
			})
		}
	})
}

// TestConnCloseDuringSend says no farewell in the middle of what others send:
// the peer would take it for the whole.
func TestConnCloseDuringSend(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		client, server := views(t, v)
		both(t, client.Handshake, server.Handshake)
		writing := make(chan error, 1)
		go func() { _, err := client.Write(make([]byte, 64<<20)); writing <- err }()
		if _, err := io.ReadFull(server, make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
		must(t, client.Close())
		wantOp(t, <-writing, "write", net.ErrClosed)
		if _, err := io.Copy(io.Discard, server); err == nil {
			t.Error("the peer reads the end of what was cut off")
		}

		nonblocking, peer := open(t, v)
		if _, err := nonblocking.Send(make([]byte, 1<<22)); !tlsbridge.SSLWantWriteError(err) {
			t.Fatal(err)
		}
		must(t, viewOf(t, nonblocking).Close())
		if _, err := io.Copy(io.Discard, viewOf(t, peer)); err == nil {
			t.Error("the peer reads the end of a Send that was given up")
		}
	})
}

func TestConnErrors(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		client, server := views(t, v)
		p := make([]byte, 8)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		wantOp(t, client.HandshakeContext(ended), "handshake", context.Canceled)
		must(t, client.SetDeadline(past))
		wantOp(t, client.Handshake(), "handshake", os.ErrDeadlineExceeded)
		wantOp(t, client.CloseWrite(), "close", os.ErrDeadlineExceeded)
		_, err := client.Write(p)
		wantOp(t, err, "write", os.ErrDeadlineExceeded, fdsock.ErrTimeout)
		must(t, client.SetDeadline(time.Time{}))
		both(t, client.Handshake, server.Handshake)
		if cs := client.ConnectionState(); !cs.HandshakeComplete || cs.Version != uint16(v) || cs.ServerName != serverName {
			t.Errorf("%+v", cs)
		}
		must(t, client.SetReadDeadline(past))
		both(t, func() error {
			_, err := server.Write([]byte("data"))
			return err
		}, func() error { _, err := client.Write([]byte("x")); return err })
		_, err = client.Read(p)
		wantOp(t, err, "read", os.ErrDeadlineExceeded)
		var ne net.Error
		if !errors.As(err, &ne) || !ne.Timeout() {
			t.Errorf("%v is no timeout", err)
		}
		must(t, client.SetDeadline(time.Time{}))
		if n, err := client.Read(nil); n != 0 || err != nil {
			t.Error(n, err)
		}
		if n, err := client.Read(p); n != 4 || err != nil {
			t.Error(n, err)
		}
		if client.RemoteAddr().String() != server.LocalAddr().String() || client.LocalAddr().Network() != "tcp" {
			t.Error(client.LocalAddr(), client.RemoteAddr())
		}
		must(t, client.Close())
		must(t, client.Close())
		_, err = client.Read(nil)
		wantOp(t, err, "read", net.ErrClosed)
		_, err = client.Write(p)
		wantOp(t, err, "write", net.ErrClosed)
		wantOp(t, client.SetDeadline(time.Time{}), "set", net.ErrClosed)
		wantOp(t, client.CloseWrite(), "close", net.ErrClosed)
		wantOp(t, client.Handshake(), "handshake", net.ErrClosed)
		_, err = client.Socket().Conn()
		wantErrors(t, err, net.ErrClosed)
	})
}

// TestConnWriteGivesUp counts what a deadline has let through, after which the
// stream goes on; also behind a Send of the socket that was never finished.
func TestConnWriteGivesUp(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		client, server := views(t, v)
		both(t, client.Handshake, server.Handshake)
		if _, err := client.Socket().Send(make([]byte, 8<<20)); !tlsbridge.SSLWantWriteError(err) {
			t.Fatal(err)
		}
		must(t, client.SetWriteDeadline(time.Now().Add(20*time.Millisecond)))
		ones := make([]byte, 8<<20)
		for i := range ones {
			ones[i] = 1
		}
		blocked, err := client.Write(ones)
		wantOp(t, err, "write", os.ErrDeadlineExceeded)
		must(t, client.SetWriteDeadline(time.Time{}))
		taken := 0
		both(t, func() error {
			n, err := client.Write(ones[:1<<20])
			taken = n
			return errors.Join(err, client.CloseWrite())
		}, func() error {
			counts := map[byte]int{}
			p := make([]byte, 1<<16)
			for {
				n, err := server.Read(p)
				for _, b := range p[:n] {
					counts[b]++
				}
				if errors.Is(err, io.EOF) {
					if counts[1] != blocked+1<<20 || counts[0] == 0 {
						t.Errorf("%d ones came, %d and %d were written", counts[1], blocked, 1<<20)
					}
					return nil
				}
				if err != nil {
					return err
				}
			}
		})
		if taken != 1<<20 {
			t.Error(taken)
		}
	})
}

// TestConnUnwrapped goes on in plaintext, by the view's rules.
func TestConnUnwrapped(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		client, server := views(t, v)
		both(t, client.Handshake, server.Handshake)
		both(t, func() error { _, err := unwrap(client.Socket()); return err }, func() error { _, err := unwrap(server.Socket()); return err })
		must(t, client.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
		_, err := client.Read(make([]byte, 1))
		wantOp(t, err, "read", os.ErrDeadlineExceeded)
		must(t, client.SetReadDeadline(time.Time{}))
		big := make([]byte, 8<<20)
		both(t, func() error {
			n, err := client.Write(big)
			if n != len(big) {
				t.Errorf("%d bytes were written", n)
			}
			return errors.Join(err, client.CloseWrite())
		}, func() error {
			got, err := io.ReadAll(server)
			if len(got) != len(big) {
				t.Errorf("%d bytes came", len(got))
			}
			return err
		})
		must(t, client.Socket().Socket().Close())
		wantOp(t, client.Handshake(), "handshake", net.ErrClosed)
	})
}

// TestConnWakes has the peer's close_notify wake a Read, and nothing be left
// for select.
func TestConnWakes(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		client, server := views(t, v)
		both(t, client.Handshake, server.Handshake)
		reading := make(chan error, 1)
		go func() { _, err := client.Read(make([]byte, 1)); reading <- err }()
		must(t, server.CloseWrite())
		if err := <-reading; err != io.EOF { //nolint:errorlint // net.Conn returns it bare
			t.Error(err)
		}
		if r := client.Socket().Test(reactor.Input); r&reactor.Readable == 0 {
			t.Error("the end is not readable")
		}
	})
}
