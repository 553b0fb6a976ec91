package sys_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
)

// bound binds a new datagram socket and returns what the kernel says its
// address is.
func bound(t *testing.T, sa sys.Sockaddr) (int, sys.Sockaddr, sys.Errno) {
	t.Helper()
	fd, errno := sys.Socket(sa.Family, sys.SOCK_DGRAM, 0)
	if errno == sys.EAFNOSUPPORT {
		t.Skipf("family %d is not supported here", sa.Family)
	}
	if errno != 0 {
		t.Fatal(errno)
	}
	t.Cleanup(func() { sys.Close(fd) })
	if errno := sys.Bind(fd, &sa); errno != 0 {
		return fd, sys.Sockaddr{}, errno
	}
	got, errno := sys.Getsockname(fd)
	return fd, got, errno
}

func TestSockaddrInet(t *testing.T) {
	for _, text := range []string{"127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0", "[::ffff:127.0.0.1]:0"} {
		t.Run(text, func(t *testing.T) {
			want := sys.Inet(netip.MustParseAddrPort(text))
			fd, got, errno := bound(t, want)
			if errno == sys.EADDRNOTAVAIL {
				t.Skip("no such address here")
			}
			if errno != 0 || got.Port == 0 {
				t.Fatalf("%+v, %v", got, errno)
			}
			want.Port = got.Port
			if got != want {
				t.Errorf("bound to %+v, want %+v", got, want)
			}
			if _, errno := sys.Getpeername(fd); errno != sys.ENOTCONN {
				t.Errorf("Getpeername of an unconnected socket: %v", errno)
			}
		})
	}
}

// TestSockaddrPort has a port with different bytes, in both roles.
func TestSockaddrPort(t *testing.T) {
	f := newFixture(t)
	if errno := sys.Connect(f.datagram, &f.addr); errno != 0 {
		t.Fatal(errno)
	}
	peer, errno := sys.Getpeername(f.datagram)
	if errno != 0 || peer != f.addr {
		t.Errorf("connected to %+v, %v, want %+v", peer, errno, f.addr)
	}
	fd, from, errno := sys.Accept(f.listener)
	f.made(errno, fd)
	if name, _ := sys.Getpeername(fd); from != name || from.Family != sys.AF_INET || from.Port == 0 {
		t.Errorf("accepted from %+v, whose name is %+v", from, name)
	}
}

// TestSockaddrScope connects a socket within a link's scope and with a flow
// label, as far as the machine has one.
func TestSockaddrScope(t *testing.T) {
	want := sys.Inet(netip.MustParseAddrPort("[ff02::1]:4660"))
	want.Scope, want.Flow = 1, 0
	fd, errno := sys.Socket(sys.AF_INET6, sys.SOCK_DGRAM, 0)
	if errno != 0 {
		t.Skipf("no IPv6 here: %v", errno)
	}
	defer sys.Close(fd)
	if errno := sys.Connect(fd, &want); errno != 0 {
		t.Skipf("cannot reach the first interface's link: %v", errno)
	}
	if got, errno := sys.Getpeername(fd); errno != 0 || got != want {
		t.Errorf("connected to %+v, %v, want %+v", got, errno, want)
	}
}

func TestSockaddrUnix(t *testing.T) {
	dir := shortDir(t)
	const room = len(unix.RawSockaddrUnix{}.Path)
	path := func(n int) string { return filepath.Join(dir, strings.Repeat("p", n-len(dir)-1)) }
	abstract := func(n int) string { return "\x00" + strings.Repeat("a", n-1) }
	cases := []struct {
		what, path string
		errno      sys.Errno
		linux      bool
	}{
		{"a path", path(len(dir) + 5), 0, false},
		{"the longest path", path(room - 1), 0, false},
		{"a path too long", path(room), sys.ENAMETOOLONG, false},
		{"a path much too long", path(room + 100), sys.ENAMETOOLONG, false},
		{"an abstract name", fmt.Sprintf("\x00pollux %d", os.Getpid()), 0, true},
		{"an abstract name with zeros", fmt.Sprintf("\x00a\x00b%d\x00", os.Getpid()), 0, true},
		{"the longest abstract name", abstract(room), 0, true},
		{"an abstract name too long", abstract(room + 1), sys.ENAMETOOLONG, true},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			if c.linux && runtime.GOOS != "linux" {
				t.Skip("abstract names are Linux's own")
			}
			_, got, errno := bound(t, sys.Sockaddr{Family: sys.AF_UNIX, Path: c.path})
			if errno != c.errno {
				t.Fatalf("error is %v, want %v", errno, c.errno)
			}
			if errno == 0 && (got != sys.Sockaddr{Family: sys.AF_UNIX, Path: c.path}) {
				t.Errorf("bound to %+v, want %q", got, c.path)
			}
		})
	}
}

// shortDir returns a temporary directory whose name leaves room for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "px") //nolint:usetesting // t.TempDir may be longer than a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestSockaddrUnnamed(t *testing.T) {
	f := newFixture(t)
	want := sys.Sockaddr{Family: sys.AF_UNIX}
	if got, errno := sys.Getsockname(f.a); errno != 0 || got != want {
		t.Errorf("name is %+v, %v", got, errno)
	}
	if got, errno := sys.Getpeername(f.a); errno != 0 || got != want {
		t.Errorf("the peer's name is %+v, %v", got, errno)
	}
	if runtime.GOOS == "linux" { // an empty path asks for an abstract name
		_, got, errno := bound(t, want)
		if errno != 0 || len(got.Path) != 6 || got.Path[0] != 0 {
			t.Errorf("bound to %+v, %v", got, errno)
		}
	}
}

// TestSockaddrWrong gives addresses that no family can have.
func TestSockaddrWrong(t *testing.T) {
	f := newFixture(t)
	for _, sa := range []sys.Sockaddr{
		{},
		{Family: 99},
		{Family: 99, Path: string(make([]byte, 14))},
		{Family: sys.AF_INET},
		{Family: sys.AF_INET6},
		{Family: sys.AF_INET, Addr: netip.MustParseAddr("::1")},
	} {
		if errno := sys.Bind(f.fresh, &sa); errno != sys.EAFNOSUPPORT {
			t.Errorf("Bind to %+v: %v", sa, errno)
		}
		if errno := sys.Connect(f.fresh, &sa); errno != sys.EAFNOSUPPORT {
			t.Errorf("Connect to %+v: %v", sa, errno)
		}
	}
}

func TestTransfers(t *testing.T) {
	fds, errno := sys.Socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	a, b := fds[0], fds[1]
	defer sys.Close(b)
	var buf [8]byte
	for _, c := range []struct {
		what  string
		call  func() (int, sys.Errno)
		n     int
		errno sys.Errno
	}{
		{"recv of nothing", func() (int, sys.Errno) { return sys.Recv(b, buf[:], 0) }, 0, sys.EAGAIN},
		{"read of nothing", func() (int, sys.Errno) { return sys.Read(b, buf[:]) }, 0, sys.EAGAIN},
		{"send", func() (int, sys.Errno) { return sys.Send(a, []byte("abc"), 0) }, 3, 0},
		{"write", func() (int, sys.Errno) { return sys.Write(a, []byte("def")) }, 3, 0},
		{"empty send", func() (int, sys.Errno) { return sys.Send(a, nil, 0) }, 0, 0},
		{"empty recv", func() (int, sys.Errno) { return sys.Recv(b, nil, 0) }, 0, 0},
		{"peek", func() (int, sys.Errno) { return sys.Recv(b, buf[:2], sys.MSG_PEEK) }, 2, 0},
		{"recv", func() (int, sys.Errno) { return sys.Recv(b, buf[:4], 0) }, 4, 0},
		{"read", func() (int, sys.Errno) { return sys.Read(b, buf[4:]) }, 2, 0},
		{"close", func() (int, sys.Errno) { return 0, sys.Close(a) }, 0, 0},
		{"recv at the end", func() (int, sys.Errno) { return sys.Recv(b, buf[:], 0) }, 0, 0},
		{"read at the end", func() (int, sys.Errno) { return sys.Read(b, buf[:]) }, 0, 0},
		{"send to nobody", func() (int, sys.Errno) { return sys.Send(b, buf[:], 0) }, 0, sys.EPIPE},
	} {
		if n, errno := c.call(); n != c.n || errno != c.errno {
			t.Errorf("%s: %d, %v, want %d, %v", c.what, n, errno, c.n, c.errno)
		}
	}
	if got := string(buf[:6]); got != "abcdef" {
		t.Errorf("received %q", got)
	}
}

func TestOptions(t *testing.T) {
	f := newFixture(t)
	f.check(sys.SetsockoptInt(f.fresh, sys.IPPROTO_TCP, sys.TCP_NODELAY, 1))
	if v, errno := sys.GetsockoptInt(f.fresh, sys.IPPROTO_TCP, sys.TCP_NODELAY); errno != 0 || v == 0 {
		t.Errorf("TCP_NODELAY is %d, %v", v, errno)
	}
	if v, errno := sys.GetsockoptInt(f.a, sys.SOL_SOCKET, sys.SO_TYPE); errno != 0 || v != sys.SOCK_STREAM {
		t.Errorf("SO_TYPE is %d, %v", v, errno)
	}
	if errno := sys.SocketError(-1); errno != sys.EBADF {
		t.Errorf("SO_ERROR of nothing: %v", errno)
	}
	for _, nonblocking := range []bool{false, true} {
		f.check(sys.SetNonblock(f.fresh, nonblocking))
		flags, err := unix.FcntlInt(uintptr(f.fresh), unix.F_GETFL, 0)
		if err != nil || flags&unix.O_NONBLOCK != 0 != nonblocking {
			t.Errorf("flags are %#x, %v, want nonblocking %v", flags, err, nonblocking)
		}
	}
}

func TestPollNow(t *testing.T) {
	f := newFixture(t)
	fds := []sys.PollFD{
		{Fd: int32(f.full), Events: sys.PollIn | sys.PollOut},
		{Fd: int32(f.a), Events: sys.PollIn},
		{Fd: -1, Events: sys.PollIn},
		{Fd: 1 << 20, Events: sys.PollIn},
	}
	n, errno := sys.PollNow(fds)
	if n != 2 || errno != 0 || fds[0].Revents != sys.PollIn|sys.PollOut || fds[1].Revents != 0 ||
		fds[2].Revents != 0 || fds[3].Revents != sys.PollNval {
		t.Errorf("%d, %v, %+v", n, errno, fds)
	}
	if n, errno := sys.PollNow(nil); n != 0 || errno != 0 {
		t.Errorf("of nothing: %d, %v", n, errno)
	}
}

func TestErrnoName(t *testing.T) {
	if got := sys.ErrnoName(sys.ECONNRESET); got != "ECONNRESET" {
		t.Errorf("the name is %q", got)
	}
	if got := sys.ErrnoName(12345); got != "" {
		t.Errorf("an unknown number has the name %q", got)
	}
}

// backlog returns a listener with n connections to accept.
func (f *fixture) backlog(n int) int {
	f.t.Helper()
	l := f.socket(sys.SOCK_STREAM)
	f.check(sys.Bind(l, &f.any))
	f.check(sys.Listen(l, 2*n))
	addr, errno := sys.Getsockname(l)
	f.check(errno)
	fds := make([]sys.PollFD, n)
	for i := range fds {
		fd := f.socket(sys.SOCK_STREAM)
		if errno := sys.Connect(fd, &addr); errno != sys.EINPROGRESS {
			f.check(errno)
		}
		fds[i] = sys.PollFD{Fd: int32(fd), Events: sys.PollOut}
	}
	for up := 0; up < n; runtime.Gosched() {
		up, errno = sys.PollNow(fds)
		f.check(errno)
	}
	return l
}

// TestTransfersAllocateNothing covers the calls on the paths of data.
func TestTransfersAllocateNothing(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the calls of package unix allocate addresses")
	}
	f := newFixture(t)
	udp, addr, errno := bound(t, sys.Inet(localhost))
	f.check(errno)
	const runs = 100
	many := f.backlog(runs + 1)
	var buf [64]byte
	fds := []sys.PollFD{{Fd: int32(f.a), Events: sys.PollOut}}
	for what, call := range map[string]func(){
		"send and recv":  func() { sys.Send(f.a, buf[:10], 0); sys.Recv(f.full, buf[:10], 0) },
		"write and read": func() { sys.Write(f.a, buf[:10]); sys.Read(f.full, buf[:10]) },
		"poll":           func() { _, _ = sys.PollNow(fds) },
		"getsockname":    func() { _, _ = sys.Getsockname(udp) },
		"connect":        func() { sys.Connect(f.datagram, &addr) },
		"accept": func() {
			fd, _, errno := sys.Accept(many)
			if errno != 0 {
				t.Fatal(errno)
			}
			sys.Close(fd)
		},
	} {
		if n := testing.AllocsPerRun(runs, call); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
}
