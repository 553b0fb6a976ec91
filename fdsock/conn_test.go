package fdsock_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
)

// modes are the timeouts that a view must not care about.
var modes = map[string]time.Duration{"blocking": fdsock.NoTimeout, "timeout": time.Nanosecond, "nonblocking": 0}

// viewOf is the socket's Conn.
func viewOf(tb testing.TB, s *fdsock.Socket) *fdsock.Conn {
	tb.Helper()
	c, err := s.Conn()
	want(tb, err, nil)
	return c
}

// TestConn is the suite of golang.org/x/net over every mode of the socket. It
// takes its time, so threads park under one kind of connection only.
func TestConn(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		if w.threads && w.local != nil {
			return
		}
		t.Parallel() // it waits most of the time
		for name, timeout := range modes {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
					a, b := w.pair(t)
					a.SetTimeout(timeout)
					b.SetTimeout(timeout)
					stop := func() { closeSocket(t, a); closeSocket(t, b) }
					return viewOf(t, a), viewOf(t, b), stop, nil
				})
			})
		}
	})
}

// wantOp fails the test unless the error is package net's of the operation.
func wantOp(tb testing.TB, err error, op string, target error) {
	tb.Helper()
	var e *net.OpError
	if !errors.As(err, &e) || e.Op != op || !errors.Is(err, target) {
		tb.Errorf("error is %v, want %v of %s", err, target, op)
	}
}

func TestConnErrors(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		a.SetTimeout(0)
		c := viewOf(t, a)
		p := make([]byte, 8)
		want(t, c.SetReadDeadline(time.Unix(1, 0)), nil)
		send(t, b, "data")
		_, err := c.Read(p)
		wantOp(t, err, "read", os.ErrDeadlineExceeded)
		wantOp(t, err, "read", fdsock.ErrTimeout)
		var ne net.Error
		if !errors.As(err, &ne) || !ne.Timeout() {
			t.Errorf("%v is no timeout", err)
		}
		wantRecv(t, a, "data") // the socket's calls know nothing of the view's deadline
		want(t, c.SetDeadline(time.Time{}), nil)
		want(t, c.CloseWrite(), nil)
		if n, err := viewOf(t, b).Read(p); n != 0 || err != io.EOF { //nolint:errorlint // net.Conn returns it bare
			t.Errorf("at the end Read gives %d, %v", n, err)
		}
		_, err = c.Write([]byte("x"))
		wantOp(t, err, "write", sys.EPIPE)
		want(t, c.CloseRead(), nil)
		if n, err := c.Read(nil); n != 0 || err != nil {
			t.Error(n, err)
		}
		want(t, c.Close(), nil)
		want(t, c.Close(), nil)
		if a.Fileno() != -1 || c.Socket() != a {
			t.Error("the view has closed another socket")
		}
		_, err = c.Read(nil)
		wantOp(t, err, "read", net.ErrClosed)
		_, err = c.Write(p)
		wantOp(t, err, "write", net.ErrClosed)
		wantOp(t, c.SetDeadline(time.Time{}), "set", net.ErrClosed)
		wantOp(t, c.CloseWrite(), "close", net.ErrClosed)
		_, err = a.Conn()
		wantClosed(t, err)
	})
}

func TestConnAddrs(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		l, addr := w.listener(t)
		view, err := l.Listener()
		want(t, err, nil)
		a := w.socket(t)
		want(t, a.Connect(addr), nil)
		b, err := view.Accept()
		want(t, err, nil)
		defer b.Close()
		c := viewOf(t, a)
		for _, got := range []net.Addr{view.Addr(), c.RemoteAddr(), b.LocalAddr()} {
			if got.String() != addr.String() {
				t.Errorf("address is %v, want %v", got, addr)
			}
			switch got := got.(type) {
			case *net.TCPAddr:
				if !w.tcp() || got.Network() != "tcp" {
					t.Errorf("%#v", got)
				}
			case *net.UnixAddr:
				if w.tcp() || got.Network() != "unix" {
					t.Errorf("%#v", got)
				}
			default:
				t.Errorf("an address is a %T", got)
			}
		}
		if w.tcp() && b.RemoteAddr().String() != c.LocalAddr().String() {
			t.Error(b.RemoteAddr(), c.LocalAddr())
		}
		text := fmt.Sprintf("read %s %v->%v: use of closed network connection", c.LocalAddr().Network(), c.LocalAddr(), addr)
		want(t, c.Close(), nil)
		if _, err := c.Read(nil); err == nil || err.Error() != text {
			t.Errorf("error is %q, want %q", err, text)
		}
	})
}

// TestWrongViews asks for views that a socket cannot give.
func TestWrongViews(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		l, addr := w.listener(t)
		s := w.socket(t)
		for _, s := range []*fdsock.Socket{l, s} {
			_, err := s.Conn()
			want(t, err, sys.ENOTCONN)
			if !strings.HasPrefix(err.Error(), "Conn: ") {
				t.Error("the call is not named:", err)
			}
			var value *fdsock.ValueError
			if _, err := s.PacketConn(); !errors.As(err, &value) {
				t.Error("a PacketConn of a stream:", err)
			}
		}
		want(t, s.Connect(addr), nil)
		var value *fdsock.ValueError
		if _, err := s.Listener(); !errors.As(err, &value) {
			t.Error("a Listener of a connected socket:", err)
		}
		closeSocket(t, s)
		_, err := s.Listener()
		wantClosed(t, err)
	})
}

func TestListener(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		l, addr := w.listener(t)
		l.SetTimeout(0)
		view, err := l.Listener()
		want(t, err, nil)
		want(t, view.SetDeadline(time.Unix(1, 0)), nil)
		_, err = view.Accept()
		wantOp(t, err, "accept", os.ErrDeadlineExceeded)
		want(t, view.SetDeadline(time.Time{}), nil)

		accepted := make(chan net.Conn, 1)
		accepting := begin(func() (int, error) {
			c, err := view.Accept()
			accepted <- c
			return 0, err
		})
		untilInWait(t, 1) // on a nonblocking socket
		failOnce(t, sys.OpAccept, 0, sys.ECONNABORTED)
		want(t, w.socket(t).Connect(addr), nil)
		want(t, receive(t, accepting, "a connection").err, nil)
		want(t, (<-accepted).Close(), nil)

		want(t, w.socket(t).Connect(addr), nil)
		failOnce(t, sys.OpAccept, 0, sys.EMFILE)
		_, err = view.Accept()
		wantOp(t, err, "accept", sys.EMFILE)
		var ne net.Error
		if !errors.As(err, &ne) || !ne.Temporary() { //nolint:staticcheck // net/http asks
			t.Errorf("%v is not temporary: net/http would stop", err)
		}
		failOnce(t, sys.OpGetsockname, 0, sys.ENOBUFS)
		_, err = view.Accept()
		wantOp(t, err, "accept", sys.ENOBUFS)

		accepting = begin(func() (int, error) { _, err := view.Accept(); return 0, err })
		untilInWait(t, 1)
		want(t, view.Close(), nil)
		wantOp(t, receive(t, accepting, "the end of Accept").err, "accept", net.ErrClosed)
	})
}

// TestConnWritesWhole has two goroutines write more than the kernel takes.
func TestConnWritesWhole(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.narrowPair(t)
		c := viewOf(t, a)
		const size = 256 << 10
		writing := make([]<-chan result, 2)
		for i := range writing {
			writing[i] = begin(func() (int, error) { return c.Write(make1(size, byte('a'+i))) })
		}
		got := string(recvFull(t, b, 2*size))
		if first := strings.Repeat(got[:1], size); !strings.HasPrefix(got, first) || strings.Count(got, got[:1]) != size {
			t.Error("two Writes were mixed")
		}
		for _, c := range writing {
			if r := receive(t, c, "the end of Write"); r.n != size || r.err != nil {
				t.Error(r)
			}
		}
		want(t, c.SetWriteDeadline(time.Now().Add(soon)), nil)
		n, err := c.Write(make([]byte, big))
		wantOp(t, err, "write", os.ErrDeadlineExceeded)
		want(t, a.Shutdown(fdsock.SHUT_WR), nil)
		if got := len(recvFull(t, b, big)); got != n {
			t.Errorf("Write says %d bytes, %d were", n, got)
		}
	})
}

func make1(n int, b byte) []byte { return []byte(strings.Repeat(string(b), n)) }

// server makes a listener on the default group.
func server(t *testing.T) *fdsock.Listener {
	t.Helper()
	s, err := fdsock.CreateServer("127.0.0.1", 0, fdsock.ServerOptions{})
	want(t, err, nil)
	closeAtEnd(t, s)
	l, err := s.Listener()
	want(t, err, nil)
	return l
}

// httpClient connects through fdsock.
func httpClient(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		n, err := net.LookupPort("tcp", port)
		if err != nil {
			return nil, err
		}
		s, err := fdsock.CreateConnectionContext(ctx, host, n, fdsock.DialOptions{})
		if err != nil {
			return nil, err
		}
		return s.Conn()
	}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// TestHTTP serves and fetches, keeps connections, notices a client that goes
// away while its request is handled, and one that is too slow.
func TestHTTP(t *testing.T) {
	leak.Check(t)
	onDefault(t)
	l := server(t)
	started, gone := make(chan bool, 1), make(chan error, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(w, r.Body); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("GET /wait", func(_ http.ResponseWriter, r *http.Request) {
		started <- true
		<-r.Context().Done() // by net/http's reading in the background
		gone <- r.Context().Err()
	})
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 20 * time.Millisecond}
	serving := begin(func() (int, error) { return 0, srv.Serve(l) })
	client := httpClient(t)
	url := "http://" + l.Addr().String()
	body := strings.Repeat("0123456789", 50_000)
	for range 5 {
		resp, err := client.Post(url+"/echo", "text/plain", strings.NewReader(body))
		want(t, err, nil)
		got, err := io.ReadAll(resp.Body)
		want(t, err, nil)
		resp.Body.Close()
		if string(got) != body {
			t.Errorf("%d bytes came back of %d", len(got), len(body))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/wait", http.NoBody)
	want(t, err, nil)
	getting := begin(func() (int, error) {
		resp, err := client.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		return 0, err
	})
	receive(t, started, "the request")
	cancel()
	for _, err := range []error{receive(t, getting, "the client's end").err, receive(t, gone, "the server's end")} {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}

	slow, err := net.Dial("tcp", l.Addr().String()) // says nothing, and is hung up on
	want(t, err, nil)
	defer slow.Close()
	if _, err := io.ReadAll(slow); err != nil {
		t.Error(err)
	}
	client.CloseIdleConnections()
	want(t, srv.Shutdown(t.Context()), nil)
	if err := receive(t, serving, "the server's end").err; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// TestTLS has crypto/tls on both ends.
func TestTLS(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		ca, err := certs.NewAuthority(certs.Options{})
		want(t, err, nil)
		leaf, err := ca.Issue(certs.Leaf{Names: []string{"example.test"}})
		want(t, err, nil)
		a, b := w.pair(t)
		a.SetTimeout(0)
		b.SetTimeout(0)
		srv := tls.Server(viewOf(t, a), &tls.Config{Certificates: []tls.Certificate{leaf.TLS()}})
		client := tls.Client(viewOf(t, b), &tls.Config{RootCAs: ca.Pool(), ServerName: "example.test"})
		echoing := begin(func() (int, error) {
			n, err := io.Copy(srv, srv)
			_ = srv.Close() // says goodbye to one that may have gone
			return int(n), err
		})
		msg := pattern(100_000)
		writing := begin(func() (int, error) { return client.Write(msg) })
		got := make([]byte, len(msg))
		_, err = io.ReadFull(client, got)
		want(t, err, nil)
		wantSame(t, got, msg)
		want(t, receive(t, writing, "the end of Write").err, nil)
		want(t, client.Close(), nil)
		if r := receive(t, echoing, "the end of the echo"); r.n != len(msg) || r.err != nil {
			t.Error(r)
		}
	})
}
