package aio_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/aio"
)

//inventory:row loop.sock_recv
//inventory:row loop.sock_recv_into
func TestSockRecv(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		a, b := pair(t)
		_, err := b.Send([]byte("spam"))
		must(t, err)
		if f := l.SockRecv(a, 10); !f.Done() || string(complete(t, l, f)) != "spam" {
			t.Error("it was there at once")
		}
		for range 3 {
			one := l.SockRecv(a, 2)
			if _, err := l.SockRecv(a, 10).Result(); !errors.Is(err, aio.ErrBusy) || one.Done() {
				t.Fatal(err)
			}
			soon(t, l, func() { _, _ = b.Send([]byte("eggs")) })
			if p := complete(t, l, one); string(p) != "eg" {
				t.Fatalf("%q", p)
			}
			var p [10]byte
			if n := complete(t, l, l.SockRecvInto(a, p[:])); string(p[:n]) != "gs" {
				t.Fatalf("%q", p)
			}
		}
		end := l.SockRecv(a, 1)
		soon(t, l, func() { must(t, b.Shutdown(fdsock.SHUT_WR)) })
		if p := complete(t, l, end); len(p) != 0 {
			t.Errorf("%q", p)
		}
	})
}

//inventory:row loop.sock_sendall
func TestSockSendAll(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		a, b := pair(t)
		data := bytes.Repeat([]byte("spam and eggs "), 200000)
		sending := l.SockSendAll(a, data)
		if sending.Done() {
			t.Fatal("the kernel took everything")
		}
		if _, err := l.SockSendAll(a, data).Result(); !errors.Is(err, aio.ErrBusy) {
			t.Error(err)
		}
		var got []byte
		for len(got) < len(data) {
			got = append(got, complete(t, l, l.SockRecv(b, 1<<16))...)
		}
		if n := complete(t, l, sending); n != len(data) || !bytes.Equal(got, data) {
			t.Error(n, len(got))
		}
		if n := complete(t, l, l.SockSendAll(a, nil)); n != 0 {
			t.Error(n)
		}
		must(t, b.Close())
		if _, err := limited(t, l, l.SockSendAll(a, data)); !errors.Is(err, unix.EPIPE) {
			t.Error(err)
		}
	})
}

//inventory:row loop.sock_recvfrom
//inventory:row loop.sock_sendto
func TestSockDatagrams(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		a, b := newSocket(t, fdsock.SOCK_DGRAM), newSocket(t, fdsock.SOCK_DGRAM)
		must(t, a.Bind(fdsock.Inet("127.0.0.1", 0)))
		must(t, b.Bind(fdsock.Inet("127.0.0.1", 0)))
		addr, err := a.GetSockName()
		must(t, err)
		waiting := l.SockRecvFrom(a, 100)
		restore := faulty(sys.OpSend, sys.EAGAIN)
		sending := l.SockSendTo(b, []byte("spam"), addr)
		restore()
		if waiting.Done() || sending.Done() {
			t.Fatal("done at once")
		}
		if n := complete(t, l, sending); n != 4 {
			t.Error(n)
		}
		from, err := b.GetSockName()
		must(t, err)
		if got := complete(t, l, waiting); string(got.Data) != "spam" || got.Addr.String() != from.String() {
			t.Errorf("%q from %v", got.Data, got.Addr)
		}
	})
}

//inventory:row loop.sock_connect
//inventory:row loop.sock_accept
func TestSockConnect(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		s, addr := listen(t)
		in, _ := addr.(fdsock.InetAddr)
		for _, to := range []fdsock.Addr{addr, fdsock.Inet("localhost", in.Port)} {
			accepting := l.SockAccept(s)
			c := newSocket(t, fdsock.SOCK_STREAM)
			complete(t, l, l.SockConnect(c, to))
			got := complete(t, l, accepting)
			name, err := c.GetSockName()
			must(t, err)
			if got.Conn.GetTimeout() != 0 || got.Addr.String() != name.String() {
				t.Error(got.Conn.GetTimeout(), got.Addr)
			}
			must(t, got.Conn.Close())
		}
		must(t, s.Close())
		c := newSocket(t, fdsock.SOCK_STREAM)
		_, err := limited(t, l, l.SockConnect(c, addr))
		var e *fdsock.Error
		if !errors.Is(err, unix.ECONNREFUSED) || !errors.As(err, &e) || e.Addr != addr {
			t.Error(err)
		}
		_, err = limited(t, l, l.SockConnect(c, fdsock.Inet("no such host", 1)))
		var gai *fdsock.GAIError
		if !errors.As(err, &gai) {
			t.Error(err)
		}
	})
}

// TestConnectUnixBacklog fails at once when the backlog is full, where Python
// takes the socket for connected.
func TestConnectUnixBacklog(t *testing.T) {
	l := newLoop(t, aio.Config{})
	s, err := fdsock.New(fdsock.AF_UNIX, fdsock.SOCK_STREAM, 0)
	must(t, err)
	defer s.Close()
	s.SetBlocking(false)
	defer faulty(sys.OpConnect, sys.EAGAIN)()
	if _, err := limited(t, l, l.SockConnect(s, fdsock.UnixAddr("/x"))); !errors.Is(err, unix.EAGAIN) {
		t.Error(err)
	}
}

// TestLookUpEnds with the future and with the loop.
func TestLookUpEnds(t *testing.T) {
	checkLeaks(t)
	l, err := aio.New(aio.Config{})
	must(t, err)
	f := l.SockConnect(newSocket(t, fdsock.SOCK_STREAM), fdsock.Inet("localhost", 1))
	if !f.Cancel() {
		t.Error("not cancelled")
	}
	f = l.SockConnect(newSocket(t, fdsock.SOCK_STREAM), fdsock.Inet("localhost", 1))
	must(t, l.Close())
	if _, err := f.Result(); !errors.Is(err, aio.ErrClosed) && !errors.Is(err, aio.ErrInvalidState) {
		t.Error(err)
	}
	if _, err := l.SockConnect(newSocket(t, fdsock.SOCK_STREAM), fdsock.Inet("localhost", 1)).Result(); !errors.Is(err, aio.ErrClosed) {
		t.Error(err)
	}
}

// TestNonblockingRequired of every call.
//
//inventory:row loop.sock_* nonblocking
func TestNonblockingRequired(t *testing.T) {
	l := newLoop(t, aio.Config{})
	a, _ := pair(t)
	a.SetBlocking(true)
	file, err := os.Open(os.DevNull)
	must(t, err)
	defer file.Close()
	_, err1 := l.SockRecv(a, 1).Result()
	_, err2 := l.SockRecvInto(a, nil).Result()
	_, err3 := l.SockRecvFrom(a, 1).Result()
	_, err4 := l.SockSendAll(a, nil).Result()
	_, err5 := l.SockSendTo(a, nil, nil).Result()
	_, err6 := l.SockAccept(a).Result()
	_, err7 := l.SockConnect(a, fdsock.Inet("localhost", 1)).Result()
	_, err8 := l.SockSendFile(a, file, 0, -1).Result()
	for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8} {
		var value *pyselect.ValueError
		if !errors.As(err, &value) || err.Error() != "the socket must be non-blocking" {
			t.Error(i, err)
		}
	}
}

// TestCancel ends a call on a socket, whose readiness is the next one's then.
//
//inventory:row Future.cancel
func TestCancel(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		a, b := pair(t)
		f := l.SockRecv(a, 10)
		if !f.Cancel() || f.Cancel() || !f.Cancelled() || !f.Done() {
			t.Error("not cancelled")
		}
		if _, err := f.Result(); !errors.Is(err, aio.ErrCancelled) {
			t.Error(err)
		}
		removed := l.SockRecv(a, 10)
		if !l.RemoveReader(a) || !removed.Cancelled() {
			t.Error("who takes a reader out cancels it")
		}
		replaced := l.SockRecv(a, 10)
		must(t, l.AddReader(a, func() error { return nil }))
		if !replaced.Cancelled() || !l.RemoveReader(a) {
			t.Error("who replaces a reader cancels it")
		}
		_, err := b.Send([]byte("x"))
		must(t, err)
		if p := complete(t, l, l.SockRecv(a, 10)); string(p) != "x" {
			t.Errorf("%q", p)
		}
		if f = l.SockRecv(b, 0); f.Cancel() {
			t.Error("cancelled what has a result")
		}
	})
}

// TestWait has another goroutine wait for what the loop receives.
//
//inventory:row await future
func TestWait(t *testing.T) {
	loops(t, func(t *testing.T, l *aio.Loop) {
		a, b := pair(t)
		wait := run(l)
		for range 50 {
			f := l.SockRecv(a, 10)
			_, err := b.Send([]byte("x"))
			must(t, err)
			if p, err := f.Wait(within(t)); err != nil || string(p) != "x" {
				t.Fatalf("%q, %v", p, err)
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		f := l.SockRecv(a, 10)
		if _, err := f.Wait(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		f.Cancel()
		l.Stop()
		must(t, wait())
	})
}

// TestSockSendFile sends a file, and parts of it.
//
//inventory:row loop.sock_sendfile
func TestSockSendFile(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789"), 50000)
	path := filepath.Join(t.TempDir(), "f")
	must(t, os.WriteFile(path, text, 0o600))
	file, err := os.Open(path)
	must(t, err)
	defer file.Close()
	size := int64(len(text))
	loops(t, func(t *testing.T, l *aio.Loop) {
		for _, c := range []struct{ offset, count, want int64 }{
			{0, -1, size}, {7, -1, size - 7}, {5, 100000, 100000}, {size - 3, 10, 3}, {size, -1, 0}, {0, 0, 0},
		} {
			a, b := pair(t)
			_, err := file.Seek(1, io.SeekStart)
			must(t, err)
			sending := l.SockSendFile(a, file, c.offset, c.count)
			var got []byte
			for int64(len(got)) < c.want {
				got = append(got, complete(t, l, l.SockRecv(b, 1<<16))...)
			}
			n := complete(t, l, sending)
			at, err := file.Seek(0, io.SeekCurrent)
			after := c.offset + c.want
			if c.want == 0 {
				after = 1 // nobody has moved it
			}
			if n != c.want || !bytes.Equal(got, text[c.offset:c.offset+c.want]) || at != after || err != nil {
				t.Errorf("%v: %d sent, %d came, at %d, %v", c, n, len(got), at, err)
			}
		}
	})
}

// TestSockSendFileFails for what is no file, no stream or no offset, and when
// the peer is gone.
func TestSockSendFileFails(t *testing.T) {
	l := newLoop(t, aio.Config{})
	path := filepath.Join(t.TempDir(), "f")
	must(t, os.WriteFile(path, []byte("spam"), 0o600))
	file, err := os.Open(path)
	must(t, err)
	defer file.Close()
	null, err := os.Open(os.DevNull)
	must(t, err)
	defer null.Close()
	a, b := pair(t)
	_, err1 := l.SockSendFile(a, null, 0, -1).Result()
	_, err2 := l.SockSendFile(a, file, -1, -1).Result()
	_, err3 := l.SockSendFile(newSocket(t, fdsock.SOCK_DGRAM), file, 0, -1).Result()
	for i, err := range []error{err1, err2, err3} {
		var value *pyselect.ValueError
		if !errors.As(err, &value) {
			t.Error(i, err)
		}
	}
	must(t, b.Close())
	if _, err := limited(t, l, l.SockSendFile(a, file, 2, -1)); !errors.Is(err, unix.EPIPE) {
		t.Error(err)
	}
	if at, err := file.Seek(0, io.SeekCurrent); at != 0 || err != nil {
		t.Error(at, err)
	}
	must(t, null.Close())
	if _, err := l.SockSendFile(a, null, 0, -1).Result(); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
}
