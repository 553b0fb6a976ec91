package fdsock_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// stage makes what situations need, all on the default group.
type stage struct{ *testing.T }

func (t stage) socket(family, typ int) *fdsock.Socket {
	t.Helper()
	s, err := fdsock.New(family, typ, 0)
	want(t, err, nil)
	return closeAtEnd(t, s)
}

func (t stage) tcp() *fdsock.Socket { t.Helper(); return t.socket(fdsock.AF_INET, fdsock.SOCK_STREAM) }

func (t stage) udp() *fdsock.Socket { t.Helper(); return t.socket(fdsock.AF_INET, fdsock.SOCK_DGRAM) }

func (t stage) bound(s *fdsock.Socket) fdsock.Addr {
	t.Helper()
	want(t, s.Bind(fdsock.Inet("127.0.0.1", 0)), nil)
	addr, err := s.GetSockName()
	want(t, err, nil)
	return addr
}

func (t stage) listener() (*fdsock.Socket, fdsock.Addr) {
	t.Helper()
	l := t.tcp()
	addr := t.bound(l)
	want(t, l.Listen(), nil)
	return l, addr
}

func (t stage) pair() (client, server *fdsock.Socket, addr fdsock.Addr) {
	t.Helper()
	l, addr := t.listener()
	client = t.tcp()
	want(t, client.Connect(addr), nil)
	server, _, err := l.Accept()
	want(t, err, nil)
	return client, closeAtEnd(t, server), addr
}

// full is the address of a listener whose queue is full, so that connecting
// takes until somebody gives up.
func (t stage) full() fdsock.Addr {
	t.Helper()
	l := t.tcp()
	addr := t.bound(l)
	want(t, l.Listen(0), nil)
	for range 16 {
		s := t.tcp()
		s.SetTimeout(0)
		want(t, s.Connect(addr), sys.EINPROGRESS)
	}
	return addr
}

// situation is how a program gets into trouble, and what it is told.
type situation struct {
	name  string
	class string
	errno sys.Errno // 0 where Python's exception has none
	call  func(t stage) error
}

var connecting = []situation{
	{"nobody listens", "ConnectionRefusedError", sys.ECONNREFUSED, func(t stage) error { return t.tcp().Connect(t.bound(t.tcp())) }},
	{"the file of a Unix listener that has gone", "ConnectionRefusedError", sys.ECONNREFUSED, func(t stage) error {
		path := fdsock.UnixAddr(filepath.Join(t.TempDir(), "s"))
		want(t, t.socket(fdsock.AF_UNIX, fdsock.SOCK_STREAM).Bind(path), nil)
		return t.socket(fdsock.AF_UNIX, fdsock.SOCK_STREAM).Connect(path)
	}},
	{"no such Unix path", "FileNotFoundError", sys.ENOENT, func(t stage) error {
		return t.socket(fdsock.AF_UNIX, fdsock.SOCK_STREAM).Connect(fdsock.UnixAddr(filepath.Join(t.TempDir(), "none")))
	}},
	{"a Unix path through a file", "NotADirectoryError", sys.ENOTDIR, func(t stage) error {
		file := filepath.Join(t.TempDir(), "file")
		want(t, os.WriteFile(file, nil, 0o600), nil)
		return t.socket(fdsock.AF_UNIX, fdsock.SOCK_STREAM).Connect(fdsock.UnixAddr(file + "/s"))
	}},
	{"a Unix listener of another type", "OSError", unix.EPROTOTYPE, func(t stage) error {
		path := fdsock.UnixAddr(filepath.Join(t.TempDir(), "s"))
		want(t, t.socket(fdsock.AF_UNIX, fdsock.SOCK_DGRAM).Bind(path), nil)
		return t.socket(fdsock.AF_UNIX, fdsock.SOCK_STREAM).Connect(path)
	}},
	{"a Unix path that is too long", "OSError", sys.ENAMETOOLONG, func(t stage) error { // in Python without the number
		return t.socket(fdsock.AF_UNIX, fdsock.SOCK_STREAM).Connect(fdsock.UnixAddr(strings.Repeat("x", 200)))
	}},
	{"already connected", "OSError", sys.EISCONN, func(t stage) error {
		client, _, addr := t.pair()
		return client.Connect(addr)
	}},
	{"in progress", "BlockingIOError", sys.EINPROGRESS, func(t stage) error {
		s := t.tcp()
		s.SetTimeout(0)
		return s.Connect(t.full())
	}},
	{"still in progress", "BlockingIOError", sys.EALREADY, func(t stage) error {
		s, addr := t.tcp(), t.full()
		s.SetTimeout(0)
		want(t, s.Connect(addr), sys.EINPROGRESS)
		return s.Connect(addr)
	}},
	{"the socket's timeout", "TimeoutError", 0, func(t stage) error {
		s := t.tcp()
		s.SetTimeout(soon)
		return s.Connect(t.full())
	}},
	{"an address of another family", "OSError", sys.EAFNOSUPPORT, func(t stage) error { return t.tcp().Connect(fdsock.UnixAddr("x")) }},
	{"an unknown host", "gaierror", fdsock.EAI_NONAME & 0xff, func(t stage) error { return t.tcp().Connect(fdsock.Inet("nowhere.invalid", 1)) }},
	{"an address literal of another family", "gaierror", fdsock.EAI_ADDRFAMILY & 0xff, func(t stage) error { return t.tcp().Connect(fdsock.Inet("::1", 1)) }},
	{"an unknown service", "gaierror", fdsock.EAI_SERVICE & 0xff, func(t stage) error {
		_, err := fdsock.GetAddrInfo(t.Context(), "127.0.0.1", "no-such-service", fdsock.Hints{})
		return err
	}},
	{"a port that is none", "OverflowError", 0, func(t stage) error { return t.tcp().Connect(fdsock.Inet("127.0.0.1", 65536)) }},
	{"a host that cannot be encoded", "UnicodeError", 0, func(t stage) error { return t.tcp().Connect(fdsock.Inet("ü..x", 1)) }},
}

var binding = []situation{
	{"in use", "OSError", sys.EADDRINUSE, func(t stage) error { _, addr := t.listener(); return t.tcp().Bind(addr) }},
	{"a Unix path in use", "OSError", sys.EADDRINUSE, func(t stage) error {
		path := fdsock.UnixAddr(filepath.Join(t.TempDir(), "s"))
		want(t, t.socket(fdsock.AF_UNIX, fdsock.SOCK_STREAM).Bind(path), nil)
		return t.socket(fdsock.AF_UNIX, fdsock.SOCK_STREAM).Bind(path)
	}},
	{"not an address of this machine", "OSError", sys.EADDRNOTAVAIL, func(t stage) error { return t.tcp().Bind(fdsock.Inet("203.0.113.77", 0)) }},
	{"bound already", "OSError", sys.EINVAL, func(t stage) error {
		s := t.tcp()
		return s.Bind(t.bound(s))
	}},
	{"an unknown family", "OSError", sys.EAFNOSUPPORT, func(stage) error { _, err := fdsock.New(99, fdsock.SOCK_STREAM, 0); return err }},
	{"a protocol of another type", "OSError", unix.EPROTONOSUPPORT, func(stage) error {
		_, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, fdsock.IPPROTO_UDP)
		return err
	}},
	{"listening on a datagram socket", "OSError", unix.EOPNOTSUPP, func(t stage) error { s := t.udp(); t.bound(s); return s.Listen() }},
	{"accepting without listening", "OSError", sys.EINVAL, func(t stage) error { s := t.tcp(); t.bound(s); _, _, err := s.Accept(); return err }},
	{"accept of an aborted connection", "ConnectionAbortedError", sys.ECONNABORTED, func(t stage) error {
		// Linux hands out such a connection, and its reset with it: injected.
		l, addr := t.listener()
		want(t, t.tcp().Connect(addr), nil)
		defer sys.SetHook(func(c sys.Call) (f sys.Fault) {
			if c.Op == sys.OpAccept {
				f.Errno = sys.ECONNABORTED
			}
			return f
		})()
		_, _, err := l.Accept()
		return err
	}},
	{"an unknown option", "OSError", unix.ENOPROTOOPT, func(t stage) error { return t.tcp().SetSockOpt(fdsock.IPPROTO_TCP, 9999, 1) }},
	{"out of descriptors", "OSError", sys.EMFILE, func(t stage) error {
		var limit unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			t.Skip("no limit of descriptors: ", err)
		}
		t.tcp() // the loops are there
		none := limit
		none.Cur = 1
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
			t.Skip("the limit of descriptors stays: ", err)
		}
		_, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
		return err
	}},
}

var transferring = []situation{
	{"not connected, receiving", "OSError", sys.ENOTCONN, func(t stage) error { _, err := t.tcp().Recv(1); return err }},
	{"not connected, no peer", "OSError", sys.ENOTCONN, func(t stage) error { _, err := t.tcp().GetPeerName(); return err }},
	{"not connected, shutting down", "OSError", sys.ENOTCONN, func(t stage) error { return t.tcp().Shutdown(fdsock.SHUT_WR) }},
	{"not connected, sending", "BrokenPipeError", sys.EPIPE, func(t stage) error { _, err := t.tcp().Send([]byte("x")); return err }},
	{"a datagram without a destination", "OSError", unix.EDESTADDRREQ, func(t stage) error { _, err := t.udp().Send([]byte("x")); return err }},
	{"a message that is too long", "OSError", unix.EMSGSIZE, func(t stage) error {
		s := t.udp()
		_, err := s.SendTo(make([]byte, 70000), t.bound(t.udp()))
		return err
	}},
	{"broadcast without leave", "PermissionError", sys.EACCES, func(t stage) error {
		_, err := t.udp().SendTo([]byte("x"), fdsock.Inet("127.255.255.255", 9))
		return err
	}},
	{"a datagram that nobody takes", "ConnectionRefusedError", sys.ECONNREFUSED, func(t stage) error {
		gone := t.udp()
		addr := t.bound(gone)
		want(t, gone.Close(), nil)
		s := t.udp()
		want(t, s.Connect(addr), nil)
		send(t, s, "x")
		_, err := s.Recv(1)
		return err
	}},
	{"reset by the peer", "ConnectionResetError", sys.ECONNRESET, func(t stage) error {
		client, server, _ := t.pair()
		send(t, client, "unread")
		wantRecv(t, server, "unread", fdsock.MSG_PEEK) // it is there
		want(t, server.Close(), nil)
		_, err := client.Recv(1)
		return err
	}},
	{"sending after a shutdown", "BrokenPipeError", sys.EPIPE, func(t stage) error {
		client, _, _ := t.pair()
		want(t, client.Shutdown(fdsock.SHUT_WR), nil)
		_, err := client.Send([]byte("x"))
		return err
	}},
	{"sending to a peer that has gone", "BrokenPipeError", sys.EPIPE, func(t stage) error {
		a, b, err := fdsock.SocketPair()
		want(t, err, nil)
		closeAtEnd(t, a)
		want(t, b.Close(), nil)
		_, err = a.Send([]byte("x"))
		return err
	}},
	{"would block", "BlockingIOError", sys.EAGAIN, func(t stage) error {
		client, _, _ := t.pair()
		client.SetTimeout(0)
		_, err := client.Recv(1)
		return err
	}},
	{"the socket's timeout", "TimeoutError", 0, func(t stage) error {
		client, _, _ := t.pair()
		client.SetTimeout(soon)
		_, err := client.Recv(1)
		return err
	}},
	{"closed here", "OSError", sys.EBADF, func(t stage) error {
		client, _, _ := t.pair()
		want(t, client.Close(), nil)
		_, err := client.Recv(1)
		want(t, err, net.ErrClosed)
		return err
	}},
}

// TestSituations gets into each situation of the package's documentation.
//
//inventory:row exceptions of situations
//inventory:row socket(family, type, proto)
//inventory:row getsockname getpeername
//inventory:row shutdown
//inventory:row ICMP errors on connected UDP
func TestSituations(t *testing.T) {
	for group, list := range map[string][]situation{"connect": connecting, "bind": binding, "transfer": transferring} {
		for _, s := range list {
			t.Run(group+"/"+s.name, func(t *testing.T) {
				onDefault(t)
				wantSituation(t, s, s.call(stage{t}))
			})
		}
	}
}

func wantSituation(t *testing.T, s situation, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	got := failureOf(t, err)
	if got.unanswered() && s.class == got.Class {
		t.Skip("no name server answers: ", err)
	}
	if errors.Is(err, fdsock.ErrTimeout) {
		got.Class = "TimeoutError"
	}
	if got.Class != s.class || got.Code&0xff != int(s.errno) {
		t.Errorf("error is %v, want %s %d", got, s.class, s.errno)
	}
}
