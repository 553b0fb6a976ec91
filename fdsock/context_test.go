package fdsock_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// contextCalls are the calls that take a context, in a state where they wait.
// n is what they have transferred by then: 0, or something.
var contextCalls = []struct {
	name    string
	partial bool
	make    func(t *testing.T, w *world) (*fdsock.Socket, func(ctx context.Context) (int, error))
}{
	{"recv", false, func(t *testing.T, w *world) (*fdsock.Socket, func(context.Context) (int, error)) {
		a, _ := w.pair(t)
		return a, func(ctx context.Context) (int, error) {
			p, err := a.RecvContext(ctx, 8)
			return len(p), err
		}
	}},
	{"waitall", true, func(t *testing.T, w *world) (*fdsock.Socket, func(context.Context) (int, error)) {
		a, b := w.pair(t)
		send(t, b, "abc")
		return a, func(ctx context.Context) (int, error) {
			return a.RecvIntoContext(ctx, make([]byte, 8), fdsock.MSG_WAITALL)
		}
	}},
	{"peekall", true, func(t *testing.T, w *world) (*fdsock.Socket, func(context.Context) (int, error)) {
		a, b := w.pair(t)
		send(t, b, "abc")
		return a, func(ctx context.Context) (int, error) {
			return a.RecvIntoContext(ctx, make([]byte, 8), fdsock.MSG_WAITALL|fdsock.MSG_PEEK)
		}
	}},
	{"send", true, func(t *testing.T, w *world) (*fdsock.Socket, func(context.Context) (int, error)) {
		a, _ := w.narrowPair(t)
		return a, func(ctx context.Context) (int, error) { return a.SendContext(ctx, make([]byte, big)) }
	}},
	{"sendall", true, func(t *testing.T, w *world) (*fdsock.Socket, func(context.Context) (int, error)) {
		a, _ := w.narrowPair(t)
		return a, func(ctx context.Context) (int, error) { return a.SendAllContext(ctx, make([]byte, big)) }
	}},
	{"accept", false, func(t *testing.T, w *world) (*fdsock.Socket, func(context.Context) (int, error)) {
		if w.local == nil {
			t.Skip("socket pairs have no listener")
		}
		l, _ := w.listener(t)
		return l, func(ctx context.Context) (int, error) {
			_, _, err := l.AcceptContext(ctx)
			return 0, err
		}
	}},
	{"connect", false, func(t *testing.T, w *world) (*fdsock.Socket, func(context.Context) (int, error)) {
		if w.local == nil {
			t.Skip("socket pairs have no listener")
		}
		_, addr := w.fullBacklog(t)
		s := w.socket(t)
		return s, func(ctx context.Context) (int, error) { return 0, s.ConnectContext(ctx, addr) }
	}},
	{"recvfrom", false, func(t *testing.T, w *world) (*fdsock.Socket, func(context.Context) (int, error)) {
		a, _ := w.pair(t)
		return a, func(ctx context.Context) (int, error) {
			p, _, err := a.RecvFromContext(ctx, 8)
			return len(p), err
		}
	}},
}

// eachContextCall runs a test with each of them in every world.
func eachContextCall(t *testing.T, test func(t *testing.T, s *fdsock.Socket, partial bool, call func(context.Context) (int, error))) {
	t.Helper()
	worlds(t, func(t *testing.T, w *world) {
		for _, c := range contextCalls {
			t.Run(c.name, func(t *testing.T) {
				s, call := c.make(t, w)
				test(t, s, c.partial, call)
			})
		}
	})
}

// wantContext fails the test unless the error says that the context ended the
// call.
func wantContext(t *testing.T, err error, ctxErr, cause error) {
	t.Helper()
	var ended *fdsock.ContextError
	var ne net.Error
	if !errors.As(err, &ended) || !errors.Is(err, ctxErr) || !errors.Is(err, cause) || !errors.As(err, &ne) {
		t.Fatalf("error is %v, want %v for %v", err, ctxErr, cause)
	}
	if late := errors.Is(ctxErr, context.DeadlineExceeded); ne.Timeout() != late || ne.Temporary() != late { //nolint:staticcheck // part of net.Error
		t.Errorf("Timeout says %v", ne.Timeout())
	}
	text := ended.Op + ": " + cause.Error()
	if ended.Addr != nil {
		text = fmt.Sprintf("%s %v: %v", ended.Op, ended.Addr, cause)
	}
	if err.Error() != text || (ended.Addr != nil) != (ended.Op == "connect") {
		t.Errorf("text is %q, want %q", err, text)
	}
}

var errCause = errors.New("the user has left")

// TestContextCancel cancels calls that wait.
func TestContextCancel(t *testing.T) {
	eachContextCall(t, func(t *testing.T, s *fdsock.Socket, partial bool, call func(context.Context) (int, error)) {
		s.SetTimeout(fdsock.NoTimeout)
		ctx, cancel := context.WithCancelCause(t.Context())
		done := begin(func() (int, error) { return call(ctx) })
		untilInWait(t, 1)
		cancel(errCause)
		got := receive(t, done, "the end of the call")
		wantContext(t, got.err, context.Canceled, errCause)
		if partial != (got.n > 0) {
			t.Errorf("%d bytes were transferred", got.n)
		}
	})
}

func TestContextDeadline(t *testing.T) {
	eachContextCall(t, func(t *testing.T, s *fdsock.Socket, _ bool, call func(context.Context) (int, error)) {
		s.SetTimeout(fdsock.NoTimeout)
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		defer cancel()
		_, err := call(ctx)
		wantContext(t, err, context.DeadlineExceeded, context.DeadlineExceeded)
	})
}

// TestContextDone makes calls that nothing stops, but for their context.
func TestContextDone(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		send(t, b, "data")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		calls := map[string]func() error{
			"recv":     func() error { _, err := a.RecvContext(ctx, 8); return err },
			"recvinto": func() error { _, err := a.RecvIntoContext(ctx, make([]byte, 8)); return err },
			"recvfrom": func() error { _, _, err := a.RecvFromContext(ctx, 8); return err },
			"send":     func() error { _, err := a.SendContext(ctx, []byte("x")); return err },
			"sendall":  func() error { _, err := a.SendAllContext(ctx, []byte("x")); return err },
			"sendto":   func() error { _, err := a.SendToContext(ctx, []byte("x"), fdsock.Inet("x", 1)); return err },
			"connect":  func() error { return a.ConnectContext(ctx, fdsock.Inet("127.0.0.1", 1)) },
			"accept":   func() error { _, _, err := a.AcceptContext(ctx); return err },
			"create_connection": func() error {
				_, err := fdsock.CreateConnectionContext(ctx, "127.0.0.1", 1, fdsock.DialOptions{})
				return err
			},
		}
		for name, call := range calls {
			if err := call(); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		}
		wantRecv(t, a, "data")
		b.SetTimeout(0)
		_, err := b.Recv(8)
		want(t, err, sys.EAGAIN)
	})
}

// TestContextOthersGoOn cancels one of two calls.
func TestContextOthersGoOn(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		ctx, cancel := context.WithCancel(t.Context())
		first := begin(func() (int, error) { return a.RecvIntoContext(ctx, make([]byte, 8)) })
		other := begin(func() (int, error) { return a.RecvInto(make([]byte, 8)) })
		untilInWait(t, 2)
		cancel()
		wantContext(t, receive(t, first, "the end").err, context.Canceled, context.Canceled)
		untilInWait(t, 1)
		send(t, b, "x")
		want(t, receive(t, other, "data").err, nil)
	})
}

// TestContextSucceeds lets every call do its work.
func TestContextSucceeds(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		l, addr := w.listener(t)
		a := w.socket(t)
		want(t, a.ConnectContext(ctx, addr), nil)
		b, _, err := l.AcceptContext(ctx)
		want(t, err, nil)
		closeAtEnd(t, b)
		n, err := a.SendContext(ctx, []byte("one"))
		want(t, err, nil)
		m, err := a.SendAllContext(ctx, []byte("two"))
		want(t, err, nil)
		if n != 3 || m != 3 {
			t.Error(n, m)
		}
		p := make([]byte, 3)
		_, err = b.RecvIntoContext(ctx, p)
		want(t, err, nil)
		q, err := b.RecvContext(ctx, 8)
		want(t, err, nil)
		if string(p)+string(q) != "onetwo" {
			t.Errorf("%q %q", p, q)
		}
		b.SetTimeout(0)
		_, err = b.RecvContext(ctx, 8)
		want(t, err, sys.EAGAIN) // a nonblocking socket does not wait for a context
		b.SetTimeout(soon)
		_, err = b.RecvContext(ctx, 8)
		wantTimeout(t, err)
		for _, err := range []error{
			second(b.RecvContext(ctx, -1)),
			func() error { _, _, err := b.RecvFromContext(ctx, -1); return err }(),
		} {
			var value *fdsock.ValueError
			if !errors.As(err, &value) {
				t.Error("a negative size:", err)
			}
		}
		closeSocket(t, b)
		_, err = b.RecvContext(ctx, 8)
		wantClosed(t, err)
	})
}

func second[T any](_ T, err error) error { return err }

// TestContextDatagram sends and receives a datagram, by address.
func TestContextDatagram(t *testing.T) {
	onDefault(t)
	a, b := udpPair(t)
	to, err := b.GetSockName()
	want(t, err, nil)
	_, err = a.SendToContext(t.Context(), []byte("hello"), to)
	want(t, err, nil)
	p, from, err := b.RecvFromContext(t.Context(), 100)
	want(t, err, nil)
	if name, _ := a.GetSockName(); string(p) != "hello" || from != name {
		t.Errorf("%q from %v", p, from)
	}
}

// udpPair makes two bound UDP sockets of the default group.
func udpPair(t *testing.T) (a, b *fdsock.Socket) {
	t.Helper()
	for _, s := range []**fdsock.Socket{&a, &b} {
		var err error
		*s, err = fdsock.New(fdsock.AF_INET, fdsock.SOCK_DGRAM, 0)
		want(t, err, nil)
		closeAtEnd(t, *s)
		want(t, (*s).Bind(fdsock.Inet("127.0.0.1", 0)), nil)
	}
	return a, b
}

// TestContextLookup cancels the look-up of a name.
func TestContextLookup(t *testing.T) {
	onDefault(t)
	s, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_DGRAM, 0)
	want(t, err, nil)
	closeAtEnd(t, s)
	asked := make(chan bool, 10)
	defer fdsock.SetResolver(&net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		asked <- true
		<-ctx.Done() // a server that does not answer
		return nil, ctx.Err()
	}})()
	const host = "host.test"
	for name, call := range map[string]func(ctx context.Context) error{
		"connect": func(ctx context.Context) error { return s.ConnectContext(ctx, fdsock.Inet(host, 1)) },
		"sendto": func(ctx context.Context) error {
			_, err := s.SendToContext(ctx, []byte("x"), fdsock.Inet(host, 1))
			return err
		},
		"create_connection": func(ctx context.Context) error {
			_, err := fdsock.CreateConnectionContext(ctx, host, 1, fdsock.DialOptions{})
			return err
		},
		"source": func(ctx context.Context) error {
			_, err := fdsock.CreateConnectionContext(ctx, "127.0.0.1", 1, fdsock.DialOptions{Source: fdsock.Inet(host, 0)})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			done := begin(func() (int, error) { return 0, call(ctx) })
			receive(t, asked, "the question")
			cancel(errCause)
			err := receive(t, done, "the end of the call").err
			var ended *fdsock.ContextError
			if !errors.As(err, &ended) || !errors.Is(err, errCause) || !errors.Is(err, context.Canceled) {
				t.Errorf("error is %v", err)
			}
		})
	}
}
