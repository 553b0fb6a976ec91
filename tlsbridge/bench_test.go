package tlsbridge_test

import (
	"crypto/tls"
	"net"
	"testing"

	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

// BenchmarkHandshakes is a connection and its handshake, by crypto/tls's
// client, to tls.Listen and to the stream filter. Run it with -cpu 1: then the
// time is that of the processor, client and server together.
func BenchmarkHandshakes(b *testing.B) {
	client, server := stdConfigs(tlsbridge.TLSv1_3)
	client.CurvePreferences, server.CurvePreferences = []tls.CurveID{tls.X25519}, []tls.CurveID{tls.X25519}
	server.SessionTicketsDisabled = true
	for range 3 { // side by side, for the machine's moods
		b.Run("listen", func(b *testing.B) {
			l, err := tls.Listen("tcp", "127.0.0.1:0", server)
			must(b, err)
			done := make(chan bool)
			go func() {
				defer close(done)
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					go func() {
						_, _ = c.Read(make([]byte, 1))
						_ = c.Close()
					}()
				}
			}()
			shakeHands(b, l.Addr(), client)
			must(b, l.Close())
			<-done
		})
		b.Run("filter", func(b *testing.B) {
			g, err := reactor.NewGroup(reactor.Config{Loops: 1})
			must(b, err)
			ctx := newContext(b, tlsbridge.PROTOCOL_TLS_SERVER)
			ctx.AddCertificate(pki().server.TLS())
			must(b, ctx.SetNumTickets(0))
			s, err := stream.Serve("127.0.0.1:0", stream.Config{
				Group: g, Filter: ctx.Filter(), Handler: func(*stream.Conn) stream.Handler { return plainEcho() },
			})
			must(b, err)
			shakeHands(b, s.Addr(), client)
			must(b, s.Close())
			must(b, g.Close())
		})
	}
}

func shakeHands(b *testing.B, addr net.Addr, config *tls.Config) {
	b.Helper()
	for b.Loop() {
		c, err := tls.Dial("tcp", addr.String(), config)
		must(b, err)
		must(b, c.Close())
	}
}
