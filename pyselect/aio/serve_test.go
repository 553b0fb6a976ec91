package aio_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect/aio"
)

// dial connects n clients.
func dial(t *testing.T, addr fdsock.Addr, n int) {
	t.Helper()
	for range n {
		s, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
		must(t, err)
		t.Cleanup(func() { must(t, s.Close()) })
		must(t, s.Connect(addr))
	}
}

// TestServe accepts many connections in an iteration, but no more than the
// backlog.
//
//inventory:row loop accept
func TestServe(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		s, addr := listen(t)
		accepted := 0
		server, err := l.Serve(s, func(c *fdsock.Socket, _ fdsock.Addr) error {
			accepted++
			if c.GetTimeout() != 0 {
				t.Error("it blocks")
			}
			return c.Close()
		}, aio.ServeOptions{Backlog: 3})
		must(t, err)
		dial(t, addr, 5)
		spin(t, l, 1)
		if accepted != 3 {
			t.Error(accepted)
		}
		spin(t, l, 1)
		if accepted != 5 {
			t.Error(accepted)
		}
		restore := faulty(sys.OpAccept, sys.ECONNABORTED)
		dial(t, addr, 1)
		spin(t, l, 1)
		restore()
		spin(t, l, 1)
		if accepted != 6 {
			t.Error(accepted)
		}
		must(t, server.Close())
		must(t, server.Close())
		if s.Fileno() != -1 {
			t.Error("the socket is open")
		}
		spin(t, l, 1)
	})
}

// TestServePauses when the system has nothing left, tells the handler, goes on
// after a while, and does not keep the loop busy meanwhile.
//
//inventory:row loop accept EMFILE
func TestServePauses(t *testing.T) {
	for _, errno := range []sys.Errno{sys.EMFILE, sys.ENFILE, sys.ENOBUFS, sys.ENOMEM} {
		l := newLoop(t, aio.Config{})
		s, addr := listen(t)
		accepted := 0
		server, err := l.Serve(s, func(c *fdsock.Socket, _ fdsock.Addr) error {
			accepted++
			l.Stop()
			return c.Close()
		}, aio.ServeOptions{RetryDelay: 20 * time.Millisecond})
		must(t, err)
		dial(t, addr, 1)
		var told []error
		l.SetExceptionHandler(func(_ *aio.Loop, f aio.Failure) { told = append(told, f.Err) })
		restore := faulty(sys.OpAccept, errno)
		spin(t, l, 10)
		restore()
		if len(told) != 1 || !errors.Is(told[0], errno) || accepted != 0 {
			t.Error(errno, told, accepted)
		}
		must(t, l.RunForever())
		if accepted != 1 {
			t.Error(accepted)
		}
		must(t, server.Close())
	}
}

// TestServeClosedInPause accepts nothing more; without a handler a pause does
// not end the loop.
func TestServeClosedInPause(t *testing.T) {
	l := newLoop(t, aio.Config{})
	s, addr := listen(t)
	server, err := l.Serve(s, func(*fdsock.Socket, fdsock.Addr) error { return nil }, aio.ServeOptions{RetryDelay: time.Millisecond})
	must(t, err)
	dial(t, addr, 1)
	restore := faulty(sys.OpAccept, sys.EMFILE)
	spin(t, l, 1)
	restore()
	must(t, server.Close())
	later(t, l, 10*time.Millisecond, l.Stop)
	must(t, l.RunForever())
}

// TestServeFails tells the handler of other errors, the caller's included.
func TestServeFails(t *testing.T) {
	l := newLoop(t, aio.Config{})
	s, addr := listen(t)
	spam := func(c *fdsock.Socket, _ fdsock.Addr) error { return errors.Join(errSpam, c.Close()) }
	server, err := l.Serve(s, spam, aio.ServeOptions{})
	must(t, err)
	defer server.Close()
	dial(t, addr, 1)
	restore := faulty(sys.OpAccept, sys.EPERM)
	const name = "aio: callback github.com/pollux-net/pollux/pyselect/aio_test.TestServeFails.func1 at serve_test.go:"
	if err := l.RunForever(); !errors.Is(err, unix.EPERM) || !strings.HasPrefix(err.Error(), name) {
		t.Error(err)
	}
	restore()
	if err := l.RunForever(); !errors.Is(err, errSpam) || !strings.HasPrefix(err.Error(), name) {
		t.Error(err)
	}
	must(t, l.Close())
	if _, err := l.Serve(s, spam, aio.ServeOptions{}); !errors.Is(err, aio.ErrClosed) {
		t.Error(err)
	}
}
