package tlsbridge_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

// join passes on what comes, and how it ends.
func join(to, from *stream.Conn) {
	err := to.SpliceFrom(from, func(_ int64, err error) {
		if err != nil || to.CloseWrite() != nil {
			to.Abort()
		}
	})
	if err != nil {
		to.Abort()
	}
}

// TestFilterSplice has a proxy that takes TLS off, and speaks it to a server
// behind it, too.
func TestFilterSplice(t *testing.T) {
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		g, err := reactor.NewGroup(reactor.Config{Loops: 2})
		must(t, err)
		t.Cleanup(func() { must(t, g.Close()) })
		cctx, sctx := contexts(t, v)
		upstream, _ := serveFilter(t, g, sctx, plainEcho)
		client, err := stream.NewClient(stream.Config{
			Group: g, Filter: cctx.FilterWith(tlsbridge.FilterConfig{ServerHostname: serverName}),
		})
		must(t, err)
		t.Cleanup(func() { must(t, client.Close()) })
		proxy, _ := serveFilter(t, g, sctx, func() *events {
			return &events{open: func(c *stream.Conn) {
				c.Pause()
				_, err := client.DialAsync("tcp", upstream.Addr().String(), stream.DialOptions{
					Near: c, Filter: cctx.FilterWith(tlsbridge.FilterConfig{ServerHostname: serverName}),
					Handler: func(*stream.Conn) stream.Handler {
						return &events{open: func(u *stream.Conn) { join(u, c); join(c, u) }}
					},
				})
				if err != nil {
					t.Error(err)
				}
			}}
		})
		c := dialTLS(t, proxy, v)
		data, sent := randomBytes(seeded(t), 3_000_000), make(chan error, 1)
		go func() {
			_, err := c.Write(data)
			sent <- errors.Join(err, c.CloseWrite())
		}()
		got, err := io.ReadAll(c)
		if err := errors.Join(err, <-sent); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes of %d, or others; %v", len(got), len(data), err)
		}
	})
}
