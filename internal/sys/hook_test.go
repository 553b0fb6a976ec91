package sys_test

import (
	"os"
	"slices"
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
)

// attempt makes one call of an operation on the descriptors of a fixture and
// returns its error.
type attempt func(f *fixture) sys.Errno

// attempts are the calls that every platform has. Others are added by files
// for the platform.
var attempts = map[sys.Op]attempt{
	sys.OpSocket: func(f *fixture) sys.Errno {
		fd, errno := sys.Socket(sys.AF_INET, sys.SOCK_STREAM, 0)
		f.made(errno, fd)
		return errno
	},
	sys.OpSocketpair: func(f *fixture) sys.Errno {
		fds, errno := sys.Socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0)
		f.made(errno, fds[0], fds[1])
		return errno
	},
	sys.OpBind: func(f *fixture) sys.Errno { return sys.Bind(f.fresh, &f.any) },
	sys.OpListen: func(f *fixture) sys.Errno {
		return sys.Listen(f.listener, 1)
	},
	sys.OpAccept: func(f *fixture) sys.Errno {
		fd, _, errno := sys.Accept(f.listener)
		f.made(errno, fd)
		return errno
	},
	sys.OpConnect:     func(f *fixture) sys.Errno { return sys.Connect(f.datagram, &f.addr) },
	sys.OpShutdown:    func(f *fixture) sys.Errno { return sys.Shutdown(f.a, sys.SHUT_RD) },
	sys.OpClose:       func(f *fixture) sys.Errno { return sys.Close(f.spare) },
	sys.OpGetsockname: func(f *fixture) sys.Errno { _, errno := sys.Getsockname(f.listener); return errno },
	sys.OpGetpeername: func(f *fixture) sys.Errno { _, errno := sys.Getpeername(f.a); return errno },
	sys.OpGetsockopt:  func(f *fixture) sys.Errno { return sys.SocketError(f.a) },
	sys.OpSetsockopt: func(f *fixture) sys.Errno {
		return sys.SetsockoptInt(f.fresh, sys.SOL_SOCKET, sys.SO_REUSEADDR, 1)
	},
	sys.OpSetNonblock: func(f *fixture) sys.Errno { return sys.SetNonblock(f.fresh, true) },
	sys.OpDup: func(f *fixture) sys.Errno {
		fd, errno := sys.Dup(f.a) // shares a's O_NONBLOCK
		f.made(errno, fd)
		return errno
	},
	sys.OpFcntl: func(f *fixture) sys.Errno { return sys.SetInheritable(f.fresh, true) },
	sys.OpHostname: func(*fixture) sys.Errno {
		host, err := os.Hostname()
		errno := sys.Sethostname(host) // to what it is
		if err != nil || errno == sys.EPERM || errno == sys.ENOSYS {
			return 0
		}
		return errno
	},
	sys.OpPoll: func(f *fixture) sys.Errno {
		_, errno := sys.PollNow([]sys.PollFD{{Fd: int32(f.a), Events: sys.PollOut}})
		return errno
	},
	sys.OpSend:  func(f *fixture) sys.Errno { return f.moved(sys.Send(f.a, f.data, 0)) },
	sys.OpRecv:  func(f *fixture) sys.Errno { return f.moved(sys.Recv(f.full, make([]byte, len(f.data)), 0)) },
	sys.OpWrite: func(f *fixture) sys.Errno { return f.moved(sys.Write(f.a, f.data)) },
	sys.OpRead:  func(f *fixture) sys.Errno { return f.moved(sys.Read(f.full, make([]byte, len(f.data)))) },
}

// transfers are the operations that Max shortens.
var transfers = []sys.Op{sys.OpSend, sys.OpRecv, sys.OpWrite, sys.OpRead}

func TestEveryOpHasAnAttempt(t *testing.T) {
	for _, op := range sys.Ops() {
		if attempts[op] == nil {
			t.Errorf("no test makes the call %v", op)
		}
		if op.String() == "" || op.String() == "unknown" {
			t.Errorf("operation %d has no name", op)
		}
	}
	if sys.Op(200).String() != "unknown" {
		t.Error("an unknown operation has a name")
	}
}

// TestHookErrno injects an error once: it surfaces, and the next call works.
func TestHookErrno(t *testing.T) {
	for op, call := range attempts {
		t.Run(op.String(), func(t *testing.T) {
			f := newFixture(t)
			asked := 0
			restore := sys.SetHook(func(c sys.Call) sys.Fault {
				if c.Op != op {
					return sys.Fault{}
				}
				if asked++; asked > 1 {
					return sys.Fault{}
				}
				return sys.Fault{Errno: sys.ENOBUFS}
			})
			defer restore()
			if errno := call(f); errno != sys.ENOBUFS {
				t.Errorf("error is %v, want %v", errno, sys.ENOBUFS)
			}
			if op == sys.OpClose {
				f.spareIsClosed()
				return
			}
			if errno := call(f); errno != 0 {
				t.Errorf("the call after the fault: %v", errno)
			}
			if asked != 2 {
				t.Errorf("the hook was asked %d times for 2 calls", asked)
			}
		})
	}
}

// TestHookInterrupts injects EINTR three times: no caller sees it.
func TestHookInterrupts(t *testing.T) {
	for op, call := range attempts {
		t.Run(op.String(), func(t *testing.T) {
			f := newFixture(t)
			left := 3
			restore := sys.SetHook(func(c sys.Call) sys.Fault {
				if c.Op != op || left == 0 {
					return sys.Fault{}
				}
				left--
				return sys.Fault{Errno: sys.EINTR}
			})
			defer restore()
			errno := call(f)
			if op == sys.OpConnect { // the kernel goes on with it
				if errno != sys.EINPROGRESS || left != 2 {
					t.Errorf("error is %v after %d attempts, want %v after one", errno, 3-left, sys.EINPROGRESS)
				}
				return
			}
			if errno != 0 {
				t.Errorf("error is %v", errno)
			}
			if op == sys.OpClose {
				f.spareIsClosed()
			}
		})
	}
}

// TestHookMax shortens transfers, and says to the hook how long they were.
func TestHookMax(t *testing.T) {
	for _, op := range transfers {
		for _, limit := range []int{0, 1, 5, 10, 100} {
			f := newFixture(t)
			restore := sys.SetHook(func(c sys.Call) sys.Fault {
				if c.Op != op {
					return sys.Fault{}
				}
				if c.Len != len(f.data) || c.FD != f.a && c.FD != f.full {
					t.Errorf("the hook was asked about %+v", c)
				}
				return sys.Fault{Max: limit}
			})
			want := len(f.data)
			if limit > 0 {
				want = min(want, limit)
			}
			if errno := attempts[op](f); errno != 0 || f.n != want {
				t.Errorf("%v: %d bytes, %v, want %d", op, f.n, errno, want)
			}
			restore()
		}
	}
}

func TestHooksNest(t *testing.T) {
	var asked []string
	note := func(name string) sys.Hook {
		return func(sys.Call) sys.Fault { asked = append(asked, name); return sys.Fault{} }
	}
	outer := sys.SetHook(note("outer"))
	inner := sys.SetHook(note("inner"))
	sys.Close(-1)
	inner()
	sys.Close(-1)
	outer()
	sys.Close(-1)
	if !slices.Equal(asked, []string{"inner", "outer"}) {
		t.Errorf("asked %v", asked)
	}
}
