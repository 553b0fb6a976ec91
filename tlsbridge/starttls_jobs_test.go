package tlsbridge_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestStopTLSDuringCopy takes TLS off while output is still to be produced,
// after the peer's farewell: none of it is sent in clear.
func TestStopTLSDuringCopy(t *testing.T) {
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		secret := bytes.Repeat([]byte("secret"), 4<<20)
		s, reasons := serveTLS(t, v, func() *events {
			return &events{
				data: func(c *stream.Conn, p []byte) int {
					c.CopyFrom(bytes.NewReader(secret), nil)
					return len(p)
				},
				eof: func(c *stream.Conn) { must(t, tlsbridge.StopTLS(c, func() { c.Close() })) },
			}
		})
		raw := dialRaw(t, s)
		config, _ := stdConfigs(v)
		client := tls.Client(raw, config)
		_, err := io.WriteString(client, "go")
		must(t, err)
		must(t, client.CloseWrite())
		got, _ := io.ReadAll(raw) // which may end by a reset
		if bytes.Contains(got, []byte("secretsecret")) {
			t.Error("it was sent in clear")
		}
		if err := reason(t, reasons); !errors.Is(err, stream.ErrProducing) {
			t.Error(err)
		}
	})
}

// TestStartTLSDuringCopy refuses to begin TLS before all that was written in
// clear has gone, and the connection goes on without.
func TestStartTLSDuringCopy(t *testing.T) {
	leak.Check(t)
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	_, sctx := contexts(t, tlsbridge.TLSv1_3)
	text := bytes.Repeat([]byte("text"), 4<<20)
	s, err := stream.Serve("127.0.0.1:0", stream.Config{Group: g, HandshakeTimeout: time.Millisecond, Handler: func(*stream.Conn) stream.Handler {
		return &events{open: func(c *stream.Conn) {
			c.CopyFrom(bytes.NewReader(text), nil)
			if err := sctx.StartTLS(c, tlsbridge.FilterConfig{}); !errors.Is(err, stream.ErrProducing) {
				t.Error(err)
			}
			must(t, c.CloseWrite())
		}}
	}})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	raw := dialRaw(t, s)
	if got, err := io.ReadAll(raw); !bytes.Equal(got, text) || err != nil {
		t.Errorf("%d bytes of %d, %v", len(got), len(text), err)
	}
}
