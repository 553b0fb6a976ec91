package dispatch_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect/dispatch"
)

// bare is a dispatcher with all the defaults.
type bare struct{ dispatch.Dispatcher }

func newBare(m *dispatch.Map) *bare {
	b := &bare{}
	b.Init(b, m)
	return b
}

// TestBasic is a dispatcher as it is made.
//
//inventory:row test_asyncore.DispatcherTests.test_basic
//inventory:row test_asyncore.DispatcherTests.test_repr
func TestBasic(t *testing.T) {
	d := newBare(newMap(t))
	if !d.Readable() || !d.Writable() || d.Accepting() || d.Connected() || d.Connecting() || d.Addr() != nil || d.Fileno() != -1 {
		t.Error("not as new")
	}
	if got, want := d.String(), fmt.Sprintf("<*dispatch_test.bare at %p>", d); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	must(t, d.Close())
	for what, err := range map[string]error{
		"Listen": d.Listen(1), "Bind": d.Bind(fdsock.Inet("", 0)), "Connect": d.Connect(fdsock.Inet("", 0)), "HandleAccept": d.HandleAccept(),
		"Recv":            func() error { _, err := d.Recv(1); return err }(),
		"Send":            func() error { _, err := d.Send(nil); return err }(),
		"HandleExptEvent": d.HandleExptEvent(),
	} {
		if err == nil || !strings.Contains(err.Error(), "no socket") {
			t.Errorf("%s without a socket: %v", what, err)
		}
	}
	d.SetReuseAddr()
}

// TestLog prints as Python does; kinds that are ignored are not printed.
//
//inventory:row test_asyncore.DispatcherTests.test_log
//inventory:row test_asyncore.DispatcherTests.test_log_info
//inventory:row test_asyncore.DispatcherTests.test_unhandled
func TestLog(t *testing.T) {
	d := newBare(newMap(t))
	var log, info bytes.Buffer
	d.SetOutput(&log, &info)
	d.Log("Lovely spam!")
	d.Log("I don't like spam!")
	if log.String() != "log: Lovely spam!\nlog: I don't like spam!\n" {
		t.Errorf("%q", log.String())
	}
	d.LogInfo("one", "EGGS")
	d.LogInfo("two", "info")
	must(t, d.HandleRead()) // a warning, which is ignored
	d.IgnoreLogTypes()
	must(t, d.HandleExpt())
	must(t, d.HandleRead())
	must(t, d.HandleWrite())
	must(t, d.HandleConnect())
	must(t, d.HandleClose())
	want := "EGGS: one\ninfo: two\nwarning: unhandled incoming priority event\nwarning: unhandled read event\n" +
		"warning: unhandled write event\nwarning: unhandled connect event\nwarning: unhandled close event\n"
	if info.String() != want {
		t.Errorf("%q", info.String())
	}
}

// TestHandleErrorText names the channel and the error, and closes the channel.
//
//inventory:row test_asyncore.HelperFunctionTests.test_compact_traceback
//inventory:row test_asyncore.DispatcherTests.test_strerror
func TestHandleErrorText(t *testing.T) {
	m := newMap(t)
	d := newBare(m)
	var info bytes.Buffer
	d.SetOutput(nil, &info)
	must(t, d.CreateSocket(fdsock.AF_INET, fdsock.SOCK_STREAM))
	must(t, d.HandleError(&fdsock.Error{Op: "recv", Errno: unix.EPERM}))
	for _, want := range []string{"error: uncaptured error, closing channel " + d.String(), "*fdsock.Error:", "EPERM", unix.EPERM.Error()} {
		if !strings.Contains(info.String(), want) {
			t.Errorf("%q lacks %q", info.String(), want)
		}
	}
	if m.Len() != 0 || d.Fileno() != -1 {
		t.Error("the channel is not closed")
	}
	if text := (&fdsock.Error{Op: "recv", Errno: 9999}).Error(); !strings.Contains(text, "9999") {
		t.Error(text)
	}
}

// TestAttachBroken takes a socket that is neither connected nor unconnected off
// the map.
func TestAttachBroken(t *testing.T) {
	m := newMap(t)
	s, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	must(t, err)
	defer s.Close()
	for errno, left := range map[sys.Errno]int{sys.ENOTCONN: 1, sys.EINVAL: 1, sys.ENOBUFS: 0} {
		d := newBare(m)
		restore := sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == sys.OpGetpeername {
				return sys.Fault{Errno: errno}
			}
			return sys.Fault{}
		})
		err := d.Attach(s)
		restore()
		if (err == nil) != (left == 1) || err != nil && !errors.Is(err, errno) || m.Len() != left || d.Connected() {
			t.Errorf("%v: %v, %d channels", errno, err, m.Len())
		}
		d.DelChannel()
	}
}

// TestCallErrors have each call meet the error numbers that it knows.
func TestCallErrors(t *testing.T) {
	m := newMap(t)
	a, b, err := fdsock.SocketPair()
	must(t, err)
	defer b.Close()
	d := newStrict(t, m)
	closed := 0
	d.closed = func() error { closed++; return nil }
	must(t, d.Attach(a))
	fail := func(errno sys.Errno, call func()) {
		defer sys.SetHook(func(c sys.Call) sys.Fault { return sys.Fault{Errno: errno} })()
		call()
	}
	for _, errno := range []sys.Errno{sys.ECONNRESET, sys.ENOTCONN, sys.ESHUTDOWN, sys.ECONNABORTED, sys.EPIPE, sys.EBADF} {
		fail(errno, func() {
			closed = 0
			n, err := d.Send([]byte("x"))
			p, err2 := d.Recv(1)
			if n != 0 || err != nil || len(p) != 0 || err2 != nil || closed != 2 {
				t.Errorf("%v: %d, %v; %q, %v; closed %d", errno, n, err, p, err2, closed)
			}
		})
	}
	closed = 0
	fail(sys.EAGAIN, func() {
		if n, err := d.Send([]byte("x")); n != 0 || err != nil {
			t.Error(n, err)
		}
		if p, err := d.Recv(1); p != nil || err != nil {
			t.Error(p, err)
		}
		if s, _, err := d.Accept(); s != nil || err != nil {
			t.Error(s, err)
		}
	})
	fail(sys.ECONNABORTED, func() {
		if s, _, err := d.Accept(); s != nil || err != nil {
			t.Error(s, err)
		}
	})
	fail(sys.ENOBUFS, func() {
		_, err1 := d.Send([]byte("x"))
		_, err2 := d.Recv(1)
		_, _, err3 := d.Accept()
		for _, err := range []error{err1, err2, err3} {
			if !errors.Is(err, unix.ENOBUFS) {
				t.Error(err)
			}
		}
	})
	if closed != 0 {
		t.Error("closed")
	}
}

// TestConnectErrno has connect meet the numbers that mean that it is made, will
// be, or has failed.
func TestConnectErrno(t *testing.T) {
	for errno, want := range map[sys.Errno]string{
		sys.EINPROGRESS: "connecting", sys.EALREADY: "connecting", sys.EAGAIN: "connecting",
		sys.EISCONN: "connected", sys.ECONNREFUSED: "failed",
	} {
		d := newStrict(t, newMap(t))
		d.connect = func() error { return nil }
		must(t, d.CreateSocket(fdsock.AF_INET, fdsock.SOCK_STREAM))
		restore := sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == sys.OpConnect {
				return sys.Fault{Errno: errno}
			}
			return sys.Fault{}
		})
		err := d.Connect(fdsock.Inet("127.0.0.1", 1))
		restore()
		got := "neither"
		switch {
		case err != nil && errors.Is(err, errno):
			got = "failed"
		case err == nil && d.Connected() && !d.Connecting():
			got = "connected"
		case err == nil && !d.Connected() && d.Connecting():
			got = "connecting"
		}
		if got != want || (err == nil) != (d.Addr() != nil) {
			t.Errorf("%v: %s, %v, %v", errno, got, err, d.Addr())
		}
	}
}

// TestCreateSocket is nonblocking and not inherited.
//
//inventory:row test_asyncore.BaseTestAPI.test_create_socket
func TestCreateSocket(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		d := newBare(w.m)
		must(t, d.CreateSocket(w.family, fdsock.SOCK_STREAM))
		s := d.Socket()
		inherited, err := s.GetInheritable()
		if s.Family() != w.family || s.Type() != fdsock.SOCK_STREAM || s.GetTimeout() != 0 || inherited || err != nil {
			t.Error(s.Family(), s.Type(), s.GetTimeout(), inherited, err)
		}
		if w.m.Get(d.Fileno()) != dispatch.Channel(d) {
			t.Error("it is not in the map")
		}
	})
	d := newBare(newMap(t))
	if err := d.CreateSocket(-5, fdsock.SOCK_STREAM); err == nil {
		t.Error("a family that is none")
	}
}

// TestBind refuses an address that is in use.
//
//inventory:row test_asyncore.BaseTestAPI.test_bind
func TestBind(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		s, addr := w.serve(t, nil)
		if !strings.Contains(s.String(), " listening ") || s.Addr() == nil {
			t.Error(s)
		}
		two := newBare(w.m)
		must(t, two.CreateSocket(w.family, fdsock.SOCK_STREAM))
		if err := two.Bind(addr); !errors.Is(err, unix.EADDRINUSE) {
			t.Error(err)
		}
	})
}

// TestSetReuseAddr sets the option; that it cannot be set is no error.
//
//inventory:row test_asyncore.BaseTestAPI.test_set_reuse_addr
func TestSetReuseAddr(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		plain, err := fdsock.New(w.family, fdsock.SOCK_STREAM, 0)
		must(t, err)
		d := newBare(w.m)
		must(t, d.Attach(plain))
		before, err := d.Socket().GetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_REUSEADDR)
		must(t, err)
		must(t, d.Socket().Close())
		must(t, d.CreateSocket(w.family, fdsock.SOCK_STREAM))
		d.SetReuseAddr()
		after, err := d.Socket().GetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_REUSEADDR)
		must(t, err)
		if before != 0 || after == 0 && w.family != fdsock.AF_UNIX || w.m.Len() != 1 {
			t.Error(before, after, w.m.Len())
		}
		defer sys.SetHook(func(sys.Call) sys.Fault { return sys.Fault{Errno: sys.ENOMEM} })()
		d.SetReuseAddr()
	})
}
