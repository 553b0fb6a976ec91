package reactor_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// failNth makes the nth call of an operation fail, once. It returns a
// function that restores the hook and reports whether it came to that.
func failNth(op sys.Op, n int32, errno sys.Errno) (restore func() bool) {
	var calls atomic.Int32
	undo := sys.SetHook(func(call sys.Call) sys.Fault {
		if call.Op == op && calls.Add(1) == n {
			return sys.Fault{Errno: errno}
		}
		return sys.Fault{}
	})
	return func() bool {
		undo()
		return calls.Load() >= n
	}
}

// plausible are the errors that the manual pages of the calls name.
var plausible = map[sys.Op][]sys.Errno{
	sys.OpQueueCreate:  {unix.EMFILE, unix.ENFILE, unix.ENOMEM},
	sys.OpQueueControl: {unix.ENOMEM, unix.ENOSPC, unix.EBADF},
	sys.OpWakeCreate:   {unix.EMFILE, unix.ENFILE, unix.ENODEV, unix.ENOMEM},
}

// TestNewGroupFaults fails each step of opening a group: the error surfaces
// and nothing stays open. EINTR is no error.
func TestNewGroupFaults(t *testing.T) {
	for name, c := range parkings {
		c.Loops = 3
		for op, errnos := range plausible {
			for _, errno := range errnos {
				t.Run(fmt.Sprintf("%s/%v/%s", name, op, sys.ErrnoName(errno)), func(t *testing.T) {
					leak.Check(t)
					testNewGroupFault(t, c, op, errno)
				})
			}
		}
	}
}

func testNewGroupFault(t *testing.T, c reactor.Config, op sys.Op, errno sys.Errno) {
	t.Helper()
	for _, injected := range []sys.Errno{errno, sys.EINTR} {
		for n := int32(1); ; n++ {
			restore := failNth(op, n, injected)
			g, err := reactor.NewGroup(c)
			happened := restore()
			if g != nil {
				if err := g.Close(); err != nil {
					t.Error(err)
				}
			}
			if !happened {
				break // there is no nth call
			}
			if injected == sys.EINTR {
				errno = 0
			}
			if (errno == 0) != (err == nil) || errno != 0 && (!errors.Is(err, errno) || g != nil) {
				t.Errorf("call %d failed with %v, NewGroup with %v", n, injected, err)
			}
		}
	}
}

func TestDefaultFault(t *testing.T) {
	leak.Check(t)
	restore := failNth(sys.OpQueueCreate, 1, sys.EMFILE)
	_, err := reactor.Default()
	restore()
	wantErr(t, err, sys.EMFILE)
	if _, err := reactor.Default(); err != nil { // the next try works
		t.Error(err)
	}
	if err := reactor.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestArmFaults(t *testing.T) {
	for name, c := range parkings {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			g := newGroup(t, c, 1)
			for _, errno := range plausible[sys.OpQueueControl] {
				h, _ := pair(t, g.Next())
				fd := h.Fileno()

				restore := failNth(sys.OpQueueControl, 1, errno)
				err := h.Arm()
				restore()
				wantErr(t, err, errno)
				var register *reactor.RegisterError
				if !errors.As(err, &register) || register.FD != fd || register.Kind != "test" {
					t.Errorf("error is %#v", err)
				}
				const unknown = reactor.Readable | reactor.Writable
				if h.Armed() || h.Readiness(unknown) != unknown {
					t.Errorf("armed %v, readiness %v", h.Armed(), h.Readiness(unknown))
				}

				restore = failNth(sys.OpQueueControl, 1, errno)
				err = h.SetHandler(handlerFunc(func(*reactor.Handle, reactor.Readiness) {}))
				restore()
				wantErr(t, err, errno)

				// A waiter cannot be told of edges, so it must not wait.
				restore = failNth(sys.OpQueueControl, 1, errno)
				r := await(t, h, reactor.Priority)
				restore()
				if r != reactor.Error {
					t.Errorf("the waiter saw %v", r)
				}

				restore = failNth(sys.OpQueueControl, 1, sys.EINTR)
				err = h.Arm()
				if !restore() || err != nil || !h.Armed() {
					t.Errorf("interrupted Arm: %v", err)
				}
			}
		})
	}
}

// TestCloseFault fails close(2): the error surfaces, the descriptor is gone.
func TestCloseFault(t *testing.T) {
	g := newGroup(t, reactor.Config{}, 1)
	for _, errno := range []sys.Errno{unix.EIO, unix.EDQUOT, sys.EINTR} {
		fds := socketpair(t)
		h, err := g.Next().NewHandle(fds[0], "test")
		if err != nil {
			t.Fatal(err)
		}
		arm(t, h)
		restore := failNth(sys.OpClose, 1, errno)
		err = h.Close()
		restore()
		if want := error(errno); errno == sys.EINTR && err != nil || errno != sys.EINTR && !errors.Is(err, want) {
			t.Errorf("Close with %v: %v", want, err)
		}
		if isOpen(fds[0]) {
			t.Error("the descriptor is open")
		}
		sys.Close(fds[1])
	}
}
