package aio_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/aio"
)

// TestNil refuses nil where it is given, and not later in the loop.
func TestNil(t *testing.T) {
	l := newLoop(t, aio.Config{})
	s, _ := listen(t)
	noop := func() error { return nil }
	for want, call := range map[string]func() error{
		"a callable object was expected by CallSoon, got nil":  func() error { _, err := l.CallSoon(nil); return err },
		"a callable object was expected by CallAt, got nil":    func() error { _, err := l.CallLater(0, nil); return err },
		"a callable object was expected by AddReader, got nil": func() error { return l.AddReader(s, nil) },
		"a callable object was expected by AddWriter, got nil": func() error { return l.AddWriter(s, nil) },
		"a callable object was expected by Serve, got nil":     func() error { _, err := l.Serve(s, nil, aio.ServeOptions{}); return err },
		"argument must be an int, or have a fileno() method.":  func() error { return l.AddReader(nil, noop) },
	} {
		err := call()
		var e *pyselect.TypeError
		if !errors.As(err, &e) || err.Error() != want {
			t.Errorf("error is %T %v, want TypeError %s", err, err, want)
		}
	}
	for want, call := range map[string]func(){
		"aio: AddDoneCallback of nil":   func() { aio.NewFuture[int](l).AddDoneCallback(nil) },
		"aio: NewFuture without a loop": func() { aio.NewFuture[int](nil) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic of %v, want %s", got, want)
				}
			}()
			call()
		}()
	}
	spin(t, l, 1)
}

// spammer is a callback that is a method.
type spammer struct{}

func (spammer) spam() error { return errSpam }

func spam() error { return errSpam }

// TestCallbackError says which callback has ended RunForever.
func TestCallbackError(t *testing.T) {
	l := newLoop(t, aio.Config{})
	a, b := pair(t)
	_, err := b.Send([]byte("x"))
	must(t, err)
	const pkg = "github.com/pollux-net/pollux/pyselect/aio_test."
	for name, schedule := range map[string]func() (*aio.Handle, error){
		pkg + "spammer.spam": func() (*aio.Handle, error) { return l.CallSoon(spammer{}.spam) },
		pkg + "TestCallbackError.func": func() (*aio.Handle, error) {
			return l.CallLater(time.Nanosecond, func() error { return errSpam })
		},
		pkg + "spam at callback_test.go:": func() (*aio.Handle, error) { return nil, l.AddReader(a, spam) },
	} {
		h, err := schedule()
		must(t, err)
		err = l.RunForever()
		var e *aio.CallbackError
		if !errors.As(err, &e) || !errors.Is(err, errSpam) || e.Handle != h && h != nil {
			t.Fatal(err)
		}
		if text := err.Error(); !strings.HasPrefix(text, "aio: callback "+name) || !strings.HasSuffix(text, " has failed: no spam") {
			t.Errorf("the text is %s", text)
		}
		if !strings.Contains(e.Handle.String(), "Handle ") || !strings.Contains(e.Handle.String(), name) {
			t.Errorf("the handle is %s", e.Handle)
		}
		l.RemoveReader(a)
	}
}

// TestServeBlocking makes the listener nonblocking, as start_server does.
func TestServeBlocking(t *testing.T) {
	l := newLoop(t, aio.Config{})
	s, addr := listen(t)
	s.SetBlocking(true)
	server, err := l.Serve(s, func(c *fdsock.Socket, _ fdsock.Addr) error { l.Stop(); return c.Close() }, aio.ServeOptions{})
	must(t, err)
	dial(t, addr, 1)
	must(t, l.RunForever())
	if s.GetTimeout() != 0 {
		t.Error("it blocks")
	}
	must(t, server.Close())
}
