package tlsbridge_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/reactor/stream/frame"
	"github.com/pollux-net/pollux/tlsbridge"
)

// mailbox answers lines as SMTP's servers do: STARTTLS begins TLS, STOPTLS ends
// it, and others are given back in brackets, with an s behind them in TLS.
type mailbox struct {
	events
	t     *testing.T
	ctx   *tlsbridge.Context
	lines frame.Line
}

func (m *mailbox) Data(c *stream.Conn, p []byte) int {
	used, err := frame.Each(&m.lines, p, func(line []byte) bool {
		switch string(line) {
		case "STARTTLS":
			c.WriteString("go ahead\n")
			if err := m.ctx.StartTLS(c, tlsbridge.FilterConfig{}); err != nil {
				m.t.Error(err)
			}
			return false // what follows is not for us
		case "STOPTLS":
			if err := tlsbridge.StopTLS(c, func() { c.WriteString("in clear\n") }); err != nil {
				m.t.Error(err)
			}
			return false
		}
		end := "]\n"
		if _, ok := tlsbridge.FilterState(c); ok {
			end = "]s\n"
		}
		c.WriteString("[" + string(line) + end)
		return true
	})
	if err != nil {
		m.t.Error(err)
	}
	return used
}

func serveMail(t *testing.T, v tlsbridge.TLSVersion) (*stream.Server, <-chan error) {
	t.Helper()
	leak.Check(t)
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	_, sctx := contexts(t, v)
	reasons := make(chan error, 10)
	s, err := stream.Serve("127.0.0.1:0", stream.Config{Group: g, Handler: func(*stream.Conn) stream.Handler {
		return &mailbox{t: t, ctx: sctx, events: events{closed: func(_ *stream.Conn, err error) { reasons <- err }}}
	}})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s, reasons
}

// say sends a line and wants an answer.
func say(t *testing.T, c net.Conn, in *bufio.Reader, line, want string) {
	t.Helper()
	_, err := io.WriteString(c, line+"\n")
	must(t, err)
	if got, err := in.ReadString('\n'); got != want+"\n" || err != nil {
		t.Fatalf("%q to %q, %v", got, line, err)
	}
}

// TestStreamSTARTTLS begins TLS in the middle, ends it, and begins it again.
func TestStreamSTARTTLS(t *testing.T) {
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		s, reasons := serveMail(t, v)
		raw := dialRaw(t, s)
		in := bufio.NewReader(raw)
		config, _ := stdConfigs(v)
		for range 2 {
			say(t, raw, in, "hello", "[hello]")
			say(t, raw, in, "STARTTLS", "go ahead")
			client := tls.Client(raw, config)
			tin := bufio.NewReader(client)
			say(t, client, tin, "secret", "[secret]s")
			_, err := io.WriteString(client, "STOPTLS\n")
			must(t, err)
			if rest, err := io.ReadAll(tin); len(rest) > 0 || err != nil {
				t.Fatalf("%q, %v", rest, err)
			}
			must(t, client.CloseWrite())
			must(t, raw.SetDeadline(time.Now().Add(patience))) // crypto/tls has left one in the past
			if got, err := in.ReadString('\n'); got != "in clear\n" || err != nil {
				t.Fatalf("%q, %v", got, err)
			}
		}
		say(t, raw, in, "bye", "[bye]")
		must(t, raw.Close())
		must(t, reason(t, reasons))
	})
}

// TestStreamSTARTTLSInjected slips a command in behind STARTTLS, before TLS:
// it is never executed.
func TestStreamSTARTTLSInjected(t *testing.T) {
	s, reasons := serveMail(t, tlsbridge.TLSv1_3)
	raw := dialRaw(t, s)
	_, err := io.WriteString(raw, "STARTTLS\nDELETE EVERYTHING\n")
	must(t, err)
	got, _ := io.ReadAll(raw)
	if !bytes.HasPrefix(got, []byte("go ahead\n")) || bytes.Contains(got, []byte("DELETE")) {
		t.Errorf("%q", got)
	}
	must(t, raw.Close())
	wantErr(t, reason(t, reasons), tlsbridge.KindSSL, "WRONG_VERSION_NUMBER")
}

// TestStreamSTARTTLSEager has the hello come with the command, as some
// protocols do: nothing is lost.
func TestStreamSTARTTLSEager(t *testing.T) {
	s, _ := serveMail(t, tlsbridge.TLSv1_3)
	raw := dialRaw(t, s)
	config, _ := stdConfigs(tlsbridge.TLSv1_3)
	together := &prefixed{Conn: raw, prefix: []byte("STARTTLS\n"), skip: len("go ahead\n")}
	client := tls.Client(together, config)
	say(t, client, bufio.NewReader(client), "hello", "[hello]s")
}

// prefixed puts bytes before the first write, and drops some of what comes.
type prefixed struct {
	net.Conn
	prefix []byte
	skip   int
}

func (p *prefixed) Write(b []byte) (int, error) {
	n := len(b)
	b = append(p.prefix, b...)
	p.prefix = nil
	_, err := p.Conn.Write(b)
	return n, err
}

func (p *prefixed) Read(b []byte) (int, error) {
	if p.skip > 0 {
		if _, err := io.ReadFull(p.Conn, make([]byte, p.skip)); err != nil {
			return 0, err
		}
		p.skip = 0
	}
	return p.Conn.Read(b)
}

// TestStreamSTARTTLSClient is the other side: a client of stream that says
// STARTTLS, and has what it agreed on when the handshake is over.
func TestStreamSTARTTLSClient(t *testing.T) {
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		s, _ := serveMail(t, v)
		cctx, _ := contexts(t, v)
		g, err := reactor.NewGroup(reactor.Config{Loops: 1})
		must(t, err)
		t.Cleanup(func() { must(t, g.Close()) })
		lines := make(chan string, 10)
		established := make(chan uint16, 1)
		client, err := stream.NewClient(stream.Config{Group: g, Handler: func(*stream.Conn) stream.Handler {
			return &events{open: func(c *stream.Conn) { c.WriteString("STARTTLS\n") }, data: func(c *stream.Conn, p []byte) int {
				lines <- string(p)
				if string(p) != "go ahead\n" {
					return len(p)
				}
				err := cctx.StartTLS(c, tlsbridge.FilterConfig{ServerHostname: serverName, Established: func(c *stream.Conn) {
					state, ok := tlsbridge.FilterState(c)
					if !ok {
						t.Error("no state after the handshake")
					}
					established <- state.Version
				}})
				if err != nil {
					t.Error(err)
				}
				if err := cctx.StartTLS(c, tlsbridge.FilterConfig{}); !errors.Is(err, stream.ErrFiltered) {
					t.Error(err)
				}
				if tlsbridge.StopTLS(c, func() {}) == nil {
					t.Error("a handshake was unwrapped")
				}
				c.WriteString("hello\n")
				return len(p)
			}}
		}})
		must(t, err)
		t.Cleanup(func() { must(t, client.Close()) })
		c, err := client.Dial(t.Context(), "tcp", s.Addr().String())
		must(t, err)
		for _, want := range []string{"go ahead\n", "[hello]s\n"} {
			if got := <-lines; got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
		if want := map[tlsbridge.TLSVersion]uint16{tlsbridge.TLSv1_2: tls.VersionTLS12, tlsbridge.TLSv1_3: tls.VersionTLS13}[v]; <-established != want {
			t.Error("another version was agreed on")
		}
		must(t, c.AsyncClose())
	})
}
