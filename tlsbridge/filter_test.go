package tlsbridge_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

func TestFilterEcho(t *testing.T) {
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		s, reasons := serveTLS(t, v, plainEcho)
		c := dialTLS(t, s, v)
		rng := seeded(t)
		for _, size := range []int{1, 100, 16384, 16385, 1 << 20, 1 + rng.IntN(100_000)} {
			must(t, exchange(c, randomBytes(rng, size)))
		}
		must(t, c.CloseWrite())
		if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Error(n, err) // the server has said farewell
		}
		must(t, reason(t, reasons))
	})
}

// bytewise writes a byte at a time.
type bytewise struct{ net.Conn }

func (b bytewise) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := b.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

func TestFilterByByte(t *testing.T) {
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		s, _ := serveTLS(t, v, plainEcho)
		raw := dialRaw(t, s)
		must(t, raw.SetNoDelay(true))
		config, _ := stdConfigs(v)
		must(t, exchange(tls.Client(bytewise{raw}, config), []byte("byte by byte")))
	})
}

// TestFilterEarly writes in Open, before there is a handshake: it is sent
// after it, also when the connection is closed at once, and only so much.
func TestFilterEarly(t *testing.T) {
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, closing := range []bool{false, true} {
			s, reasons := serveTLS(t, v, func() *events {
				return &events{open: func(c *stream.Conn) {
					c.Write([]byte("220 "))
					c.Write([]byte("ready"))
					if closing {
						c.Close()
					}
				}}
			})
			c := dialTLS(t, s, v)
			got := make([]byte, 9)
			_, err := io.ReadFull(c, got)
			if must(t, err); string(got) != "220 ready" {
				t.Errorf("%q", got)
			}
			if closing {
				if n, err := c.Read(got); n != 0 || !errors.Is(err, io.EOF) {
					t.Error(n, err)
				}
			} else {
				must(t, exchange(c, []byte("hello")))
			}
			must(t, c.Close())
			if err := reason(t, reasons); err != nil {
				t.Error(err)
			}
		}
		t.Run("too much", func(t *testing.T) {
			s, reasons := serveTLS(t, v, func() *events {
				return &events{open: func(c *stream.Conn) { c.Write(make([]byte, 2<<20)) }}
			})
			dialRaw(t, s)
			if err := reason(t, reasons); err == nil || !strings.Contains(err.Error(), "too much") {
				t.Error(err)
			}
		})
	})
}

// TestFilterEnds ends a connection in every way, at every stage.
func TestFilterEnds(t *testing.T) {
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		s, reasons := serveTLS(t, v, plainEcho)
		t.Run("silent", func(t *testing.T) {
			must(t, dialRaw(t, s).Close())
			wantErr(t, reason(t, reasons), tlsbridge.KindEOF, "UNEXPECTED_EOF_WHILE_READING")
		})
		t.Run("in hello", func(t *testing.T) {
			c := dialRaw(t, s)
			_, err := c.Write([]byte{0x16, 3, 1, 2})
			must(t, err)
			must(t, c.Close())
			wantErr(t, reason(t, reasons), tlsbridge.KindEOF, "UNEXPECTED_EOF_WHILE_READING")
		})
		t.Run("ragged", func(t *testing.T) {
			c := dialTLS(t, s, v)
			must(t, exchange(c, []byte("hello")))
			must(t, c.NetConn().Close())
			wantErr(t, reason(t, reasons), tlsbridge.KindEOF, "UNEXPECTED_EOF_WHILE_READING")
		})
		t.Run("orderly", func(t *testing.T) {
			c := dialTLS(t, s, v)
			must(t, exchange(c, []byte("hello")))
			must(t, c.Close())
			must(t, reason(t, reasons))
		})
		t.Run("garbage", func(t *testing.T) {
			c := dialRaw(t, s)
			_, err := c.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
			must(t, err)
			wantErr(t, reason(t, reasons), tlsbridge.KindSSL, "HTTP_REQUEST")
			if answer, err := io.ReadAll(c); len(answer) != 0 || err != nil {
				t.Errorf("%q, %v", answer, err) // crypto/tls has no alert for what is no TLS
			}
		})
		t.Run("garbage later", func(t *testing.T) {
			c := dialTLS(t, s, v)
			must(t, exchange(c, []byte("hello")))
			_, err := c.NetConn().Write([]byte("and now for something completely different"))
			must(t, err)
			var e *tlsbridge.Error
			if err := reason(t, reasons); !errors.As(err, &e) || e.Kind != tlsbridge.KindSSL {
				t.Error(err)
			}
			if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "remote error") {
				t.Error("no alert was sent:", err)
			}
		})
		t.Run("behind the farewell", func(t *testing.T) {
			c := dialTLS(t, s, v)
			must(t, exchange(c, []byte("hello")))
			must(t, c.CloseWrite())
			_, _ = c.NetConn().Write([]byte("whatever"))
			if err := reason(t, reasons); err != nil {
				t.Error(err)
			}
		})
	})
}

// TestFilterAlert has the handshake fail: the peer is told why.
func TestFilterAlert(t *testing.T) {
	s, reasons := serveTLS(t, tlsbridge.TLSv1_3, plainEcho)
	config, _ := stdConfigs(tlsbridge.TLSv1_2)
	err := tls.Client(dialRaw(t, s), config).Handshake()
	if err == nil || !strings.Contains(err.Error(), "protocol version not supported") {
		t.Error(err)
	}
	wantErr(t, reason(t, reasons), tlsbridge.KindSSL, "UNSUPPORTED_PROTOCOL")
	// The other way round the peer refuses us.
	config, _ = stdConfigs(tlsbridge.TLSv1_3)
	config.ServerName = "other.test"
	if err := tls.Client(dialRaw(t, s), config).Handshake(); err == nil {
		t.Error("the wrong name is good enough")
	}
	wantErr(t, reason(t, reasons), tlsbridge.KindSSL, "SSLV3_ALERT_BAD_CERTIFICATE")
}

// TestFilterAborts drops clients at every stage of the handshake, and the
// server in the middle of many. leak.Check counts the coroutines.
func TestFilterAborts(t *testing.T) {
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		var opened atomic.Int64
		s, _ := serveTLS(t, v, func() *events {
			return &events{open: func(*stream.Conn) { opened.Add(1) }}
		})
		hello := clientFlight(t, v)
		var left []net.Conn
		n := int64(0)
		for cut := 0; cut <= len(hello); cut += 1 + len(hello)/30 {
			for _, keep := range []bool{false, true} {
				c := dialRaw(t, s)
				_, err := c.Write(hello[:cut])
				must(t, err)
				if keep {
					left = append(left, c)
				} else {
					must(t, c.Close())
				}
				n++
			}
		}
		// A whole hello is answered, and then the handshake is suspended.
		for range 10 {
			c := dialRaw(t, s)
			_, err := c.Write(hello)
			must(t, err)
			_, err = io.ReadFull(c, make([]byte, 5))
			must(t, err)
			left = append(left, c)
			n++
		}
		for begun := reactor.Now(); opened.Load() < n && reactor.Now()-begun < int64(patience); {
			yield()
		}
		must(t, s.Close())
		for _, c := range left {
			_ = c.Close()
		}
	})
}

// clientFlight records what a client sends first.
func clientFlight(t *testing.T, v tlsbridge.TLSVersion) []byte {
	t.Helper()
	config, _ := stdConfigs(v)
	a, b := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = tls.Client(a, config).Handshake()
	}()
	buf := make([]byte, 1<<14)
	n, err := b.Read(buf)
	must(t, err)
	must(t, b.Close())
	<-done
	must(t, a.Close())
	return buf[:n]
}

// TestFilterShutdown shuts a server down that owes its TLS clients much: it
// all arrives, and then the farewell.
func TestFilterShutdown(t *testing.T) {
	const size = 4 << 20
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		asked := make(chan struct{}, 10)
		s, reasons := serveTLS(t, v, func() *events {
			return &events{data: func(c *stream.Conn, p []byte) int {
				c.Write(make([]byte, size))
				asked <- struct{}{}
				return len(p)
			}}
		})
		var clients []*tls.Conn
		for range cap(asked) {
			c := dialTLS(t, s, v)
			_, err := c.Write([]byte("?"))
			must(t, err)
			clients = append(clients, c)
		}
		for range clients {
			<-asked
		}
		done := make(chan error, 1)
		go func() { done <- s.Shutdown(t.Context()) }()
		for _, c := range clients {
			if n, err := io.Copy(io.Discard, c); n != size || err != nil {
				t.Error(n, err)
			}
			must(t, c.Close())
		}
		must(t, <-done)
		for range clients {
			must(t, reason(t, reasons))
		}
	})
}

// TestFilterOfClient gives a server connections that speak TLS as clients:
// the settings must still make sense.
func TestFilterOfClient(t *testing.T) {
	begin(t)
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	strict, _ := contexts(t, 0)
	s, reasons := serveFilter(t, g, strict, plainEcho)
	c := dialRaw(t, s)
	_, err = c.Write([]byte("x"))
	must(t, err)
	var value *tlsbridge.ValueError
	const want = "tlsbridge: a filter of a PROTOCOL_TLS_CLIENT context: check_hostname requires server_hostname"
	for _, err := range []error{reason(t, reasons), strict.CheckFilter()} {
		if !errors.As(err, &value) || err.Error() != want {
			t.Error(err)
		}
	}
	if _, server := contexts(t, 0); server.CheckFilter() != nil {
		t.Error(server.CheckFilter())
	}
	must(t, s.Close())
}
