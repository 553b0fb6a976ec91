package fdsock_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/reactor"
)

// world is a kind of connection on loops that park in one way: most tests run
// in every world.
type world struct {
	group   *reactor.Group
	threads bool // loops park on threads
	family  int
	local   func(t *testing.T) fdsock.Addr // where to bind a listener; nil for socket pairs
}

func (w *world) tcp() bool { return w.family != fdsock.AF_UNIX }

// parkings are the ways of parking.
var parkings = []struct {
	name   string
	config reactor.Config
}{
	{"runtime", reactor.Config{Loops: 2}},
	{"thread", reactor.Config{Loops: 2, ThreadParking: true}},
}

var abstract atomic.Int64

// kinds are the kinds of connections.
var kinds = []struct {
	name   string
	family int
	local  func(t *testing.T) fdsock.Addr
}{
	{"tcp4", fdsock.AF_INET, func(*testing.T) fdsock.Addr { return fdsock.Inet("127.0.0.1", 0) }},
	{"tcp6", fdsock.AF_INET6, func(*testing.T) fdsock.Addr { return fdsock.Inet("::1", 0) }},
	{"unix", fdsock.AF_UNIX, func(t *testing.T) fdsock.Addr {
		t.Helper()
		return fdsock.UnixAddr(filepath.Join(t.TempDir(), "s"))
	}},
	{"abstract", fdsock.AF_UNIX, func(t *testing.T) fdsock.Addr {
		t.Helper()
		if runtime.GOOS != "linux" {
			t.Skip("abstract Unix addresses exist on Linux only")
		}
		return fdsock.UnixAddr(fmt.Sprintf("\x00pollux-%p-%d", t, abstract.Add(1)))
	}},
	{"socketpair", fdsock.AF_UNIX, nil},
}

// worlds runs a test in every world, as subtests.
func worlds(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, k := range kinds {
		for _, p := range parkings {
			t.Run(k.name+"/"+p.name, func(t *testing.T) {
				if k.family == fdsock.AF_INET6 {
					needIPv6(t)
				}
				test(t, &world{group: newGroup(t, p.config), threads: p.config.ThreadParking, family: k.family, local: k.local})
			})
		}
	}
}

// listeners runs a test in every world that knows listeners.
func listeners(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	worlds(t, func(t *testing.T, w *world) {
		if w.local == nil {
			t.Skip("socket pairs have no listener")
		}
		test(t, w)
	})
}

// tcpOnly runs a test in the worlds of TCP.
func tcpOnly(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	worlds(t, func(t *testing.T, w *world) {
		if !w.tcp() {
			t.Skip("TCP only")
		}
		test(t, w)
	})
}

func needIPv6(tb testing.TB) {
	tb.Helper()
	onDefault(tb)
	s, err := fdsock.New(fdsock.AF_INET6, fdsock.SOCK_STREAM, 0)
	if err != nil {
		tb.Skip("no IPv6 sockets: ", err)
	}
	tb.Cleanup(func() { closeSocket(tb, s) })
	if err := s.Bind(fdsock.Inet("::1", 0)); err != nil {
		tb.Skip("no IPv6 loopback: ", err)
	}
}

// newGroup starts a group that is closed when the test ends, by when the test
// must have closed its sockets.
func newGroup(tb testing.TB, c reactor.Config) *reactor.Group {
	tb.Helper()
	g, err := reactor.NewGroup(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := g.Close(); err != nil {
			tb.Error(err)
		}
	})
	return g
}

// onDefault readies a test that uses the default group: it is stopped when
// the last of the tests that use it at once has ended.
func onDefault(tb testing.TB) {
	tb.Helper()
	defaultUsers.Lock()
	defer defaultUsers.Unlock()
	defaultUsers.n++
	tb.Cleanup(func() {
		defaultUsers.Lock()
		defer defaultUsers.Unlock()
		if defaultUsers.n--; defaultUsers.n == 0 {
			shutdownDefault(tb)
		}
	})
}

var defaultUsers struct {
	sync.Mutex
	n int
}

func shutdownDefault(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // what is still open now is an error
	if err := reactor.Shutdown(ctx); err != nil {
		tb.Error(err)
	}
}

// closeAtEnd closes a socket when the test ends.
func closeAtEnd(tb testing.TB, s *fdsock.Socket) *fdsock.Socket {
	tb.Helper()
	tb.Cleanup(func() { closeSocket(tb, s) })
	return s
}

func closeSocket(tb testing.TB, s *fdsock.Socket) {
	tb.Helper()
	if err := s.Close(); err != nil {
		tb.Error(err)
	}
}

// socket makes an unconnected socket.
func (w *world) socket(tb testing.TB) *fdsock.Socket {
	tb.Helper()
	s, err := fdsock.NewOn(w.group, w.family, fdsock.SOCK_STREAM, 0)
	if err != nil {
		tb.Fatal(err)
	}
	return closeAtEnd(tb, s)
}

// bound makes a bound socket and returns its address.
func (w *world) bound(t *testing.T) (*fdsock.Socket, fdsock.Addr) {
	t.Helper()
	s := w.socket(t)
	if err := s.Bind(w.local(t)); err != nil {
		t.Fatal(err)
	}
	addr, err := s.GetSockName()
	if err != nil {
		t.Fatal(err)
	}
	return s, addr
}

// listener makes a listening socket and returns its address.
func (w *world) listener(t *testing.T, backlog ...int) (*fdsock.Socket, fdsock.Addr) {
	t.Helper()
	s, addr := w.bound(t)
	if err := s.Listen(backlog...); err != nil {
		t.Fatal(err)
	}
	return s, addr
}

// pair makes two connected sockets; where there is a listener, a connected
// and an accepted one.
func (w *world) pair(t *testing.T) (a, b *fdsock.Socket) {
	t.Helper()
	if w.local == nil {
		a, b, err := fdsock.SocketPairOn(w.group)
		if err != nil {
			t.Fatal(err)
		}
		return closeAtEnd(t, a), closeAtEnd(t, b)
	}
	l, addr := w.listener(t)
	a = w.socket(t)
	if err := a.Connect(addr); err != nil {
		t.Fatal(err)
	}
	b, _, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, b)
	if w.tcp() {
		for _, s := range []*fdsock.Socket{a, b} {
			if err := s.SetSockOpt(fdsock.IPPROTO_TCP, fdsock.TCP_NODELAY, 1); err != nil {
				t.Fatal(err)
			}
		}
	}
	return a, b
}
