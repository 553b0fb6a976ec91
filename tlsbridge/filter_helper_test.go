package tlsbridge_test

import (
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
	"github.com/pollux-net/pollux/tlsbridge"
)

// events is a stream.Handler made of functions, which echoes without them.
type events struct {
	open   func(c *stream.Conn)
	data   func(c *stream.Conn, p []byte) int
	eof    func(c *stream.Conn)
	closed func(c *stream.Conn, err error)
}

func (e *events) Open(c *stream.Conn) {
	if e.open != nil {
		e.open(c)
	}
}

func (e *events) Data(c *stream.Conn, p []byte) int {
	if e.data != nil {
		return e.data(c, p)
	}
	c.Write(p)
	return len(p)
}

func (e *events) Drained(*stream.Conn) {}

func (e *events) EOF(c *stream.Conn) {
	if e.eof != nil {
		e.eof(c)
		return
	}
	c.Close()
}

func (e *events) Close(c *stream.Conn, err error) {
	if e.closed != nil {
		e.closed(c, err)
	}
}

// serveTLS starts a server with the filter, on a loop of its own. Every
// connection's reason for closing goes to the channel, if there is room.
func serveTLS(t *testing.T, v tlsbridge.TLSVersion, newHandler func() *events) (*stream.Server, <-chan error) {
	t.Helper()
	leak.Check(t)
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	_, sctx := contexts(t, v)
	return serveFilter(t, g, sctx, newHandler)
}

func serveFilter(t *testing.T, g *reactor.Group, ctx *tlsbridge.Context, makeHandler func() *events) (*stream.Server, <-chan error) {
	t.Helper()
	return serveWith(t, g, ctx.Filter(), makeHandler)
}

func serveWith(t *testing.T, g *reactor.Group, newFilter func(*stream.Conn) stream.Filter, makeHandler func() *events) (*stream.Server, <-chan error) {
	t.Helper()
	reasons := make(chan error, 100)
	s, err := stream.Serve("127.0.0.1:0", stream.Config{
		Group:  g,
		Linger: patience,
		Filter: newFilter,
		Handler: func(*stream.Conn) stream.Handler {
			e := makeHandler()
			e.closed = func(_ *stream.Conn, err error) {
				select {
				case reasons <- err:
				default:
				}
			}
			return e
		},
	})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s, reasons
}

func plainEcho() *events { return &events{} }

// dialRaw connects without TLS.
func dialRaw(t *testing.T, s *stream.Server) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	must(t, c.SetDeadline(time.Now().Add(patience)))
	return c.(*net.TCPConn)
}

// dialTLS connects with crypto/tls.
func dialTLS(t *testing.T, s *stream.Server, v tlsbridge.TLSVersion) *tls.Conn {
	t.Helper()
	config, _ := stdConfigs(v)
	c := tls.Client(dialRaw(t, s), config)
	must(t, c.Handshake())
	return c
}

func exchange(c net.Conn, msg []byte) error {
	done := make(chan error, 1)
	go func() { _, err := c.Write(msg); done <- err }()
	got := make([]byte, len(msg))
	_, err := io.ReadFull(c, got)
	if err = errors.Join(err, <-done); err == nil && !bytes.Equal(got, msg) {
		err = errors.New("echo differs")
	}
	return err
}

// reason waits for the reason that a connection was closed for.
func reason(t *testing.T, from <-chan error) error {
	t.Helper()
	select {
	case err := <-from:
		return err
	case <-time.After(patience):
		t.Fatal("the connection is not closed")
		return nil
	}
}

func eachVersion(t *testing.T, test func(t *testing.T, v tlsbridge.TLSVersion)) {
	t.Helper()
	for _, v := range []tlsbridge.TLSVersion{tlsbridge.TLSv1_2, tlsbridge.TLSv1_3} {
		t.Run(v.String(), func(t *testing.T) { test(t, v) })
	}
}
