package fdsock_test

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// rawOf is the socket's RawConn.
func rawOf(t *testing.T, c syscall.Conn) syscall.RawConn {
	t.Helper()
	raw, err := c.SyscallConn()
	want(t, err, nil)
	return raw
}

// rawRead is a call that a user makes of a RawConn.
func rawRead(raw syscall.RawConn, p []byte) (n int, err error) {
	failed := raw.Read(func(fd uintptr) bool {
		n, err = unix.Read(int(fd), p)
		return !errors.Is(err, unix.EAGAIN)
	})
	if failed != nil {
		return 0, failed
	}
	return n, err
}

func rawWrite(raw syscall.RawConn, p []byte) (sent int, err error) {
	failed := raw.Write(func(fd uintptr) bool {
		for sent < len(p) {
			var n int
			if n, err = unix.Write(int(fd), p[sent:]); err != nil {
				return !errors.Is(err, unix.EAGAIN)
			}
			sent += n
		}
		return true
	})
	if failed != nil {
		return sent, failed
	}
	return sent, err
}

// TestSyscallConn moves data by calls of the user's, on a socket whose
// descriptor looks blocking and on one that does not.
func TestSyscallConn(t *testing.T) {
	for name, options := range map[string]fdsock.Option{"plain": 0, "kernel flag": fdsock.KernelFlag} {
		t.Run(name, func(t *testing.T) {
			worlds(t, func(t *testing.T, w *world) {
				a, b := w.narrowPair(t)
				want(t, a.SetOptions(options), nil)
				want(t, b.SetOptions(options), nil)
				out, in := rawOf(t, a), rawOf(t, b)
				msg, got := pattern(big), make([]byte, big)
				writing := begin(func() (int, error) { return rawWrite(out, msg) })
				untilInWait(t, 1)
				for n := 0; n < len(got); {
					m, err := rawRead(in, got[n:])
					want(t, err, nil)
					n += m
				}
				wantSame(t, got, msg)
				want(t, receive(t, writing, "the end of the write").err, nil)

				fd := -1
				want(t, out.Control(func(n uintptr) { fd = int(n) }), nil)
				if fd != a.Fileno() {
					t.Error("descriptor", fd)
				}
			})
		})
	}
}

// TestSyscallConnEnds ends waiting by timeouts, deadlines and close.
func TestSyscallConnEnds(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		raw, view := rawOf(t, a), rawOf(t, viewOf(t, a))
		p := make([]byte, 8)
		a.SetTimeout(0)
		_, err := rawRead(raw, p)
		want(t, err, sys.EAGAIN)
		a.SetTimeout(soon)
		_, err = rawRead(raw, p)
		wantTimeout(t, err)
		a.SetTimeout(fdsock.NoTimeout)
		for range 2 { // as often as it is asked
			want(t, a.SetDeadline(past), nil)
			for range 2 {
				wantTimeout(t, raw.Read(func(uintptr) bool { t.Error("called"); return true }))
				wantTimeout(t, raw.Write(func(uintptr) bool { t.Error("called"); return true }))
			}
			want(t, a.SetReadDeadline(time.Now().Add(soon)), nil)
			_, err = rawRead(raw, p) // passes while it waits
			wantTimeout(t, err)
			want(t, a.SetDeadline(time.Time{}), nil)
			want(t, second(rawWrite(raw, []byte("x"))), nil)
			wantRecv(t, b, "x")
			send(t, b, "y")
			want(t, second(rawRead(raw, p)), nil)
		}

		c := viewOf(t, a)
		want(t, c.SetDeadline(past), nil)
		_, err = rawRead(rawOf(t, c), p)
		wantOp(t, err, "raw-read", os.ErrDeadlineExceeded)
		wantOp(t, rawOf(t, c).Write(func(uintptr) bool { t.Error("called"); return true }), "raw-write", os.ErrDeadlineExceeded)

		reading := begin(func() (int, error) { return rawRead(raw, p) })
		untilInWait(t, 1)
		closeSocket(t, a)
		wantClosed(t, receive(t, reading, "the end of the read").err)
		_, err = rawRead(raw, p)
		wantClosed(t, err)
		_, err = rawWrite(view, p)
		wantOp(t, err, "raw-write", net.ErrClosed)
		wantClosed(t, raw.Control(func(uintptr) { t.Error("called") }))
		wantOp(t, view.Control(func(uintptr) { t.Error("called") }), "raw-control", net.ErrClosed)
	})
}

// netPair makes a connection of package net.
func netPair(t *testing.T, network, addr string) (l net.Listener, a, b net.Conn) {
	t.Helper()
	l, err := net.Listen(network, addr)
	want(t, err, nil)
	t.Cleanup(func() { l.Close() })
	a, err = net.Dial(network, l.Addr().String())
	want(t, err, nil)
	t.Cleanup(func() { a.Close() })
	b, err = l.Accept()
	want(t, err, nil)
	t.Cleanup(func() { b.Close() })
	return l, a, b
}

// TestFromConn takes connections of package net over, which stay usable.
func TestFromConn(t *testing.T) {
	onDefault(t)
	for network, addr := range map[string]string{"tcp": "127.0.0.1:0", "unix": filepath.Join(t.TempDir(), "s")} {
		t.Run(network, func(t *testing.T) {
			l, a, b := netPair(t, network, addr)
			s, err := fdsock.FromConn(a)
			want(t, err, nil)
			closeAtEnd(t, s)
			p := make([]byte, 8)
			reading := begin(func() (int, error) { return s.RecvInto(p) })
			untilInWait(t, 1)
			want(t, second(b.Write([]byte("new"))), nil)
			want(t, receive(t, reading, "data").err, nil)

			old := begin(func() (int, error) { return a.Read(p) }) // through the runtime's poller still
			want(t, second(b.Write([]byte("old"))), nil)
			want(t, receive(t, old, "data").err, nil)
			want(t, a.SetReadDeadline(past), nil)
			_, err = a.Read(p)
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error(err)
			}
			want(t, a.Close(), nil) // takes nothing from the socket
			send(t, s, "still")
			n, err := io.ReadFull(b, p[:5])
			if string(p[:n]) != "still" || err != nil {
				t.Errorf("%q %v", p[:n], err)
			}

			ls, err := fdsock.FromConn(l)
			want(t, err, nil)
			closeAtEnd(t, ls)
			c, err := net.Dial(network, l.Addr().String())
			want(t, err, nil)
			defer c.Close()
			got, _, err := ls.Accept()
			want(t, err, nil)
			again, err := fdsock.FromConn(viewOf(t, got)) // a view is as good
			want(t, err, nil)
			closeSocket(t, got)
			send(t, again, "x")
			closeSocket(t, again)
		})
	}
}

func TestFromConnPacket(t *testing.T) {
	onDefault(t)
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	want(t, err, nil)
	s, err := fdsock.FromConn(pc)
	want(t, err, nil)
	closeAtEnd(t, s)
	want(t, pc.Close(), nil)
	if s.Type() != fdsock.SOCK_DGRAM || s.Family() != fdsock.AF_INET {
		t.Error(s.Family(), s.Type())
	}
	c, err := net.Dial("udp", pc.LocalAddr().String())
	want(t, err, nil)
	defer c.Close()
	want(t, second(c.Write([]byte("x"))), nil)
	wantRecv(t, s, "x")
}

func TestFromConnRefuses(t *testing.T) {
	onDefault(t)
	pipe, other := net.Pipe()
	defer pipe.Close()
	defer other.Close()
	var value *fdsock.ValueError
	if _, err := fdsock.FromConn(pipe); !errors.As(err, &value) {
		t.Error("a connection without a descriptor:", err)
	}
	r, w, err := os.Pipe()
	want(t, err, nil)
	defer w.Close()
	_, err = fdsock.FromConn(r)
	want(t, err, sys.ENOTSOCK)
	want(t, r.Close(), nil)
	if _, err := fdsock.FromConn(r); err == nil {
		t.Error("a closed file is a socket")
	}
	_, a, _ := netPair(t, "tcp", "127.0.0.1:0")
	for _, op := range []sys.Op{sys.OpDup, sys.OpGetsockname, sys.OpGetsockopt} {
		failOnce(t, op, 0, sys.EMFILE)
		_, err = fdsock.FromConn(a)
		want(t, err, sys.EMFILE)
	}
}
