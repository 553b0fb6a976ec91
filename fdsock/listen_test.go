package fdsock_test

import (
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// TestBindAtOnce has the second socket fail when it is bound, not later.
//
//inventory:row bind
func TestBindAtOnce(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		_, addr := w.listener(t)
		s := w.socket(t)
		err := s.Bind(addr)
		want(t, err, sys.EADDRINUSE)
		if text := "bind " + addr.String() + ": EADDRINUSE (OSError): address already in use"; err.Error() != text {
			t.Errorf("error is %q, want %q", err, text)
		}
		want(t, s.Bind(w.local(t)), nil)
	})
}

// TestAcceptedSocket inherits nothing from its listener.
//
//inventory:row setdefaulttimeout getdefaulttimeout
//inventory:row accept
func TestAcceptedSocket(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		defer fdsock.SetDefaultTimeout(fdsock.NoTimeout)
		for _, c := range []struct{ general, listener time.Duration }{
			{fdsock.NoTimeout, time.Hour},
			{fdsock.NoTimeout, 0},
			{time.Hour, fdsock.NoTimeout},
			{0, time.Minute},
		} {
			l, addr := w.listener(t)
			a := w.socket(t)
			want(t, a.Connect(addr), nil)
			fdsock.SetDefaultTimeout(c.general)
			l.SetTimeout(c.listener)
			var b *fdsock.Socket
			until(t, "the connection arrives", func() bool {
				var err error
				b, _, err = l.Accept()
				if err != nil && !fdsock.BlockingIOError(err) {
					t.Fatal(err)
				}
				return err == nil
			})
			if got := b.GetTimeout(); got != c.general {
				t.Errorf("listener %v, default %v: accepted socket has %v", c.listener, c.general, got)
			}
			if b.Family() != w.family || b.Type() != fdsock.SOCK_STREAM || b.Proto() != l.Proto() {
				t.Error(b.Family(), b.Type(), b.Proto())
			}
			if flags, err := unix.FcntlInt(uintptr(b.Fileno()), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
				t.Error("the descriptor is inherited by children:", flags, err)
			}
			fdsock.SetDefaultTimeout(fdsock.NoTimeout)
			closeSocket(t, b)
		}
	})
}

//inventory:row socketpair()
//inventory:row setdefaulttimeout getdefaulttimeout
func TestDefaultTimeout(t *testing.T) {
	onDefault(t)
	defer fdsock.SetDefaultTimeout(fdsock.NoTimeout)
	if d := fdsock.GetDefaultTimeout(); d != fdsock.NoTimeout {
		t.Error("the default is", d)
	}
	for _, d := range []time.Duration{0, time.Second, fdsock.NoTimeout} {
		fdsock.SetDefaultTimeout(d)
		if got := fdsock.GetDefaultTimeout(); got != d {
			t.Errorf("the default is %v, want %v", got, d)
		}
		s, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
		want(t, err, nil)
		a, b, err := fdsock.SocketPair()
		want(t, err, nil)
		for _, s := range []*fdsock.Socket{s, a, b} {
			if got := s.GetTimeout(); got != d {
				t.Errorf("a new socket has %v, want %v", got, d)
			}
			closeSocket(t, s)
		}
	}
	fdsock.SetDefaultTimeout(-time.Hour)
	if got := fdsock.GetDefaultTimeout(); got != fdsock.NoTimeout {
		t.Error("a negative default is", got)
	}
}

// TestListenDefaults counts the connections that a backlog takes.
//
//inventory:row listen
func TestListenDefaults(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		if w.tcp() {
			t.Skip("TCP drops the packet when the backlog is full, and tries again for long")
		}
		for _, c := range []struct{ backlog, room int }{{-5, 1}, {0, 1}, {3, 4}, {fdsock.DefaultBacklog, fdsock.DefaultBacklog + 1}} {
			l, addr := w.bound(t)
			if c.backlog == fdsock.DefaultBacklog {
				want(t, l.Listen(), nil)
			} else {
				want(t, l.Listen(c.backlog), nil)
			}
			room := 0
			for ; room < 1000; room++ {
				s := w.socket(t)
				s.SetTimeout(0)
				if err := s.Connect(addr); err != nil {
					want(t, err, sys.EAGAIN)
					break
				}
			}
			if room != c.room {
				t.Errorf("backlog %d takes %d connections, want %d", c.backlog, room, c.room)
			}
			closeSocket(t, l)
		}
	})
}

// TestNotListening are the calls that come too early.
//
//inventory:row accept without listen
func TestNotListening(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		s, _ := w.bound(t)
		_, _, err := s.Accept()
		want(t, err, sys.EINVAL)
		_, err = s.GetPeerName()
		want(t, err, sys.ENOTCONN)
		_, err = w.socket(t).Recv(1)
		checkText(t, err)
		if err == nil {
			t.Error("an unconnected socket receives")
		}
	})
}

// TestManyAccept has several goroutines share a listener.
//
//inventory:row accept
func TestManyAccept(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		const n = 4
		l, addr := w.listener(t)
		var waiting []<-chan result
		for range n {
			waiting = append(waiting, begin(func() (int, error) {
				s, _, err := l.Accept()
				if err == nil {
					closeSocket(t, s)
				}
				return 0, err
			}))
		}
		untilInWait(t, n)
		for range n {
			want(t, w.socket(t).Connect(addr), nil)
		}
		for _, c := range waiting {
			want(t, receive(t, c, "a connection").err, nil)
		}
	})
}

// TestOptions reads back what it sets.
//
//inventory:row getsockopt setsockopt int
func TestOptions(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, _ := w.pair(t)
		want(t, a.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_KEEPALIVE, 1), nil)
		if v, err := a.GetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_KEEPALIVE); v != 1 || err != nil {
			t.Error(v, err)
		}
		if v, err := a.GetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_TYPE); v != fdsock.SOCK_STREAM || err != nil {
			t.Error(v, err)
		}
		_, err := a.GetSockOpt(fdsock.SOL_SOCKET, 9999)
		want(t, err, unix.ENOPROTOOPT)
	})
}

// TestRecvOnListener receives from a listener on which accept has waited in
// vain: that nobody has come does not mean that recv would wait.
func TestRecvOnListener(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		l, _ := w.listener(t)
		l.SetTimeout(soon)
		_, _, err := l.Accept()
		wantTimeout(t, err)
		l.SetBlocking(true)
		errno := sys.ENOTCONN
		if !w.tcp() && runtime.GOOS == "linux" {
			errno = sys.EINVAL
		}
		_, err = l.Recv(5)
		want(t, err, errno)
	})
}
