package stream_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

// newServer makes a server of echoes that does not listen yet.
func newServer(tb testing.TB, config stream.Config) *stream.Server {
	tb.Helper()
	if config.Group == nil {
		config.Group = group(tb, 1)
	}
	if config.Handler == nil {
		config.Handler = func(*stream.Conn) stream.Handler { return echoing(tb) }
	}
	s, err := stream.NewServer(config)
	must(tb, err)
	tb.Cleanup(func() { must(tb, s.Close()) })
	return s
}

// connect dials an address with package net.
func connect(tb testing.TB, addr net.Addr) net.Conn {
	tb.Helper()
	c, err := net.Dial(addr.Network(), addr.String())
	must(tb, err)
	tb.Cleanup(func() { _ = c.Close() })
	must(tb, c.SetDeadline(time.Now().Add(patience)))
	return c
}

// shortDir is a directory whose name leaves room for a Unix path.
func shortDir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "st") //nolint:usetesting // names of TempDir may be too long for a Unix path
	must(tb, err)
	tb.Cleanup(func() { must(tb, os.RemoveAll(dir)) })
	return dir
}

// TestListeners serves several listeners of every network at once.
func TestListeners(t *testing.T) {
	s := newServer(t, stream.Config{Group: group(t, 2)})
	if s.Addr() != nil || len(s.Addrs()) != 0 {
		t.Error("addresses before there is a listener:", s.Addrs())
	}
	path := filepath.Join(shortDir(t), "socket")
	where := [][2]string{{"tcp", "127.0.0.1:0"}, {"tcp4", ":0"}, {"unix", path}}
	if runtime.GOOS == "linux" {
		where = append(where, [2]string{"unix", "@pollux-stream-test-" + filepath.Base(filepath.Dir(path))})
	}
	if l, err := net.Listen("tcp6", "[::1]:0"); err == nil {
		must(t, l.Close())
		where = append(where, [2]string{"tcp6", "[::1]:0"}, [2]string{"tcp6", ":0"}, [2]string{"tcp", ":0"})
	}
	for i, w := range where {
		addr, err := s.Listen(w[0], w[1])
		must(t, err)
		if got := s.Addrs(); len(got) != i+1 || got[i] != addr || s.Addr() != got[0] {
			t.Errorf("%q: %v, addresses %v", w, addr, got)
		}
		if w[0] == "unix" && addr.String() != w[1] {
			t.Errorf("listens on %v, want %q", addr, w[1])
		}
	}
	for _, addr := range s.Addrs() {
		must(t, exchange(connect(t, addr), []byte("hello, "+addr.String())))
	}
	must(t, s.Close())
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the Unix path is left behind:", err)
	}
	if _, err := s.Listen("tcp", "127.0.0.1:0"); !errors.Is(err, stream.ErrClosed) || !errors.Is(err, net.ErrClosed) {
		t.Error("listens after Close:", err)
	}
}

// TestListenTCP6 does not serve IPv4, which "tcp" does.
func TestListenTCP6(t *testing.T) {
	s := newServer(t, stream.Config{})
	addr, err := s.Listen("tcp6", "[::]:0")
	if errors.Is(err, sys.EAFNOSUPPORT) || errors.Is(err, sys.EADDRNOTAVAIL) {
		t.Skip("no IPv6 here")
	}
	must(t, err)
	_, port, _ := net.SplitHostPort(addr.String())
	if c, err := net.Dial("tcp4", "127.0.0.1:"+port); !errors.Is(err, sys.ECONNREFUSED) {
		t.Error(c, err)
	}
}

func TestListenErrors(t *testing.T) {
	s := newServer(t, stream.Config{})
	path := filepath.Join(shortDir(t), "socket")
	for _, w := range [][2]string{
		{"udp", "127.0.0.1:0"},
		{"unixgram", path},
		{"", path},
		{"unix", ""},
		{"unix", filepath.Join(path, "none")},
		{"unix", path + strings.Repeat("x", 200)},
		{"tcp4", "[::1]:0"},
		{"tcp6", "127.0.0.1:0"},
		{"tcp", "[fe80::1%nowhere0]:0"},
	} {
		if addr, err := s.Listen(w[0], w[1]); err == nil {
			t.Errorf("listens on %q: %v", w, addr)
		}
	}
	_, err := s.Listen("unix", path)
	must(t, err)
	if _, err := s.Listen("unix", path); !errors.Is(err, unix.EADDRINUSE) {
		t.Error(err)
	}
	if len(s.Addrs()) != 1 {
		t.Error(s.Addrs())
	}
	for _, op := range []sys.Op{sys.OpSocket, sys.OpBind, sys.OpListen, sys.OpGetsockname, sys.OpQueueControl} {
		restore := sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == op {
				return sys.Fault{Errno: unix.ENOBUFS}
			}
			return sys.Fault{}
		})
		_, err := s.Listen("unix", path+"2")
		restore()
		if !errors.Is(err, unix.ENOBUFS) {
			t.Errorf("%v fails: %v", op, err)
		}
		_ = os.Remove(path + "2") // as with package net, when bind has succeeded and something later fails
	}
	if len(s.Addrs()) != 1 {
		t.Error("what failed is listed:", s.Addrs())
	}
}

// TestUnixAddrs names both ends as package net does.
func TestUnixAddrs(t *testing.T) {
	opened := make(chan *stream.Conn, 1)
	s := newServer(t, stream.Config{Handler: func(*stream.Conn) stream.Handler {
		h := echoing(t)
		h.open = func(c *stream.Conn) { opened <- c }
		return h
	}})
	addr, err := s.Listen("unix", filepath.Join(shortDir(t), "socket"))
	must(t, err)
	connect(t, addr)
	c := take(t, "Open", opened)
	if got := c.LocalAddr(); got.Network() != "unix" || got.String() != addr.String() {
		t.Errorf("local address %v, want %v", got, addr)
	}
	if got := c.RemoteAddr(); got.Network() != "unix" || got.String() != "" {
		t.Errorf("the address of an unnamed peer is %v", got)
	}
}

// TestTCPOptions finds the configured options at the accepted socket.
func TestTCPOptions(t *testing.T) {
	for _, config := range []stream.Config{
		{},
		{Delay: true},
		{KeepAlive: net.KeepAliveConfig{Enable: true, Interval: 1500 * time.Millisecond, Count: 3}},
	} {
		opened := make(chan *stream.Conn, 1)
		config.Handler = func(c *stream.Conn) stream.Handler { opened <- c; return echoing(t) }
		s := newServer(t, config)
		addr, err := s.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		connect(t, addr)
		fd := descriptor(t, take(t, "Handler", opened))
		for _, o := range []struct{ level, name, want int }{
			{sys.IPPROTO_TCP, sys.TCP_NODELAY, yes(!config.Delay)},
			{sys.SOL_SOCKET, sys.SO_KEEPALIVE, yes(config.KeepAlive.Enable)},
		} {
			if got, errno := sys.GetsockoptInt(fd, o.level, o.name); errno != 0 || yes(got != 0) != o.want {
				t.Errorf("%+v: option %d is %d (%v)", config, o.name, got, errno)
			}
		}
		const keepInterval = 5 // TCP_KEEPINTVL on Linux
		if !config.KeepAlive.Enable || runtime.GOOS != "linux" {
			continue
		}
		if got, _ := sys.GetsockoptInt(fd, sys.IPPROTO_TCP, keepInterval); got != 2 { // rounded up
			t.Errorf("an interval of %d s", got)
		}
	}
}

func yes(b bool) int {
	if b {
		return 1
	}
	return 0
}

// descriptor returns a connection's descriptor.
func descriptor(tb testing.TB, c *stream.Conn) (fd int) {
	tb.Helper()
	on(tb, c, func() { fd = stream.Descriptor(c) })
	return fd
}

// TestListenClosedGroup has no loops any more.
func TestListenClosedGroup(t *testing.T) {
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	must(t, err)
	s := newServer(t, stream.Config{Group: g})
	must(t, g.Close())
	if _, err := s.Listen("tcp", "127.0.0.1:0"); !errors.Is(err, reactor.ErrClosed) {
		t.Error(err)
	}
}
