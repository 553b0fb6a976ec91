package reactor_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// text is a buffer that any goroutine may use.
type text struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *text) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *text) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// traced is what a stream's life looks like from outside, with the
// descriptor's number as %d.
const traced = `pollux: loop 0: fd %[1]d (test) writable
pollux: loop 0: fd %[1]d (test) readable|writable
pollux: loop 0: fd %[1]d (test) readable|writable|read-hang-up
pollux: loop 0: fd %[1]d (test) readable|writable|read-hang-up|hang-up
`

func TestTrace(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			var out text
			c.Trace = &out
			l := newGroup(t, c, 1).Next()
			fds := socketpair(t)
			h := handle(t, l, fds[0])
			arm(t, h)
			l.Harvest()
			send(t, fds[1], "x")
			l.Harvest()
			if errno := sys.Shutdown(fds[1], sys.SHUT_WR); errno != 0 {
				t.Fatal(errno)
			}
			l.Harvest()
			sys.Close(fds[1])
			l.Harvest()
			if want := fmt.Sprintf(traced, fds[0]); out.String() != want {
				t.Errorf("trace is\n%swant\n%s", out.String(), want)
			}
		})
	}
}

func TestTraceVariable(t *testing.T) {
	for value, want := range map[string]bool{"": false, "0": false, "1": true} {
		t.Setenv("POLLUX_TRACE", value)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		old := os.Stderr
		os.Stderr = w
		g, err := reactor.NewGroup(reactor.Config{Loops: 1})
		os.Stderr = old
		if err != nil {
			t.Fatal(err)
		}
		h, _ := pair(t, g.Next())
		arm(t, h)
		g.Next().Harvest()
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if err := g.Close(); err != nil {
			t.Error(err)
		}
		_ = w.Close()
		var buf [200]byte
		n, _ := r.Read(buf[:])
		_ = r.Close()
		if got := strings.HasSuffix(string(buf[:n]), " (test) writable\n"); got != want {
			t.Errorf("POLLUX_TRACE=%q traces %q", value, buf[:n])
		}
	}
}
