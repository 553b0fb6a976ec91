package tlsbridge_test

import (
	"io"
	"testing"

	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestFilterCloseWriteFirst ends one direction before the handshake, with and
// without something to say: the handshake is made all the same.
func TestFilterCloseWriteFirst(t *testing.T) {
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, text := range []string{"", "hello"} {
			got := make(chan string, 10)
			s, reasons := serveTLS(t, v, func() *events {
				return &events{
					open: func(c *stream.Conn) { c.WriteString(text); must(t, c.CloseWrite()) },
					data: func(_ *stream.Conn, p []byte) int { got <- string(p); return len(p) },
				}
			})
			c := dialTLS(t, s, v)
			if p, err := io.ReadAll(c); string(p) != text || err != nil {
				t.Fatalf("%q, %v", p, err)
			}
			_, err := io.WriteString(c, "there")
			must(t, err)
			must(t, c.Close())
			must(t, reason(t, reasons))
			if p := <-got; p != "there" {
				t.Error(p)
			}
		}
	})
}
