package tlsbridge_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

// blockedCalls are calls that must wait, on a blocking socket, by their
// context, and how to end their waiting.
func blockedCalls(t *testing.T, v tlsbridge.TLSVersion, each func(t *testing.T, s *tlsbridge.Socket, call func(context.Context) error)) {
	t.Helper()
	fresh := func(t *testing.T) *tlsbridge.Socket {
		cctx, sctx := contexts(t, v)
		a, b := socketpair(t)
		client, _ := wrap(t, a, b, cctx, sctx)
		return client
	}
	shaken := func(t *testing.T) *tlsbridge.Socket {
		client, _ := open(t, v)
		client.SetTimeout(fdsock.NoTimeout)
		return client
	}
	p, big := make([]byte, 8), make([]byte, 8<<20)
	for name, c := range map[string]struct {
		open func(t *testing.T) *tlsbridge.Socket
		call func(*tlsbridge.Socket, context.Context) error
	}{
		"HandshakeContext": {fresh, (*tlsbridge.Socket).HandshakeContext},
		"RecvIntoContext of a new one": {fresh, func(s *tlsbridge.Socket, ctx context.Context) error {
			_, err := s.RecvIntoContext(ctx, p)
			return err
		}},
		"RecvContext":    {shaken, func(s *tlsbridge.Socket, ctx context.Context) error { _, err := s.RecvContext(ctx, 8); return err }},
		"SendContext":    {shaken, func(s *tlsbridge.Socket, ctx context.Context) error { _, err := s.SendContext(ctx, big); return err }},
		"SendAllContext": {shaken, func(s *tlsbridge.Socket, ctx context.Context) error { _, err := s.SendAllContext(ctx, big); return err }},
		"UnwrapContext":  {shaken, func(s *tlsbridge.Socket, ctx context.Context) error { _, err := s.UnwrapContext(ctx); return err }},
		"AcceptContext": {
			func(t *testing.T) *tlsbridge.Socket { return listening(t, v) },
			func(s *tlsbridge.Socket, ctx context.Context) error { _, _, err := s.AcceptContext(ctx); return err },
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.open(t)
			each(t, s, func(ctx context.Context) error { return c.call(s, ctx) })
		})
	}
}

// listening returns a TLS socket that listens.
func listening(t *testing.T, v tlsbridge.TLSVersion) *tlsbridge.Socket {
	t.Helper()
	_, sctx := contexts(t, v)
	sock, err := fdsock.CreateServer("127.0.0.1", 0, fdsock.ServerOptions{})
	must(t, err)
	l, err := sctx.Wrap(sock, tlsbridge.Options{KeepRaggedEOFs: true})
	must(t, err)
	closeAfter(t, l)
	return l
}

// TestContextEndsWaiting cancels under calls that wait; a call whose context
// has ended does nothing.
func TestContextEndsWaiting(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		blockedCalls(t, v, func(t *testing.T, s *tlsbridge.Socket, call func(context.Context) error) {
			why := errors.New("enough")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(5*time.Millisecond, func() { cancel(why) })
			for range 2 { // the second time it has ended already
				err := call(ctx)
				var e *fdsock.ContextError
				if !errors.As(err, &e) || !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
					t.Errorf("error is %v", err)
				}
			}
			late, cancel2 := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel2()
			if err := call(late); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error is %v", err)
			}
		})
	})
}

// TestDeadlineEndsWaiting sets deadlines, in the past and to come, for calls
// that wait, and takes one away.
func TestDeadlineEndsWaiting(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		blockedCalls(t, v, func(t *testing.T, s *tlsbridge.Socket, call func(context.Context) error) {
			must(t, s.SetDeadline(time.Now().Add(5*time.Millisecond)))
			if err := call(t.Context()); !fdsock.TimeoutError(err) {
				t.Errorf("error is %v", err)
			}
			must(t, s.SetDeadline(time.Now().Add(time.Hour)))
			time.AfterFunc(5*time.Millisecond, func() { _ = s.SetDeadline(past) })
			if err := call(t.Context()); !errors.Is(err, fdsock.ErrTimeout) {
				t.Errorf("error is %v", err)
			}
		})
	})
}

// TestDeadlineDirections has a deadline end the calls of its direction, and
// those only that must wait.
func TestDeadlineDirections(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		client, server := open(t, v)
		client.SetTimeout(fdsock.NoTimeout)
		if !client.GetBlocking() || server.GetBlocking() {
			t.Error("GetBlocking is wrong")
		}
		must(t, client.SetReadDeadline(past))
		must(t, client.SendAll([]byte("there is room")))
		must(t, send(server, []byte("data")))
		buf := make([]byte, 4)
		if n, err := client.RecvInto(buf); n != 4 || err != nil {
			t.Error(n, err)
		}
		if _, err := client.RecvInto(buf); !fdsock.TimeoutError(err) {
			t.Error(err)
		}
		must(t, client.SetReadDeadline(time.Time{}))
		must(t, client.SetWriteDeadline(past))
		big := make([]byte, 8<<20)
		if _, err := client.Send(big); !fdsock.TimeoutError(err) {
			t.Error(err)
		}
		must(t, client.SetWriteDeadline(time.Time{}))
		server.SetTimeout(patience)
		both(t, func() error { return client.SendAll(big) }, // the same again
			func() error { return recvFull(server, make([]byte, len("there is room")+len(big))) })
		client.SetTimeout(0)
		must(t, client.SetReadDeadline(past))
		if _, err := client.RecvInto(buf); !tlsbridge.SSLWantReadError(err) {
			t.Error(err) // it never waits, so nothing ends its waiting
		}
		must(t, client.Close())
		wantErrors(t, client.SetDeadline(past))
	})
}

// TestContextGoesOn takes the calls up again that contexts have ended: TLS is
// whole.
func TestContextGoesOn(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		l := listening(t, v)
		addr, err := l.GetSockName()
		must(t, err)
		cctx, _ := contexts(t, v)
		sock, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
		must(t, err)
		client, err := cctx.Wrap(sock, tlsbridge.Options{ServerHostname: serverName, DoHandshakeOnConnect: true})
		must(t, err)
		closeAfter(t, client)
		short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := client.ConnectContext(short, addr); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err) // the server is silent
		}
		wantValueError(t, client.ConnectContext(t.Context(), addr), "attempt to connect already-connected SSLSocket!")
		server, _, err := l.AcceptContext(t.Context())
		must(t, err)
		closeAfter(t, server)
		both(t, func() error { return client.HandshakeContext(t.Context()) }, server.DoHandshake)
		big := make([]byte, 8<<20)
		for i := range big {
			big[i] = byte(i >> 8)
		}
		short, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if n, err := client.SendContext(short, big); n != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(n, err)
		}
		got := make([]byte, len(big))
		both(t, func() error { _, err := client.SendAllContext(t.Context(), big); return err }, func() error { return recvFull(server, got) })
		if string(got) != string(big) {
			t.Error("another thing came than was sent")
		}
		unwrapping := func(s *tlsbridge.Socket) func() error {
			return func() error {
				plain, err := s.UnwrapContext(t.Context())
				if err != nil {
					return err
				}
				return plain.Close()
			}
		}
		both(t, unwrapping(client), unwrapping(server))
	})
}
