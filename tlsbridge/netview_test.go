package tlsbridge_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

// viewTLS makes package net's view of a server with the filter, on a group of its
// own, and a client's configuration for crypto/tls.
func viewTLS(t *testing.T, v tlsbridge.TLSVersion) (*stream.NetListener, *reactor.Group, *tls.Config) {
	t.Helper()
	leak.Check(t)
	g, err := reactor.NewGroup(reactor.Config{Loops: 2})
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	_, sctx := contexts(t, v)
	l, err := stream.ListenNet("tcp", "127.0.0.1:0", stream.Config{Group: g, Filter: sctx.Filter()})
	must(t, err)
	t.Cleanup(func() { must(t, l.Server().Close()) })
	config, _ := stdConfigs(v)
	return l, g, config
}

// viewClient makes a client on a server's group.
func viewClient(t *testing.T, g *reactor.Group, filter func(*stream.Conn) stream.Filter) *stream.Client {
	t.Helper()
	client, err := stream.NewClient(stream.Config{Group: g, Filter: filter, Handler: func(*stream.Conn) stream.Handler { return &events{} }})
	must(t, err)
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

// TestViewTLS is package nettest's suite over the filter at both ends. With
// crypto/tls at one it would fail: there a write that times out is the end.
func TestViewTLS(t *testing.T) {
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		l, g, _ := viewTLS(t, v)
		cctx, _ := contexts(t, v)
		client := viewClient(t, g, cctx.FilterWith(tlsbridge.FilterConfig{ServerHostname: serverName}))
		nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
			if c1, err = client.DialNet(t.Context(), "tcp", l.Addr().String()); err != nil {
				return nil, nil, nil, err
			}
			if c2, err = l.Accept(); err != nil {
				return nil, nil, nil, err
			}
			return c1, c2, func() { _, _ = c1.Close(), c2.Close() }, nil
		})
	})
}

// TestViewEarly writes before the handshake, more than the filter keeps: it
// waits and all arrives.
func TestViewEarly(t *testing.T) {
	const size = 1 << 20
	l, g, config := viewTLS(t, tlsbridge.TLSv1_3)
	client := viewClient(t, g, nil)
	raw, err := client.DialNet(t.Context(), "tcp", l.Addr().String())
	must(t, err)
	ours, err := l.Accept()
	must(t, err)
	must(t, ours.SetDeadline(time.Now().Add(patience)))
	written := make(chan error, 1)
	go func() {
		_, err := ours.Write(make([]byte, size))
		written <- errors.Join(err, ours.Close())
	}()
	theirs := tls.Client(raw, config)
	if n, err := io.Copy(io.Discard, theirs); n != size || err != nil {
		t.Error(n, err)
	}
	must(t, <-written)
	must(t, theirs.Close())
}

// TestViewHTTPS carries net/http over the filter.
func TestViewHTTPS(t *testing.T) {
	l, g, config := viewTLS(t, tlsbridge.TLSv1_3)
	client := viewClient(t, g, nil)
	server := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		must(t, err)
		_, _ = w.Write(body)
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	transport := &http.Transport{DialContext: client.DialNet, TLSClientConfig: config}
	for _, size := range []int{1, 1000, 1 << 20} {
		body := strings.Repeat("x", size)
		r, err := (&http.Client{Transport: transport}).Post("https://"+l.Addr().String(), "text/plain", strings.NewReader(body))
		must(t, err)
		got, err := io.ReadAll(r.Body)
		if err != nil || string(got) != body {
			t.Errorf("%d bytes of %d, %v", len(got), size, err)
		}
		must(t, r.Body.Close())
	}
	transport.CloseIdleConnections()
	must(t, server.Shutdown(t.Context()))
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// TestViewCloseWrite ends one direction of TLS, by close_notify, and uses the
// other.
func TestViewCloseWrite(t *testing.T) {
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		l, _, config := viewTLS(t, v)
		raw, err := net.Dial("tcp", l.Addr().String())
		must(t, err)
		must(t, raw.SetDeadline(time.Now().Add(patience)))
		client := tls.Client(raw, config)
		must(t, client.Handshake())
		server, err := l.Accept()
		must(t, err)
		_, err = server.Write([]byte("last words"))
		must(t, err)
		must(t, server.(*stream.NetConn).CloseWrite())
		if got, err := io.ReadAll(client); string(got) != "last words" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		_, err = client.Write([]byte("answer"))
		must(t, err)
		must(t, client.Close())
		if got, err := io.ReadAll(server); string(got) != "answer" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		must(t, server.Close())
	})
}
