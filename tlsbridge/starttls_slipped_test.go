package tlsbridge_test

import (
	"io"
	"net"
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestStreamSTARTTLSSlipped has a server send more with its consent: a whole
// record, which a client's handshake could go on with while its first step is
// still away. It is left out of Data and in it.
func TestStreamSTARTTLSSlipped(t *testing.T) {
	for _, later := range []bool{false, true} {
		leak.Check(t)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer l.Close()
		go func() {
			c, err := l.Accept()
			if err == nil {
				_, _ = io.WriteString(c, "go ahead\n\x15\x03\x03\x00\x02\x02\x28") // handshake_failure
				_, _ = io.Copy(io.Discard, c)
				_ = c.Close()
			}
		}()
		cctx, _ := contexts(t, tlsbridge.TLSv1_3)
		g, err := reactor.NewGroup(reactor.Config{Loops: 1})
		must(t, err)
		t.Cleanup(func() { must(t, g.Close()) })
		closed := make(chan error, 1)
		client, err := stream.NewClient(stream.Config{Group: g, Handler: func(*stream.Conn) stream.Handler {
			return &events{data: func(c *stream.Conn, p []byte) int {
				start := func() {
					if err := cctx.StartTLS(c, tlsbridge.FilterConfig{ServerHostname: serverName}); err != nil {
						t.Error(err)
					}
				}
				if later {
					c.After(0, start)
				} else {
					start()
				}
				return len("go ahead\n")
			}, closed: func(_ *stream.Conn, err error) { closed <- err }}
		}})
		must(t, err)
		t.Cleanup(func() { must(t, client.Close()) })
		_, err = client.Dial(t.Context(), "tcp", l.Addr().String())
		must(t, err)
		if err := <-closed; !tlsbridge.SSLError(err) {
			t.Error(err)
		}
	}
}
