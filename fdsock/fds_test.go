package fdsock_test

import (
	"errors"
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
)

// unixPairs runs a test on pairs of Unix sockets, streams and datagrams.
func unixPairs(t *testing.T, test func(t *testing.T, a, b *fdsock.Socket)) {
	t.Helper()
	for name, typ := range map[string]int{"stream": fdsock.SOCK_STREAM, "dgram": fdsock.SOCK_DGRAM} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			onDefault(t)
			a, b, err := fdsock.SocketPairOf(fdsock.AF_UNIX, typ, 0)
			want(t, err, nil)
			test(t, closeAtEnd(t, a), closeAtEnd(t, b))
		})
	}
}

// someFiles opens n descriptors.
func someFiles(t *testing.T, n int) (fds []int) {
	t.Helper()
	for range n {
		fd, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		want(t, err, nil)
		t.Cleanup(func() { unix.Close(fd) })
		fds = append(fds, fd)
	}
	return fds
}

// wantReceived checks received descriptors, and closes them.
func wantReceived(t *testing.T, fds []int, n int) {
	t.Helper()
	if len(fds) != n {
		t.Errorf("received %d descriptors, want %d", len(fds), n)
	}
	for _, fd := range fds {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("descriptor %d: flags %#x, %v", fd, flags, err)
		}
		want(t, fdsock.CloseFD(fd), nil)
	}
}

// TestSendFDsRecvFDs passes from none to the most descriptors, with data.
//
//inventory:row send_fds recv_fds
func TestSendFDsRecvFDs(t *testing.T) {
	unixPairs(t, func(t *testing.T, a, b *fdsock.Socket) {
		for _, n := range []int{0, 1, 2, 253} {
			sent, err := fdsock.SendFDs(a, [][]byte{[]byte("he"), []byte("llo")}, someFiles(t, n))
			want(t, err, nil)
			p, fds, flags, from, err := fdsock.RecvFDs(b, 100, n)
			want(t, err, nil)
			if sent != 5 || string(p) != "hello" || flags != 0 {
				t.Errorf("sent %d, received %q from %v, flags %#x", sent, p, from, flags)
			}
			wantReceived(t, fds, n)
		}
		_, err := fdsock.SendFDs(a, [][]byte{{'x'}}, someFiles(t, 254))
		want(t, err, sys.EINVAL)
		_, err = fdsock.SendFDs(a, [][]byte{{'x'}}, []int{-1})
		want(t, err, sys.EBADF)
	})
}

// TestRecvFDsTruncated has more descriptors come than asked for: none of them
// stays open (the check for leaks tells).
//
//inventory:row send_fds recv_fds
func TestRecvFDsTruncated(t *testing.T) {
	unixPairs(t, func(t *testing.T, a, b *fdsock.Socket) {
		for _, maxfds := range []int{0, 1, 2, 3, 4, 9} {
			_, err := fdsock.SendFDs(a, [][]byte{[]byte("x")}, someFiles(t, 10))
			want(t, err, nil)
			p, fds, flags, _, err := fdsock.RecvFDs(b, 10, maxfds)
			want(t, err, nil)
			if string(p) != "x" || flags&fdsock.MSG_CTRUNC == 0 {
				t.Errorf("received %q, flags %#x", p, flags)
			}
			wantReceived(t, fds, maxfds)
		}
		var value *fdsock.ValueError
		var overflow *fdsock.OverflowError
		if _, _, _, _, err := fdsock.RecvFDs(b, 1, -1); !errors.As(err, &overflow) {
			t.Error(err)
		}
		if _, _, _, _, err := fdsock.RecvFDs(b, -1, 1); !errors.As(err, &value) {
			t.Error(err)
		}
		b.SetTimeout(soon)
		_, fds, _, _, err := fdsock.RecvFDs(b, 1, 1)
		wantTimeout(t, err)
		wantReceived(t, fds, 0)
		failOnce(t, sys.OpRecv, 0, sys.ENOMEM)
		_, fds, _, _, err = fdsock.RecvFDs(b, 1, 1)
		want(t, err, sys.ENOMEM)
		wantReceived(t, fds, 0)
	})
}

// TestDescriptorNumbers refuses numbers that the kernel would take for others.
func TestDescriptorNumbers(t *testing.T) {
	if strconv.IntSize == 32 {
		t.Skip("no int is larger than C's")
	}
	unixPairs(t, func(t *testing.T, a, _ *fdsock.Socket) {
		fd := a.Fileno() + 1<<(strconv.IntSize/2)
		_, dup := fdsock.Dup(fd)
		_, sent := fdsock.SendFDs(a, [][]byte{{'x'}}, []int{fd})
		for name, err := range map[string]error{"dup": dup, "close": fdsock.CloseFD(fd), "send_fds": sent} {
			var overflow *fdsock.OverflowError
			if !errors.As(err, &overflow) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestWaitAllEndsAtTruncatedDescriptors has descriptors come for which there
// is no room at all: they end MSG_WAITALL as those that are received do, and
// the loss is told although more follows.
//
//inventory:row recv MSG_WAITALL
func TestWaitAllEndsAtTruncatedDescriptors(t *testing.T) {
	unixPairs(t, func(t *testing.T, a, b *fdsock.Socket) {
		_, err := fdsock.SendFDs(a, [][]byte{[]byte("some")}, someFiles(t, 3))
		want(t, err, nil)
		send(t, a, "more")
		p, got, err := b.RecvMsg(8, 12, fdsock.MSG_WAITALL)
		want(t, err, nil)
		if string(p) != "some" || got.Flags&fdsock.MSG_CTRUNC == 0 {
			t.Errorf("received %q, flags %#x", p, got.Flags)
		}
	})
}
