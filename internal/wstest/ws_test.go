package wstest_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

const patience = 20 * time.Second

func TestMain(m *testing.M) { leak.Main(m, reactor.Shutdown) }

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// world is a listener's and a client's configuration.
type world struct {
	name           string
	server, client stream.Config
	tls            *tls.Config // what package net's client needs, nil for none
}

// worlds are plain TCP and TLS, each on loops of its own.
func worlds(t *testing.T) []world {
	t.Helper()
	g, err := reactor.NewGroup(reactor.Config{Loops: 2})
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	authority, err := certs.NewAuthority(certs.Options{})
	must(t, err)
	pair, err := authority.Issue(certs.Leaf{Names: []string{"server.test"}})
	must(t, err)
	server, err := tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_SERVER)
	must(t, err)
	server.AddCertificate(pair.TLS())
	client, err := tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_CLIENT)
	must(t, err)
	must(t, client.LoadVerifyData(authority.PEM()))
	return []world{
		{"plain", stream.Config{Group: g}, stream.Config{Group: g}, nil},
		{
			"tls",
			stream.Config{Group: g, Filter: server.Filter()},
			stream.Config{Group: g, Filter: client.FilterWith(tlsbridge.FilterConfig{ServerHostname: "server.test"})},
			&tls.Config{RootCAs: authority.Pool(), ServerName: "server.test", MinVersion: tls.VersionTLS12},
		},
	}
}

// dialers are the two clients: ours, and package net's.
func (w world) dialers(t *testing.T) map[string]func(ctx context.Context, network, address string) (net.Conn, error) {
	t.Helper()
	ours, err := stream.NewClient(w.client)
	must(t, err)
	t.Cleanup(func() { must(t, ours.Close()) })
	std := (&net.Dialer{}).DialContext
	if w.tls != nil {
		std = (&tls.Dialer{Config: w.tls}).DialContext
	}
	return map[string]func(context.Context, string, string) (net.Conn, error){"stream": ours.DialNet, "net": std}
}

// listen runs a test in each world.
func listen(t *testing.T, test func(t *testing.T, w world, l *stream.NetListener)) {
	t.Helper()
	leak.Check(t)
	for _, w := range worlds(t) {
		t.Run(w.name, func(t *testing.T) {
			l, err := stream.ListenNet("tcp", "127.0.0.1:0", w.server)
			must(t, err)
			test(t, w, l)
			must(t, l.Server().Close())
		})
	}
}

// TestUpgrade has ws.Upgrader answer on the listener's connections, without
// net/http.
func TestUpgrade(t *testing.T) {
	listen(t, func(t *testing.T, w world, l *stream.NetListener) {
		var served sync.WaitGroup
		served.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				served.Go(func() {
					if _, err := ws.Upgrade(c); err != nil {
						t.Error("upgrade:", err)
					}
					echo(t, c)
				})
			}
		})
		talk(t, w, l.Addr())
		must(t, l.Close())
		served.Wait()
	})
}

// TestHTTPUpgrade has net/http.Server serve the listener, and ws take the
// connections over from it.
func TestHTTPUpgrade(t *testing.T) {
	listen(t, func(t *testing.T, w world, l *stream.NetListener) {
		var served sync.WaitGroup
		server := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			c, _, _, err := ws.UpgradeHTTP(r, rw)
			if err != nil {
				t.Error("upgrade:", err)
				return
			}
			served.Go(func() { echo(t, c) })
		})}
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(l) }()
		talk(t, w, l.Addr())
		must(t, server.Shutdown(t.Context()))
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		served.Wait()
	})
}

// echo answers messages until the client closes the WebSocket.
func echo(t *testing.T, c net.Conn) {
	defer c.Close()
	for {
		msg, op, err := wsutil.ReadClientData(c)
		if closed := (wsutil.ClosedError{}); errors.As(err, &closed) && closed.Code == ws.StatusNormalClosure {
			return
		}
		if err != nil {
			t.Error("the server reads:", err)
			return
		}
		if err := wsutil.WriteServerMessage(c, op, msg); err != nil {
			t.Error("the server writes:", err)
			return
		}
	}
}

// talk sends messages of many sizes over several connections at a time and
// wants each back, by either client.
func talk(t *testing.T, w world, addr net.Addr) {
	t.Helper()
	for name, dial := range w.dialers(t) {
		var clients sync.WaitGroup
		for i := range 8 {
			clients.Go(func() {
				if err := session(t.Context(), dial, addr, byte(i)); err != nil {
					t.Errorf("%s, client %d: %v", name, i, err)
				}
			})
		}
		clients.Wait()
	}
}

func session(ctx context.Context, dial func(context.Context, string, string) (net.Conn, error), addr net.Addr, fill byte) error {
	d := ws.Dialer{Timeout: patience, NetDial: dial}
	c, buffered, _, err := d.Dial(ctx, "ws://"+addr.String()+"/chat")
	if err != nil {
		return err
	}
	defer c.Close()
	if buffered != nil {
		return errors.New("the server has spoken first")
	}
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	for _, size := range []int{0, 1, 125, 126, 65535, 65536, 1 << 20} {
		msg := bytes.Repeat([]byte{fill}, size)
		sent := make(chan error, 1)
		go func() { sent <- wsutil.WriteClientBinary(c, msg) }()
		got, op, err := wsutil.ReadServerData(c)
		if err := errors.Join(err, <-sent); err != nil {
			return fmt.Errorf("%d bytes: %w", size, err)
		}
		if op != ws.OpBinary || !bytes.Equal(got, msg) {
			return fmt.Errorf("%d bytes have become %d", size, len(got))
		}
	}
	return farewell(c)
}

// farewell closes the WebSocket and wants the server's answer, and the end.
func farewell(c net.Conn) error {
	if err := wsutil.WriteClientMessage(c, ws.OpClose, ws.NewCloseFrameBody(ws.StatusNormalClosure, "")); err != nil {
		return err
	}
	_, _, err := wsutil.ReadServerData(c)
	if closed := (wsutil.ClosedError{}); !errors.As(err, &closed) {
		return fmt.Errorf("no answer to the farewell: %w", err)
	}
	if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		return fmt.Errorf("%d bytes behind the farewell, %w", n, err)
	}
	return nil
}
