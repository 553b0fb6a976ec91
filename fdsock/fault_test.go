package fdsock_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// failOnce makes the next attempt at a call, after skipping some, fail. The
// result says whether it has.
func failOnce(t *testing.T, op sys.Op, skip int, errno sys.Errno) (failed func() bool) {
	t.Helper()
	var left atomic.Int64
	left.Store(int64(skip) + 1)
	restore := sys.SetHook(func(c sys.Call) sys.Fault {
		if c.Op == op && left.Add(-1) == 0 {
			return sys.Fault{Errno: errno}
		}
		return sys.Fault{}
	})
	t.Cleanup(restore)
	return func() bool { return left.Load() <= 0 }
}

// faults lists the calls with the faults of the kernel that may hit them.
// make readies the call, with the kernel still at its best; again, if there
// is one, is what must work after the fault has gone.
var faults = []struct {
	name   string
	op     sys.Op
	skip   int
	errnos []sys.Errno
	needs  func(w *world) bool
	make   func(t *testing.T, w *world) (call func() error, again func())
}{
	{
		name: "socket", op: sys.OpSocket,
		errnos: []sys.Errno{sys.EMFILE, sys.ENFILE, sys.ENOBUFS, sys.ENOMEM, sys.EACCES, sys.EAFNOSUPPORT},
		make: func(t *testing.T, w *world) (func() error, func()) {
			call := func() error {
				s, err := fdsock.NewOn(w.group, w.family, fdsock.SOCK_STREAM, 0)
				if err == nil {
					closeSocket(t, s)
				}
				return err
			}
			return call, func() { want(t, call(), nil) }
		},
	},
	{
		name: "socketpair", op: sys.OpSocketpair,
		errnos: []sys.Errno{sys.EMFILE, sys.ENFILE, sys.ENOBUFS},
		needs:  func(w *world) bool { return w.local == nil },
		make: func(t *testing.T, w *world) (func() error, func()) {
			call := func() error {
				a, b, err := fdsock.SocketPairOn(w.group)
				if err == nil {
					closeSocket(t, a)
					closeSocket(t, b)
				}
				return err
			}
			return call, func() { want(t, call(), nil) }
		},
	},
	{
		name: "bind", op: sys.OpBind, needs: hasListener,
		errnos: []sys.Errno{sys.EADDRINUSE, sys.EACCES, sys.EADDRNOTAVAIL, sys.ENOMEM},
		make: func(t *testing.T, w *world) (func() error, func()) {
			s, addr := w.socket(t), w.local(t)
			return func() error { return s.Bind(addr) }, func() { want(t, s.Bind(addr), nil) }
		},
	},
	{
		name: "listen", op: sys.OpListen, errnos: []sys.Errno{sys.EADDRINUSE}, needs: hasListener,
		make: func(t *testing.T, w *world) (func() error, func()) {
			s, _ := w.bound(t)
			return func() error { return s.Listen() }, func() { want(t, s.Listen(), nil) }
		},
	},
	{
		name: "accept", op: sys.OpAccept, needs: hasListener,
		errnos: []sys.Errno{sys.EMFILE, sys.ENFILE, sys.ENOBUFS, sys.ENOMEM, sys.ECONNABORTED, sys.EPERM},
		make: func(t *testing.T, w *world) (func() error, func()) {
			l, addr := w.listener(t)
			want(t, w.socket(t).Connect(addr), nil)
			call := func() error {
				s, _, err := l.Accept()
				if err == nil {
					closeSocket(t, s)
				}
				return err
			}
			want(t, l.Handle().Arm(), nil)
			return call, func() {
				l.Handle().Loop().Harvest()
				if l.Readiness(input) == 0 {
					t.Error("the listener counts as empty")
				}
				want(t, call(), nil) // the connection is still there
			}
		},
	},
	{
		name: "connect", op: sys.OpConnect, needs: hasListener,
		errnos: []sys.Errno{sys.ECONNREFUSED, sys.ETIMEDOUT, sys.EADDRNOTAVAIL, sys.ENOBUFS, sys.EACCES, unix.ENETUNREACH},
		make: func(t *testing.T, w *world) (func() error, func()) {
			_, addr := w.listener(t)
			s := w.socket(t)
			return func() error { return s.Connect(addr) }, func() { want(t, s.Connect(addr), nil) }
		},
	},
	{
		name: "connect-outcome", op: sys.OpConnect, skip: 1, needs: (*world).tcp,
		errnos: []sys.Errno{sys.ECONNREFUSED, sys.ETIMEDOUT, sys.ECONNRESET, unix.EHOSTUNREACH},
		make: func(t *testing.T, w *world) (func() error, func()) {
			_, addr := w.listener(t)
			s := w.socket(t)
			return func() error { return s.Connect(addr) }, nil
		},
	},
	{
		name: "shutdown", op: sys.OpShutdown, errnos: []sys.Errno{sys.ENOTCONN},
		make: func(t *testing.T, w *world) (func() error, func()) {
			a, b := w.pair(t)
			return func() error { return a.Shutdown(fdsock.SHUT_WR) }, func() {
				want(t, a.Shutdown(fdsock.SHUT_WR), nil)
				wantRecv(t, b, "")
			}
		},
	},
	{
		name: "recv", op: sys.OpRecv,
		errnos: []sys.Errno{sys.ECONNRESET, sys.ETIMEDOUT, sys.ENOBUFS, sys.ENOMEM, sys.ENOTCONN, unix.EHOSTUNREACH},
		make: func(t *testing.T, w *world) (func() error, func()) {
			a, b := w.pair(t)
			send(t, b, "x")
			return func() error { _, err := a.Recv(8); return err }, func() { wantRecv(t, a, "x") }
		},
	},
	{
		name: "recvmsg", op: sys.OpRecv, errnos: []sys.Errno{sys.ECONNRESET, sys.ENOBUFS},
		make: func(t *testing.T, w *world) (func() error, func()) {
			a, b := w.pair(t)
			send(t, b, "x")
			return func() error { _, _, err := a.RecvMsg(8, 0); return err }, func() { wantRecv(t, a, "x") }
		},
	},
	{
		name: "send", op: sys.OpSend,
		errnos: []sys.Errno{sys.EPIPE, sys.ECONNRESET, sys.ENOBUFS, sys.ENOMEM, sys.ETIMEDOUT, unix.EHOSTUNREACH},
		make: func(t *testing.T, w *world) (func() error, func()) {
			a, b := w.pair(t)
			return func() error { _, err := a.Send([]byte("x")); return err }, func() {
				send(t, a, "y")
				wantRecv(t, b, "y")
			}
		},
	},
	{
		name: "sendall", op: sys.OpSend, errnos: []sys.Errno{sys.EPIPE, sys.ECONNRESET, sys.ENOBUFS},
		make: func(t *testing.T, w *world) (func() error, func()) {
			a, _ := w.pair(t)
			return func() error { return a.SendAll([]byte("x")) }, func() { want(t, a.SendAll([]byte("x")), nil) }
		},
	},
	{
		name: "sendmsg", op: sys.OpSend, errnos: []sys.Errno{sys.EPIPE, sys.ENOBUFS},
		make: func(t *testing.T, w *world) (func() error, func()) {
			a, _ := w.pair(t)
			return func() error { _, err := a.SendMsg([][]byte{[]byte("x")}, nil, nil); return err }, nil
		},
	},
	{
		name: "wait", op: sys.OpQueueControl, errnos: []sys.Errno{unix.ENOSPC, sys.ENOMEM},
		make: func(t *testing.T, w *world) (func() error, func()) {
			a, b := w.pair(t)
			if a.Handle().Armed() {
				t.Skip("is registered by now")
			}
			return func() error { _, err := a.Recv(8); return err }, func() {
				waiting := begin(func() (int, error) { p, err := a.Recv(8); return len(p), err })
				untilInWait(t, 1)
				send(t, b, "x")
				want(t, receive(t, waiting, "data").err, nil)
			}
		},
	},
	{
		name: "getsockname", op: sys.OpGetsockname, errnos: []sys.Errno{sys.ENOBUFS, sys.EINVAL},
		make: func(t *testing.T, w *world) (func() error, func()) {
			a, _ := w.pair(t)
			return func() error { _, err := a.GetSockName(); return err }, nil
		},
	},
	{
		name: "getpeername", op: sys.OpGetpeername, errnos: []sys.Errno{sys.ENOTCONN, sys.ENOBUFS},
		make: func(t *testing.T, w *world) (func() error, func()) {
			a, _ := w.pair(t)
			return func() error { _, err := a.GetPeerName(); return err }, nil
		},
	},
	{
		name: "getsockopt", op: sys.OpGetsockopt, errnos: []sys.Errno{unix.ENOPROTOOPT, sys.EINVAL},
		make: func(t *testing.T, w *world) (func() error, func()) {
			a, _ := w.pair(t)
			return func() error { _, err := a.GetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_ERROR); return err }, nil
		},
	},
	{
		name: "setsockopt", op: sys.OpSetsockopt, errnos: []sys.Errno{unix.ENOPROTOOPT, sys.EPERM},
		make: func(t *testing.T, w *world) (func() error, func()) {
			a, _ := w.pair(t)
			return func() error { return a.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_KEEPALIVE, 1) }, nil
		},
	},
	{
		name: "close", op: sys.OpClose, errnos: []sys.Errno{unix.EIO, unix.ENOSPC},
		make: func(t *testing.T, w *world) (func() error, func()) {
			a, _ := w.pair(t)
			return a.Close, func() { want(t, a.Close(), nil) }
		},
	},
}

func hasListener(w *world) bool { return w.local != nil }

// TestFaults has each call hit by each fault once: it surfaces by its number,
// nothing is left behind, and the call works again.
func TestFaults(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		leak.Check(t)
		for _, f := range faults {
			if f.needs != nil && !f.needs(w) {
				continue
			}
			for _, errno := range f.errnos {
				t.Run(f.name+"/"+sys.ErrnoName(errno), func(t *testing.T) {
					call, again := f.make(t, w)
					hit := failOnce(t, f.op, f.skip, errno)
					want(t, call(), errno)
					if !hit() {
						t.Error("the call was not made")
					}
					if again != nil {
						again()
					}
				})
			}
		}
	})
}

// TestHarmlessFaults are those that a close keeps to itself.
func TestHarmlessFaults(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for _, errno := range []sys.Errno{sys.ECONNRESET, sys.EINTR} {
			a, _ := w.pair(t)
			hit := failOnce(t, sys.OpClose, 0, errno)
			want(t, a.Close(), nil)
			if !hit() {
				t.Error("the call was not made")
			}
		}
	})
}

// TestDefaultGroupFaults has no descriptor left for the default group.
func TestDefaultGroupFaults(t *testing.T) {
	leak.Check(t)
	for _, call := range []func() error{
		func() error { _, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0); return err },
		func() error { _, _, err := fdsock.SocketPair(); return err },
	} {
		hit := failOnce(t, sys.OpQueueCreate, 0, sys.EMFILE)
		want(t, call(), sys.EMFILE)
		if !hit() {
			t.Error("the call was not made")
		}
	}
}

// TestGroupClosed uses sockets and groups after their loops have ended.
func TestGroupClosed(t *testing.T) {
	leak.Check(t)
	g, err := reactor.NewGroup(reactor.Config{Loops: 1})
	want(t, err, nil)
	s, err := fdsock.NewOn(g, fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	want(t, err, nil)
	var open *reactor.OpenHandlesError
	if err := g.Close(); !errors.As(err, &open) {
		t.Error(err)
	}
	_, err = s.Recv(1)
	wantClosed(t, err)
	_, newErr := fdsock.NewOn(g, fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	_, _, pairErr := fdsock.SocketPairOn(g)
	for _, err := range []error{newErr, pairErr} {
		if !errors.Is(err, reactor.ErrClosed) || errors.Is(err, sys.EBADF) {
			t.Errorf("error is %v, want %v", err, reactor.ErrClosed)
		}
	}
}
