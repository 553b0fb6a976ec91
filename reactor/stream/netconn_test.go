package stream_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/nettest"
	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

// views makes a listener's view and a client on one group.
func views(tb testing.TB, network string, config stream.Config) (*stream.NetListener, *stream.Client) {
	tb.Helper()
	if config.Group == nil {
		config.Group = group(tb, 2)
	}
	address := "127.0.0.1:0"
	if network == "unix" {
		address = shortDir(tb) + "/socket"
	}
	l, err := stream.ListenNet(network, address, config)
	must(tb, err)
	tb.Cleanup(func() { must(tb, l.Server().Close()) })
	return l, newClient(tb, config)
}

// pair connects two views.
func pair(tb testing.TB, l *stream.NetListener, client *stream.Client) (a, b net.Conn) {
	tb.Helper()
	a, err := client.DialNet(tb.Context(), l.Addr().Network(), l.Addr().String())
	must(tb, err)
	b, err = l.Accept()
	must(tb, err)
	tb.Cleanup(func() { _, _ = a.Close(), b.Close() })
	return a, b
}

// TestConn is package nettest's suite.
func TestConn(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			l, client := views(t, network, stream.Config{})
			nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
				c1, c2 = pair(t, l, client)
				return c1, c2, func() { _, _ = c1.Close(), c2.Close() }, nil
			})
		})
	}
}

// TestViewDuplex has both ends write more than all buffers hold before they
// read: neither reading nor writing may wait for the other.
func TestViewDuplex(t *testing.T) {
	const size = 8 << 20
	l, client := views(t, "tcp", stream.Config{HighWater: 64 << 10})
	a, b := pair(t, l, client)
	var wg sync.WaitGroup
	for _, c := range []net.Conn{a, b} {
		sent := randomBytes(seeded(t), size)
		other := a
		if c == a {
			other = b
		}
		wg.Go(func() {
			if n, err := c.Write(sent); n != size || err != nil {
				t.Error(n, err)
			}
			must(t, c.(*stream.NetConn).CloseWrite())
		})
		wg.Go(func() {
			got, err := io.ReadAll(other)
			if err != nil || !bytes.Equal(got, sent) {
				t.Errorf("%d bytes of %d, %v", len(got), size, err)
			}
		})
	}
	wg.Wait()
}

// TestViewBounded writes to a peer that does not read: it stops, within what
// the buffers hold, and what it has taken arrives.
func TestViewBounded(t *testing.T) {
	l, client := views(t, "unix", stream.Config{})
	a, b := pair(t, l, client)
	must(t, a.SetWriteDeadline(time.Now().Add(500*time.Millisecond)))
	n, err := a.Write(make([]byte, 64<<20))
	if !errors.Is(err, os.ErrDeadlineExceeded) || n > 16<<20 {
		t.Error(n, err)
	}
	must(t, a.Close()) // sends what is left
	if got, err := io.Copy(io.Discard, b); got != int64(n) || err != nil {
		t.Errorf("%d bytes of %d arrive, %v", got, n, err)
	}
}

// TestViewHalfClose reads after CloseWrite and does not write.
func TestViewHalfClose(t *testing.T) {
	l, client := views(t, "tcp", stream.Config{})
	a, b := pair(t, l, client)
	_, err := a.Write([]byte("question"))
	must(t, err)
	must(t, a.(*stream.NetConn).CloseWrite())
	if _, err := a.Write([]byte("more")); !errors.Is(err, unix.EPIPE) {
		t.Error(err)
	}
	if got, err := io.ReadAll(b); string(got) != "question" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	_, err = b.Write([]byte("answer"))
	must(t, err)
	must(t, b.Close())
	if got, err := io.ReadAll(a); string(got) != "answer" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	must(t, a.Close())
	for _, err := range []error{a.Close(), a.(*stream.NetConn).CloseWrite(), a.SetDeadline(time.Time{})} {
		if !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}
	if a.LocalAddr().String() != b.RemoteAddr().String() || a.RemoteAddr().String() != l.Addr().String() {
		t.Error("addresses after Close:", a.LocalAddr(), a.RemoteAddr())
	}
}

// TestViewReset reports a reset to both directions.
func TestViewReset(t *testing.T) {
	l, client := views(t, "tcp", stream.Config{})
	a, b := pair(t, l, client)
	c := b.(*stream.NetConn).Conn()
	on(t, c, c.Abort)
	if n, err := a.Read(make([]byte, 1)); n != 0 || !errors.Is(err, sys.ECONNRESET) {
		t.Error(n, err)
	}
	if n, err := a.Write(make([]byte, 1)); n != 0 || !errors.Is(err, sys.ECONNRESET) {
		t.Error(n, err)
	}
	if _, err := b.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	var e *net.OpError
	if _, err := client.DialNet(t.Context(), "tcp", nobody(t)); !errors.As(err, &e) || !errors.Is(err, sys.ECONNREFUSED) {
		t.Error(err)
	}
}

// TestViewFilter refuses a half-close that the filter knows nothing of.
func TestViewFilter(t *testing.T) {
	l, client := views(t, "tcp", stream.Config{Filter: func(*stream.Conn) stream.Filter { return quiet{} }})
	a, b := pair(t, l, client)
	_, err := a.Write([]byte("hello"))
	must(t, err)
	if _, err := io.ReadFull(b, make([]byte, 5)); err != nil {
		t.Error(err)
	}
	if err := a.(*stream.NetConn).CloseWrite(); !errors.Is(err, stream.ErrHalfClose) {
		t.Error(err)
	}
}

// TestListenerClose refuses who waits and leaves who was accepted alone.
func TestListenerClose(t *testing.T) {
	l, client := views(t, "tcp", stream.Config{Backlog: 1})
	a, b := pair(t, l, client)
	waits, err := net.Dial("tcp", l.Addr().String())
	must(t, err)
	defer waits.Close()
	until(t, "the queue", func() bool { return l.Server().Stats().Accepted == 2 })
	wantReset(t, l.Addr()) // no room
	must(t, l.Close())
	if _, err := waits.Read(make([]byte, 1)); !errors.Is(err, sys.ECONNRESET) {
		t.Error(err)
	}
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); !errors.Is(err, sys.ECONNREFUSED) {
		t.Error(err)
	}
	go func() { _, _ = io.Copy(b, b) }()
	must(t, exchange(a, []byte("still")))
	must(t, a.Close())
	must(t, l.Server().Shutdown(t.Context()))
	if _, err := stream.ListenNet("tcp", "nonsense", stream.Config{Group: group(t, 1)}); err == nil {
		t.Error("listens on nonsense")
	}
}

// TestViewClosedGroup ends writing when the loops have ended.
func TestViewClosedGroup(t *testing.T) {
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	l, client := views(t, "tcp", stream.Config{Group: g})
	a, _ := pair(t, l, client)
	_ = g.Close() // reports what is open
	if _, err := a.Write([]byte("x")); err == nil {
		_, err = a.Write([]byte("y"))
		if !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}
	must(t, client.Close())
	if _, err := a.Read(make([]byte, 1)); !errors.Is(err, reactor.ErrClosed) {
		t.Error(err)
	}
}

// TestHTTP carries net/http's server and client unchanged: requests at once,
// large bodies both ways, connections used again, shutdown.
func TestHTTP(t *testing.T) {
	l, client := views(t, "tcp", stream.Config{})
	server := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(body)
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	transport := &http.Transport{DialContext: client.DialNet, MaxConnsPerHost: 4, MaxIdleConnsPerHost: 4}
	var wg sync.WaitGroup
	for i := range 20 {
		body := strings.Repeat("x", 1<<uint(i))
		wg.Go(func() {
			r, err := (&http.Client{Transport: transport}).Post("http://"+l.Addr().String(), "text/plain", strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			got, err := io.ReadAll(r.Body)
			if err != nil || string(got) != body {
				t.Errorf("%d bytes of %d, %v", len(got), len(body), err)
			}
			must(t, r.Body.Close())
		})
	}
	wg.Wait()
	if n := client.Stats().Dialed; n > 4 {
		t.Errorf("%d connections were made", n)
	}
	must(t, server.Shutdown(t.Context()))
	if err := take(t, "Serve", served); !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	transport.CloseIdleConnections()
}

// TestNetConnShutdown has a server shut down while a view has written more than
// the peer has taken: all of what Write has taken comes.
func TestNetConnShutdown(t *testing.T) {
	l, err := stream.ListenNet("tcp", "127.0.0.1:0", stream.Config{Group: group(t, 1), Linger: patience})
	must(t, err)
	defer l.Server().Close()
	client, err := net.Dial("tcp", l.Addr().String())
	must(t, err)
	defer client.Close()
	n, err := l.Accept()
	must(t, err)
	must(t, n.SetWriteDeadline(time.Now().Add(100*time.Millisecond)))
	taken := 0
	for err == nil {
		var k int
		k, err = n.Write(make([]byte, 8<<10))
		taken += k
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	must(t, n.SetWriteDeadline(time.Time{}))
	done := make(chan error, 1)
	go func() { done <- l.Server().Shutdown(t.Context()) }()
	for err = nil; err == nil || errors.Is(err, os.ErrDeadlineExceeded); {
		var k int
		k, err = n.Write(make([]byte, 8<<10)) // until the Shutdown
		taken += k
	}
	if !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	got, err := io.Copy(io.Discard, client)
	if got != int64(taken) || err != nil {
		t.Errorf("Write has taken %d bytes, the peer has %d, %v", taken, got, err)
	}
	must(t, client.Close())
	must(t, take(t, "Shutdown", done))
}

// TestListenNetNegative wants an error for a setting that cannot be.
func TestListenNetNegative(t *testing.T) {
	if _, err := stream.ListenNet("tcp", "127.0.0.1:0", stream.Config{Backlog: -1}); err == nil || !strings.Contains(err.Error(), "Backlog is negative") {
		t.Error(err)
	}
}
