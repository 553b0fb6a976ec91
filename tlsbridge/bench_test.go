package tlsbridge_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
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

// BenchmarkBlockingEcho is an echo by servers with a goroutine for each of 64
// connections: crypto/tls's on package net, and ours in its two ways of
// receiving. The client is crypto/tls's. Run it with -cpu 1: then the time is
// that of the processor, client and server together.
func BenchmarkBlockingEcho(b *testing.B) {
	begin(b)
	client, server := stdConfigs(tlsbridge.TLSv1_3)
	ctx := newContext(b, tlsbridge.PROTOCOL_TLS_SERVER)
	ctx.AddCertificate(pki().server.TLS())
	std := func(c net.Conn) (io.ReadWriteCloser, error) { return tls.Server(c, server), nil }
	wrap := func(ahead bool) wrapper {
		return func(c net.Conn) (io.ReadWriteCloser, error) {
			sock, err := fdsock.FromConn(c)
			if err != nil {
				return nil, err
			}
			s, err := ctx.Wrap(sock, tlsbridge.Options{ReadAhead: ahead})
			return socketStream{s}, errors.Join(err, c.Close())
		}
	}
	for _, size := range []int{64, 16384} {
		for range 2 { // side by side, for the machine's moods
			b.Run(fmt.Sprint(size, "std"), func(b *testing.B) { echoes(b, size, client, std) })
			b.Run(fmt.Sprint(size, "socket"), func(b *testing.B) { echoes(b, size, client, wrap(false)) })
			b.Run(fmt.Sprint(size, "ahead"), func(b *testing.B) { echoes(b, size, client, wrap(true)) })
		}
	}
}

// wrapper puts a server's TLS on a connection, which is its own from then on.
type wrapper func(net.Conn) (io.ReadWriteCloser, error)

// socketStream is a Socket as a blocking stream, without a view's deadlines.
type socketStream struct{ *tlsbridge.Socket }

func (s socketStream) Read(p []byte) (int, error) {
	n, err := s.RecvInto(p)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

func (s socketStream) Write(p []byte) (int, error) { return s.Send(p) }

// echoes has 64 clients send, and receive the answers, in turns.
func echoes(b *testing.B, size int, config *tls.Config, wrap wrapper) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	var served sync.WaitGroup
	var clients []*tls.Conn
	for range 64 {
		served.Go(func() {
			c, err := l.Accept()
			must(b, err)
			s, err := wrap(c)
			must(b, err)
			for buf := make([]byte, 16384); ; {
				n, err := s.Read(buf)
				if err != nil {
					break
				}
				if _, err = s.Write(buf[:n]); err != nil {
					break
				}
			}
			_ = s.Close() // the client has ended first
		})
		c, err := tls.Dial("tcp", l.Addr().String(), config)
		must(b, err)
		clients = append(clients, c)
	}
	msg, buf := make([]byte, size), make([]byte, size)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		c := clients[n%len(clients)]
		if n >= len(clients) {
			_, err := io.ReadFull(c, buf)
			must(b, err)
		}
		_, err := c.Write(msg)
		must(b, err)
	}
	for _, c := range clients {
		must(b, c.Close())
	}
	must(b, l.Close())
	served.Wait()
}
