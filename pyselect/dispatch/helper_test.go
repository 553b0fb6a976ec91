package dispatch_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect/dispatch"
)

const (
	patience = 30 * time.Second
	turn     = 10 * time.Millisecond
)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// world is a family and a way to wait.
type world struct {
	family  int
	usePoll bool
	m       *dispatch.Map
}

// worlds runs a test over every family and both ways to wait.
func worlds(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for name, family := range map[string]int{"IPv4": fdsock.AF_INET, "IPv6": fdsock.AF_INET6, "Unix": fdsock.AF_UNIX} {
		for way, usePoll := range map[string]bool{"Select": false, "Poll": true} {
			t.Run(name+way, func(t *testing.T) {
				w := &world{family, usePoll, newMap(t)}
				if l, err := fdsock.New(family, fdsock.SOCK_STREAM, 0); err == nil {
					bound := l.Bind(w.address(t))
					must(t, l.Close())
					if bound != nil {
						t.Skip("no such family here: ", bound)
					}
				}
				test(t, w)
			})
		}
	}
}

// newMap makes a map whose channels are closed when the test ends.
func newMap(tb testing.TB) *dispatch.Map {
	tb.Helper()
	m := dispatch.NewMap()
	tb.Cleanup(func() { must(tb, dispatch.CloseAll(m, true)) })
	return m
}

// address is one to listen at.
func (w *world) address(tb testing.TB) fdsock.Addr {
	tb.Helper()
	switch w.family {
	case fdsock.AF_UNIX:
		return fdsock.UnixAddr(filepath.Join(tb.TempDir(), "s"))
	case fdsock.AF_INET6:
		return fdsock.Inet("::1", 0)
	default:
		return fdsock.Inet("127.0.0.1", 0)
	}
}

// until makes turns until the condition holds, which must happen.
func (w *world) until(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(patience); !holds(); {
		if time.Now().After(deadline) {
			tb.Fatalf("%s: has not happened", what)
		}
		must(tb, dispatch.Loop(turn, w.usePoll, w.m, 1))
		if w.m.Len() == 0 && !holds() {
			tb.Fatalf("%s: no channel is left", what)
		}
	}
}

// strict is a channel that wants no event that its test does not expect: every
// one is a function of its own, or fails the test.
type strict struct {
	dispatch.Dispatcher
	tb testing.TB

	read, write, expt, connect, closed func() error
	accepted                           func(*fdsock.Socket) error
	failed                             func(error) error
	readable, writable                 func() bool
}

func (s *strict) call(what string, f func() error) error {
	if f == nil {
		s.tb.Errorf("%s is called", what)
		return nil
	}
	return f()
}

func (s *strict) HandleRead() error    { return s.call("HandleRead", s.read) }
func (s *strict) HandleExpt() error    { return s.call("HandleExpt", s.expt) }
func (s *strict) HandleClose() error   { return s.call("HandleClose", s.closed) }
func (s *strict) HandleConnect() error { return s.call("HandleConnect", s.connect) }

func (s *strict) HandleWrite() error {
	if s.write == nil {
		return nil
	}
	return s.write()
}

func (s *strict) HandleAccepted(sock *fdsock.Socket, addr fdsock.Addr) error {
	if s.accepted == nil {
		s.tb.Error("HandleAccepted is called")
		return sock.Close()
	}
	return s.accepted(sock)
}

func (s *strict) HandleError(err error) error {
	if s.failed == nil {
		return err
	}
	return s.failed(err)
}

func (s *strict) Readable() bool { return s.readable == nil || s.readable() }
func (s *strict) Writable() bool { return s.writable == nil || s.writable() }

func newStrict(tb testing.TB, m *dispatch.Map) *strict {
	s := &strict{tb: tb}
	s.Init(s, m)
	return s
}

// serve makes a listener; accepted owns what it is given.
func (w *world) serve(tb testing.TB, accepted func(*fdsock.Socket) error) (s *strict, addr fdsock.Addr) {
	tb.Helper()
	s = newStrict(tb, w.m)
	s.accepted = accepted
	must(tb, s.CreateSocket(w.family, fdsock.SOCK_STREAM))
	s.SetReuseAddr()
	must(tb, s.Bind(w.address(tb)))
	must(tb, s.Listen(5))
	addr, err := s.Socket().GetSockName()
	must(tb, err)
	return s, addr
}

// keep accepts connections that do nothing.
func (w *world) keep(tb testing.TB) func(*fdsock.Socket) error {
	return func(sock *fdsock.Socket) error {
		s := newStrict(tb, w.m)
		s.readable = func() bool { return false }
		s.writable = s.readable
		return s.Attach(sock)
	}
}

// dial makes a client that begins to connect.
func (w *world) dial(tb testing.TB, addr fdsock.Addr, prepare func(c *strict)) *strict {
	tb.Helper()
	c := newStrict(tb, w.m)
	c.connect = func() error { return nil }
	prepare(c)
	must(tb, c.CreateSocket(w.family, fdsock.SOCK_STREAM))
	must(tb, c.Connect(addr))
	return c
}
