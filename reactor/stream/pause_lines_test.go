package stream_test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

// pausing takes one line at a time and goes on when the loop has come round.
// It answers with the lines, and with "end" at the end.
type pausing struct{ busy bool }

func (*pausing) Open(*stream.Conn)         {}
func (*pausing) Drained(*stream.Conn)      {}
func (*pausing) Close(*stream.Conn, error) {}

func (h *pausing) Data(c *stream.Conn, p []byte) int {
	n := bytes.IndexByte(p, '\n') + 1
	if n == 0 {
		return 0
	}
	if h.busy {
		c.Write([]byte("delivered while paused\n"))
	}
	c.Write(p[:n])
	h.busy = true
	c.Pause()
	err := c.Post(func() {
		h.busy = false
		c.Resume()
	})
	if err != nil {
		c.Abort()
	}
	return n
}

func (h *pausing) EOF(c *stream.Conn) {
	if h.busy {
		c.Write([]byte("ended while paused\n"))
	}
	c.Write([]byte("end"))
	c.Close()
}

// Stop makes it a stream.Stopper that has something to say.
func (*pausing) Stop(c *stream.Conn) {
	c.Write([]byte("stopped"))
	c.Close()
}

func startPausing(t *testing.T) (*stream.Server, *net.TCPConn) {
	t.Helper()
	group, err := reactor.NewGroup(reactor.Config{Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	s, err := stream.Serve("127.0.0.1:0", stream.Config{
		Group: group, Handler: func(*stream.Conn) stream.Handler { return new(pausing) },
	})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		_ = s.Close()
		if err := group.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return s, conn.(*net.TCPConn)
}

// TestPauseLines has lines and the end wait behind one another, however they come.
func TestPauseLines(t *testing.T) {
	lines := strings.Repeat("one\ntwo\nthree\n", 500)
	for _, step := range []int{1, 7, 100000} {
		_, conn := startPausing(t)
		go func() {
			for rest := lines; rest != ""; rest = rest[min(step, len(rest)):] {
				if _, err := io.WriteString(conn, rest[:min(step, len(rest))]); err != nil {
					return
				}
			}
			_ = conn.CloseWrite()
		}()
		got, err := io.ReadAll(conn)
		if err != nil || string(got) != lines+"end" {
			t.Errorf("in steps of %d: %d bytes that end in %.40q, %v", step, len(got), got[max(0, len(got)-40):], err)
		}
	}
}

func TestStopperSpeaks(t *testing.T) {
	s, conn := startPausing(t)
	if _, err := io.WriteString(conn, "one\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(t.Context()) }()
	if got, err := io.ReadAll(conn); err != nil || string(got) != "stopped" {
		t.Errorf("%q, %v", got, err)
	}
	_ = conn.Close() // until then the server drains
	if err := <-done; err != nil {
		t.Error(err)
	}
}
