//go:build linux

package fdsock_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
)

// TestFromFD adopts sockets and asks what they are; a duplicate leaves the
// first descriptor as it was.
//
//inventory:row socket(fileno=)
//inventory:row fromfd
//inventory:row family type proto
func TestFromFD(t *testing.T) {
	leak.Check(t)
	onDefault(t)
	for _, kind := range [][3]int{
		{fdsock.AF_INET, fdsock.SOCK_STREAM, fdsock.IPPROTO_TCP},
		{fdsock.AF_INET, fdsock.SOCK_DGRAM, fdsock.IPPROTO_UDP},
		{fdsock.AF_UNIX, fdsock.SOCK_SEQPACKET, 0},
	} {
		s, err := fdsock.New(kind[0], kind[1]|fdsock.SOCK_NONBLOCK|fdsock.SOCK_CLOEXEC, kind[2])
		want(t, err, nil)
		closeAtEnd(t, s)
		if s.Family() != kind[0] || s.Type() != kind[1] || s.Proto() != kind[2] {
			t.Errorf("a new socket is %d %d %d, want %v", s.Family(), s.Type(), s.Proto(), kind)
		}
		fd, err := fdsock.Dup(s.Fileno())
		want(t, err, nil)
		d, err := fdsock.FromFD(fd, fdsock.Detect, fdsock.Detect, fdsock.Detect)
		want(t, err, nil)
		if d.Family() != kind[0] || d.Type() != kind[1] || d.Proto() != kind[2] {
			t.Errorf("found %d %d %d, want %v", d.Family(), d.Type(), d.Proto(), kind)
		}
		if d.Fileno() != fd {
			t.Errorf("adopted as %d, was %d", d.Fileno(), fd)
		}
		closeSocket(t, d)
		_, err = s.GetSockName()
		want(t, err, nil)
	}
	r, w, err := os.Pipe()
	want(t, err, nil)
	defer r.Close()
	defer w.Close()
	for _, family := range []int{fdsock.Detect, fdsock.AF_INET} {
		_, err = fdsock.FromFD(int(r.Fd()), family, fdsock.Detect, fdsock.Detect)
		want(t, err, sys.ENOTSOCK)
	}
	_, err = fdsock.FromFD(1<<30, fdsock.Detect, fdsock.Detect, fdsock.Detect)
	want(t, err, sys.EBADF)
	var value *fdsock.ValueError
	if _, err = fdsock.FromFD(-1, fdsock.Detect, fdsock.Detect, fdsock.Detect); !errors.As(err, &value) {
		t.Errorf("error is %v, want a ValueError", err)
	}
}

// TestInheritable looks at FD_CLOEXEC of the descriptors of every origin.
//
//inventory:row socket non-inheritable
//inventory:row get_inheritable set_inheritable
//inventory:row close(fd) dup(fd)
func TestInheritable(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		l, addr := w.listener(t)
		c := w.socket(t)
		want(t, c.Connect(addr), nil)
		b, _, err := l.Accept()
		want(t, err, nil)
		closeAtEnd(t, b)
		d, err := b.Dup()
		want(t, err, nil)
		closeAtEnd(t, d)
		for name, s := range map[string]*fdsock.Socket{"listener": l, "client": c, "accepted": b, "duplicate": d} {
			for _, yes := range []bool{false, true, false} {
				if yes || name == "duplicate" {
					want(t, s.SetInheritable(yes), nil)
				}
				got, err := s.GetInheritable()
				want(t, err, nil)
				flags, err := unix.FcntlInt(uintptr(s.Fileno()), unix.F_GETFD, 0)
				want(t, err, nil)
				if kernel := flags&unix.FD_CLOEXEC == 0; got != yes || kernel != yes {
					t.Errorf("%s: inheritable %v, by the kernel %v, want %v", name, got, kernel, yes)
				}
				want(t, s.SetInheritable(false), nil)
			}
		}
		fd, err := fdsock.Dup(b.Fileno())
		want(t, err, nil)
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("a bare duplicate: flags %#x, %v", flags, err)
		}
		failOnce(t, sys.OpClose, 0, sys.ECONNRESET)
		want(t, fdsock.CloseFD(fd), nil)
		want(t, fdsock.CloseFD(1<<30), sys.EBADF)
	})
}

// TestKernelFlagFollows shows O_NONBLOCK as Python's sockets have it.
//
//inventory:row O_NONBLOCK
func TestKernelFlagFollows(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, _ := w.pair(t)
		if got, errno := sys.Nonblocking(a.Fileno()); !got || errno != 0 {
			t.Errorf("without the option: %v, %v", got, errno)
		}
		want(t, a.SetOptions(fdsock.KernelFlag), nil)
		for _, d := range []time.Duration{fdsock.NoTimeout, 0, fdsock.NoTimeout, time.Second} {
			a.SetTimeout(d)
			if got, errno := sys.Nonblocking(a.Fileno()); got != (d >= 0) || errno != 0 {
				t.Errorf("timeout %v: O_NONBLOCK is %v, %v", d, got, errno)
			}
		}
	})
}

// TestUnixPathLength binds the longest path that there is.
//
//inventory:row AF_UNIX path of 107 bytes
func TestUnixPathLength(t *testing.T) {
	onDefault(t)
	t.Chdir(t.TempDir())
	for n, errno := range map[int]error{107: nil, 108: sys.ENAMETOOLONG} {
		s := openSocket(t, fdsock.AF_UNIX, fdsock.SOCK_STREAM)
		closeAtEnd(t, s)
		path := strings.Repeat("x", n)
		want(t, s.Bind(fdsock.UnixAddr(path)), errno)
		if errno != nil {
			continue
		}
		if name, err := s.GetSockName(); name != fdsock.UnixAddr(path) || err != nil {
			t.Errorf("bound to %v, %v", name, err)
		}
		if _, err := os.Stat(filepath.Base(path)); err != nil {
			t.Error(err)
		}
	}
}

// TestSockOptForms reads options as bytes, and sets one to nothing.
//
//inventory:row getsockopt buflen
//inventory:row setsockopt None
func TestSockOptForms(t *testing.T) {
	s := newSocket(t, fdsock.AF_INET, fdsock.SOCK_STREAM)
	for n, length := range map[int]int{0: 0, 1: 1, 4: 4, 1024: 4} {
		p, err := s.GetSockOptBytes(fdsock.SOL_SOCKET, fdsock.SO_TYPE, n)
		want(t, err, nil)
		if len(p) != length {
			t.Errorf("of %d bytes come %d", n, len(p))
		}
	}
	for _, n := range []int{-1, 1025} {
		_, err := s.GetSockOptBytes(fdsock.SOL_SOCKET, fdsock.SO_TYPE, n)
		if err == nil || !strings.HasSuffix(err.Error(), "getsockopt buflen out of range") {
			t.Errorf("%d bytes: error is %v", n, err)
		}
	}
	want(t, s.SetSockOptNil(fdsock.SOL_SOCKET, fdsock.SO_BINDTODEVICE, 0), nil)
	want(t, s.SetSockOptNil(fdsock.SOL_SOCKET, fdsock.SO_KEEPALIVE, 4), unix.EFAULT)
	want(t, s.SetSockOptNil(fdsock.SOL_SOCKET, fdsock.SO_KEEPALIVE, 0), unix.EINVAL)
}
