package fdsock_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// refusing returns an address where nobody listens.
func (w *world) refusing(t *testing.T) fdsock.Addr {
	t.Helper()
	l, addr := w.listener(t)
	closeSocket(t, l)
	return addr
}

// connectEx calls ConnectEx n times, and waits while it is in progress.
func connectEx(t *testing.T, s *fdsock.Socket, addr fdsock.Addr, n int) (errnos []sys.Errno) {
	t.Helper()
	for range n {
		errno, err := s.ConnectEx(addr)
		want(t, err, nil)
		errnos = append(errnos, errno)
		if errno == sys.EINPROGRESS {
			awaitConnect(t, s)
		}
	}
	return errnos
}

// awaitConnect waits until the attempt of a nonblocking socket has ended.
func awaitConnect(t *testing.T, s *fdsock.Socket) {
	t.Helper()
	w := reactor.NewWaiter()
	defer w.Release()
	w.Watch(s, output)
	deadline := reactor.Now() + int64(patience)
	for s.Readiness(output) == 0 {
		if !w.Wait(deadline) {
			t.Fatal("the attempt has not ended")
		}
	}
}

func wantErrnos(t *testing.T, got []sys.Errno, wanted ...sys.Errno) {
	t.Helper()
	if !slices.Equal(got, wanted) {
		t.Errorf("ConnectEx gives %v, want %v", errnoNames(got), errnoNames(wanted))
	}
}

func errnoNames(errnos []sys.Errno) (names []string) {
	for _, e := range errnos {
		names = append(names, sys.ErrnoName(e))
	}
	return names
}

//inventory:row connect_ex
func TestConnect(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		for _, timeout := range []int64{-1, int64(patience)} {
			_, addr := w.listener(t)
			s := w.socket(t)
			s.SetTimeout(timeoutOf(timeout))
			want(t, s.Connect(addr), nil)
			want(t, s.Connect(addr), sys.EISCONN)
			wantErrnos(t, connectEx(t, s, addr, 2), sys.EISCONN, sys.EISCONN)
			s.SetTimeout(0)
			want(t, s.Connect(addr), sys.EISCONN)
		}
	})
}

//inventory:row connect nonblocking
//inventory:row connect_ex
func TestConnectNonblocking(t *testing.T) {
	tcpOnly(t, func(t *testing.T, w *world) {
		_, addr := w.listener(t)
		s := w.socket(t)
		s.SetTimeout(0)
		wantErrnos(t, connectEx(t, s, addr, 4), sys.EINPROGRESS, 0, sys.EISCONN, sys.EISCONN)

		s = w.socket(t)
		s.SetTimeout(0)
		err := s.Connect(addr)
		want(t, err, sys.EINPROGRESS)
		if !fdsock.BlockingIOError(err) {
			t.Errorf("%v is no BlockingIOError", err)
		}
		awaitConnect(t, s)
		if v, err := s.GetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_ERROR); v != 0 || err != nil {
			t.Error("SO_ERROR:", v, err)
		}
		_, err = s.GetPeerName()
		want(t, err, nil)
	})
}

// TestConnectRefused fails again and again, in every mode; CPython with a
// timeout fails with ECONNABORTED every other time, which the kernel makes of
// SO_ERROR.
//
//inventory:row connect refused
func TestConnectRefused(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		if runtime.GOOS != "linux" {
			t.Skip("elsewhere a socket that was refused is of no further use")
		}
		addr := w.refusing(t)
		refused := []sys.Errno{sys.ECONNREFUSED, sys.ECONNREFUSED, sys.ECONNREFUSED}
		for _, timeout := range []int64{-1, int64(patience)} {
			s := w.socket(t)
			s.SetTimeout(timeoutOf(timeout))
			err := s.Connect(addr)
			want(t, err, sys.ECONNREFUSED)
			if !fdsock.ConnectionRefusedError(err) {
				t.Errorf("%v is no ConnectionRefusedError", err)
			}
			wantErrnos(t, connectEx(t, s, addr, 3), refused...)
		}
		s := w.socket(t)
		s.SetTimeout(0)
		if w.tcp() {
			wantErrnos(t, connectEx(t, s, addr, 4), sys.EINPROGRESS, sys.ECONNREFUSED, sys.EINPROGRESS, sys.ECONNREFUSED)
			want(t, s.Connect(addr), sys.EINPROGRESS)
			awaitConnect(t, s)
			if v, err := s.GetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_ERROR); v != int(sys.ECONNREFUSED) || err != nil {
				t.Error("SO_ERROR:", v, err)
			}
		} else {
			wantErrnos(t, connectEx(t, s, addr, 3), refused...)
		}
	})
}

// TestConnectAfterRefusal connects a socket that was refused before.
//
//inventory:row connect refused
func TestConnectAfterRefusal(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		if runtime.GOOS != "linux" {
			t.Skip("elsewhere a socket that was refused is of no further use")
		}
		s := w.socket(t)
		want(t, s.Handle().Arm(), nil)
		want(t, s.Connect(w.refusing(t)), sys.ECONNREFUSED)
		l, addr := w.listener(t)
		want(t, s.Connect(addr), nil)
		c, _, err := l.Accept()
		want(t, err, nil)
		closeAtEnd(t, c)
		narrow(t, s, c)
		// The hang-up of the first attempt must not be taken for one of the
		// second: a sender would spin.
		sending := begin(func() (int, error) { return 0, s.SendAll(make([]byte, big)) })
		untilInWait(t, 1)
		recvFull(t, c, big)
		want(t, receive(t, sending, "the end of SendAll").err, nil)
	})
}

// TestConnectWatched has the loop watch the socket before it is connected,
// when the kernel calls it hung up.
func TestConnectWatched(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		for range 2 {
			l, addr := w.listener(t)
			s := w.socket(t)
			want(t, s.Handle().Arm(), nil)
			s.Handle().Loop().Harvest()
			want(t, s.Connect(addr), nil)
			c, _, err := l.Accept()
			want(t, err, nil)
			narrow(t, s, c)
			sending := begin(func() (int, error) { return 0, s.SendAll(make([]byte, big)) })
			untilInWait(t, 1)
			recvFull(t, c, big)
			want(t, receive(t, sending, "the end of SendAll").err, nil)
			closeSocket(t, c)
		}
	})
}

// TestConnectAlready meets an attempt that is under way.
//
//inventory:row connect nonblocking
//inventory:row connect timeout
func TestConnectAlready(t *testing.T) {
	tcpOnly(t, func(t *testing.T, w *world) {
		_, addr := w.fullBacklog(t)
		s := w.socket(t)
		s.SetTimeout(0)
		want(t, s.Connect(addr), sys.EINPROGRESS)
		want(t, s.Connect(addr), sys.EALREADY)
		errno, err := s.ConnectEx(addr)
		want(t, err, nil)
		wantErrnos(t, []sys.Errno{errno}, sys.EALREADY)
		s.SetTimeout(patience)
		want(t, s.Connect(addr), sys.EALREADY)
		s.SetTimeout(soon)
		s2 := w.socket(t)
		s2.SetTimeout(soon)
		errno, err = s2.ConnectEx(addr)
		want(t, err, nil)
		wantErrnos(t, []sys.Errno{errno}, sys.EAGAIN)
		// Without a timeout the second call waits for the first one's attempt.
		s.SetTimeout(fdsock.NoTimeout)
		waiting := begin(func() (int, error) { return 0, s.Connect(addr) })
		untilInWait(t, 1)
		closeSocket(t, s)
		wantClosed(t, receive(t, waiting, "the end of Connect").err)
	})
}

// TestUnixBacklog has a blocking connect wait for room in the backlog, which
// the kernel announces to nobody, and others fail at once.
//
//inventory:row connect AF_UNIX backlog full
func TestUnixBacklog(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		if w.tcp() {
			t.Skip("Unix sockets only")
		}
		l, addr := w.fullBacklog(t)
		for _, timeout := range []int64{0, int64(patience)} {
			s := w.socket(t)
			s.SetTimeout(timeoutOf(timeout))
			err := s.Connect(addr)
			want(t, err, sys.EAGAIN)
			if err.Error() != "connect "+addr.String()+": EAGAIN (BlockingIOError): resource temporarily unavailable" {
				t.Error(err)
			}
			wantErrnos(t, connectEx(t, s, addr, 1), sys.EAGAIN)
		}
		const n = 3
		var waiting []<-chan result
		for range n {
			s := w.socket(t)
			waiting = append(waiting, begin(func() (int, error) { return 0, s.Connect(addr) }))
		}
		untilInWait(t, n)
		for range n {
			c, _, err := l.Accept()
			want(t, err, nil)
			closeSocket(t, c)
		}
		for _, c := range waiting {
			want(t, receive(t, c, "the end of Connect").err, nil)
		}
		s := w.socket(t)
		last := begin(func() (int, error) { return 0, s.Connect(addr) })
		untilInWait(t, 1)
		closeSocket(t, l)
		want(t, receive(t, last, "the end of Connect").err, sys.ECONNREFUSED)
	})
}

//inventory:row connect_ex of an unknown host
func TestConnectToNowhere(t *testing.T) {
	onDefault(t)
	s, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	want(t, err, nil)
	closeAtEnd(t, s)
	for _, call := range []func(fdsock.Addr) error{
		s.Connect, s.Bind,
		func(a fdsock.Addr) error { _, err := s.ConnectEx(a); return err },
	} {
		wantGAI(t, call(fdsock.Inet("no-such-host.invalid", 1)))
	}
	want(t, s.Connect(fdsock.UnixAddr("x")), sys.EAFNOSUPPORT)
}
