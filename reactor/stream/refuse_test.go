package stream_test

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

// refused fails the test if it hears of a connection.
type refused struct{ t *testing.T }

func (r refused) Open(*stream.Conn)             { r.t.Error("Open") }
func (r refused) Data(*stream.Conn, []byte) int { r.t.Error("Data"); return 0 }
func (r refused) Drained(*stream.Conn)          { r.t.Error("Drained") }
func (r refused) EOF(*stream.Conn)              { r.t.Error("EOF") }
func (r refused) Close(*stream.Conn, error)     { r.t.Error("Close") }

// TestAbortInFactory refuses a connection before it has a handler.
func TestAbortInFactory(t *testing.T) {
	group, err := reactor.NewGroup(reactor.Config{Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	s, err := stream.Serve("127.0.0.1:0", stream.Config{Group: group, Handler: func(c *stream.Conn) stream.Handler {
		c.Abort()
		return refused{t}
	}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", s.Addr().String())
	if err == nil {
		_, err = io.ReadAll(c)
		_ = c.Close()
	}
	if !errors.Is(err, sys.ECONNRESET) {
		t.Errorf("refused with %v, want a reset", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
