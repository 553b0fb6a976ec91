package stream_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

// hole is a listener that does not answer: its backlog is full.
func hole(tb testing.TB) string {
	tb.Helper()
	fd, errno := sys.Socket(sys.AF_INET, sys.SOCK_STREAM, 0)
	if errno != 0 {
		tb.Fatal(errno)
	}
	tb.Cleanup(func() { sys.Close(fd) })
	sa := sys.Inet(netip.MustParseAddrPort("127.0.0.1:0"))
	if errno := sys.Bind(fd, &sa); errno != 0 {
		tb.Fatal(errno)
	}
	if errno := sys.Listen(fd, 0); errno != 0 {
		tb.Fatal(errno)
	}
	sa, _ = sys.Getsockname(fd)
	addr := netip.AddrPortFrom(sa.Addr, sa.Port).String()
	for {
		c, err := net.DialTimeout("tcp", addr, 100*time.Millisecond)
		if err != nil {
			return addr
		}
		tb.Cleanup(func() { _ = c.Close() })
	}
}

// TestDialEnds ends a dial that gets no answer, in every way there is.
func TestDialEnds(t *testing.T) {
	addr := hole(t)
	client := newClient(t, stream.Config{DialTimeout: time.Hour})
	started := func() (*stream.Dialing, *recorder) {
		r := newRecorder()
		d, err := client.DialAsync("tcp", addr, r.options())
		must(t, err)
		return d, r
	}
	t.Run("timeout", func(t *testing.T) {
		_, err := client.DialWith(t.Context(), "tcp", addr, stream.DialOptions{Timeout: 30 * time.Millisecond})
		var e net.Error
		if !errors.Is(err, stream.ErrDialTimeout) || !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &e) || !e.Timeout() {
			t.Error(err)
		}
	})
	t.Run("context", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		if _, err := client.Dial(ctx, "tcp", addr); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if _, err := client.Dial(ctx, "tcp", addr); !errors.Is(err, context.DeadlineExceeded) {
			t.Error("begun in vain:", err)
		}
	})
	t.Run("cancel", func(t *testing.T) {
		d, r := started()
		d.Cancel()
		d.Cancel()
		if err := take(t, "Close", r.closed); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	t.Run("close", func(t *testing.T) {
		d, r := started()
		must(t, client.Close())
		if err := take(t, "Close", r.closed); !errors.Is(err, stream.ErrClosed) {
			t.Error(err)
		}
		d.Cancel()
		if _, err := client.Dial(t.Context(), "tcp", addr); !errors.Is(err, stream.ErrClosed) {
			t.Error(err)
		}
	})
}

// TestDialClosedGroup ends dials whose loops have ended.
func TestDialClosedGroup(t *testing.T) {
	addr := hole(t)
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	release := make(chan bool)
	client := newClient(t, stream.Config{Group: g, Resolve: func(context.Context, string, string) ([]netip.Addr, error) {
		<-release
		return nil, errors.New("too late")
	}})
	waits := make(chan error, 1)
	go func() { _, err := client.Dial(context.Background(), "tcp", addr); waits <- err }()
	canceled, closed, looking := newRecorder(), newRecorder(), newRecorder()
	d, err := client.DialAsync("tcp", addr, canceled.options())
	must(t, err)
	_, err = client.DialAsync("tcp", addr, closed.options())
	must(t, err)
	_, err = client.DialAsync("tcp", "name.example:80", looking.options())
	must(t, err)
	until(t, "attempts", func() bool { return g.Loops()[0].Stats().Handles == 3 })
	_ = g.Close() // reports what is open
	if err := take(t, "the end of Dial", waits); !errors.Is(err, reactor.ErrClosed) {
		t.Error(err)
	}
	d.Cancel()
	if err := take(t, "Close", canceled.closed); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	release <- true
	if err := take(t, "Close", looking.closed); err == nil || err.Error() != "too late" {
		t.Error(err)
	}
	must(t, client.Close())
	if err := take(t, "Close", closed.closed); !errors.Is(err, stream.ErrClosed) {
		t.Error(err)
	}
}

// TestDialRefusedByFactory has a factory refuse the connection that a failed
// dial does not have.
func TestDialRefusedByFactory(t *testing.T) {
	asked := make(chan bool, 1)
	client, err := stream.NewClient(stream.Config{Group: group(t, 1), Handler: func(c *stream.Conn) stream.Handler {
		c.Abort()
		asked <- true
		return nil
	}})
	must(t, err)
	_, err = client.DialAsync("tcp", nobody(t), stream.DialOptions{})
	must(t, err)
	take(t, "the factory", asked)
	must(t, client.Close())
}

// retrying is a handler of dials that fail, which may try once more.
type retrying struct {
	mute
	failed func(c *stream.Conn)
}

func (r retrying) Close(c *stream.Conn, _ error) { r.failed(c) }

// TestDialAgain dials again from within the Close of a dial that has failed,
// which does not count as under way any more. The connection takes no output.
func TestDialAgain(t *testing.T) {
	var client *stream.Client
	again, first := make(chan error, 1), make(chan error, 1)
	failed := 0
	client, err := stream.NewClient(stream.Config{Group: group(t, 1), MaxDials: 1, Handler: func(*stream.Conn) stream.Handler {
		return retrying{failed: func(c *stream.Conn) {
			if failed++; failed > 1 {
				return
			}
			first <- c.AsyncWrite([]byte("x"))
			_, err := client.DialAsync("tcp", nobody(t), stream.DialOptions{})
			again <- err
		}}
	}})
	must(t, err)
	_, err = client.DialAsync("tcp", nobody(t), stream.DialOptions{})
	must(t, err)
	if err := take(t, "AsyncWrite", first); !errors.Is(err, stream.ErrClosed) {
		t.Error(err)
	}
	must(t, take(t, "the second dial", again))
	must(t, client.Close())
}

// TestCloseDuringDial closes clients whose goroutines dial all the time.
func TestCloseDuringDial(t *testing.T) {
	g := group(t, 2)
	addr := nobody(t)
	for range 30 {
		client, err := stream.NewClient(stream.Config{Group: g, Handler: func(*stream.Conn) stream.Handler { return mute{} }})
		must(t, err)
		var begun atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for {
					_, err := client.DialAsync("tcp", addr, stream.DialOptions{})
					if errors.Is(err, stream.ErrClosed) {
						return
					}
					begun.Add(1)
				}
			})
		}
		until(t, "dials", func() bool { return begun.Load() > 50 })
		must(t, client.Close())
		all.Wait()
	}
}
