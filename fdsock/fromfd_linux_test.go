//go:build linux

package fdsock_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// TestFromFDFails leaves the descriptor to the caller, as it was.
//
//inventory:row socket(fileno=)
func TestFromFDFails(t *testing.T) {
	onDefault(t)
	fds, errno := sys.Socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0)
	want(t, errnoError(errno), nil)
	defer sys.Close(fds[0])
	defer sys.Close(fds[1])
	want(t, unix.SetNonblock(fds[0], false), nil)
	// The default group ends between its start and its use.
	restore := sys.SetHook(func(c sys.Call) (f sys.Fault) {
		if c.Op == sys.OpGetsockname && c.FD == fds[0] {
			want(t, reactor.Shutdown(context.Background()), nil)
		}
		return f
	})
	_, err := fdsock.FromFD(fds[0], fdsock.Detect, fdsock.Detect, fdsock.Detect)
	restore()
	if !errors.Is(err, reactor.ErrClosed) {
		t.Errorf("error is %v, want %v", err, reactor.ErrClosed)
	}
	if nonblocking, errno := sys.Nonblocking(fds[0]); nonblocking || errno != 0 {
		t.Errorf("the descriptor is not as it was: %v, %v", nonblocking, errno)
	}
	for _, shift := range []int{31, 40} {
		if shift >= strconv.IntSize-1 {
			continue // no such int
		}
		var overflow *fdsock.OverflowError
		fd := 1 << shift
		if _, err := fdsock.FromFD(fd, fdsock.AF_UNIX, fdsock.SOCK_STREAM, 0); !errors.As(err, &overflow) {
			t.Errorf("descriptor %d: error is %v, want an OverflowError", fd, err)
		}
	}
}

func errnoError(errno sys.Errno) error {
	if errno == 0 {
		return nil
	}
	return errno
}

// TestDetachKernelFlag leaves O_NONBLOCK as the timeout had it.
//
//inventory:row detach
func TestDetachKernelFlag(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		for timeout, nonblocking := range map[time.Duration]bool{fdsock.NoTimeout: false, 0: true, patience: true} {
			l, _ := w.listener(t)
			want(t, l.SetOptions(fdsock.KernelFlag), nil)
			l.SetTimeout(timeout)
			ended := begin(func() (int, error) { _, _, err := l.Accept(); return 0, err })
			if timeout != 0 {
				untilInWait(t, 1)
			} else {
				want(t, receive(t, ended, "the end of Accept").err, sys.EAGAIN)
			}
			fd := l.Detach()
			if timeout != 0 {
				wantClosed(t, receive(t, ended, "the end of Accept").err)
			}
			got, errno := sys.Nonblocking(fd)
			want(t, errnoError(errno), nil)
			if got != nonblocking {
				t.Errorf("timeout %v: O_NONBLOCK is %v", timeout, got)
			}
			sys.Close(fd)
		}
	})
}

// TestAcceptShared has somebody else who has the descriptor make it block just
// before Accept's system call: the scheduler must know, or collecting garbage
// would wait for a connection. A child process makes one after stall.
func TestAcceptShared(t *testing.T) {
	const stall = 10 * time.Second
	g := newGroup(t, reactor.Config{Loops: 1})
	l, err := fdsock.NewOn(g, fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	want(t, err, nil)
	closeAtEnd(t, l)
	want(t, l.Bind(fdsock.Inet("127.0.0.1", 0)), nil)
	want(t, l.Listen(), nil)
	want(t, l.SetOptions(fdsock.KernelFlag), nil)
	fd := l.Fileno()
	addr, err := l.GetSockName()
	want(t, err, nil)
	rescue := exec.Command("bash", "-c", fmt.Sprintf("read -t %d; exec 3<>/dev/tcp/127.0.0.1/%d", stall/time.Second, addr.(fdsock.InetAddr).Port))
	if _, err := rescue.StdinPipe(); err != nil { // which read waits for
		t.Fatal(err)
	}
	if err := rescue.Start(); err != nil {
		t.Skip("no bash: ", err)
	}
	defer func() {
		_ = rescue.Process.Kill()
		_ = rescue.Wait() // killed, which is an error
	}()
	defer sys.SetHook(func(c sys.Call) (f sys.Fault) {
		if c.Op == sys.OpAccept {
			if err := unix.SetNonblock(fd, false); err != nil {
				t.Error(err)
			}
		}
		return f
	})()
	accepted := begin(func() (int, error) {
		c, _, err := l.Accept()
		if err == nil {
			closeSocket(t, c)
		}
		return 0, err
	})
	until(t, "a thread is inside accept4", func() bool { return inSyscall(t, unix.SYS_ACCEPT4) })
	start := time.Now()
	runtime.GC()
	if d := time.Since(start); d > stall/2 {
		t.Errorf("collecting garbage took %v", d)
	}
	c, err := fdsock.NewOn(g, fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	want(t, err, nil)
	closeAtEnd(t, c)
	want(t, c.Connect(addr), nil)
	want(t, receive(t, accepted, "a connection").err, nil)
}

// inSyscall reports whether a thread of this process is inside a system call.
func inSyscall(t *testing.T, trap int) bool {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/syscall")
	want(t, err, nil)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil && !os.IsNotExist(err) {
			t.Skip("cannot see what threads do: ", err)
		}
		if strings.HasPrefix(string(text), strconv.Itoa(trap)+" ") {
			return true
		}
	}
	return len(files) == 0
}
