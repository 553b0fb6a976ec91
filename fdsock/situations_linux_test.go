//go:build linux

package fdsock_test

import (
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// inEmptyNet runs f on a thread whose network has nothing but a loopback, with
// routes that lead nowhere, or skips the test.
func inEmptyNet(t *testing.T, f func(tb testing.TB)) {
	t.Helper()
	ip, err := exec.LookPath("ip")
	if err != nil {
		t.Skip("no ip command to make routes with")
	}
	skip := make(chan string, 1)
	go func() {
		defer close(skip)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			skip <- "no network of its own: " + err.Error()
			return
		}
		for _, args := range [][]string{
			{"link", "set", "lo", "up"},
			{"route", "add", "unreachable", "10.1.0.0/16"},
			{"route", "add", "prohibit", "10.2.0.0/16"},
		} {
			if out, err := exec.Command(ip, args...).CombinedOutput(); err != nil {
				skip <- "no such routes: " + string(out)
				return
			}
		}
		f(t)
	}()
	if why := <-skip; why != "" {
		t.Skip(why)
	}
}

// TestSituationsOfRouting is the errors of networks that cannot be reached.
//
//inventory:row exceptions of situations
func TestSituationsOfRouting(t *testing.T) {
	onDefault(t)
	for _, s := range []struct {
		name, host, class string
		errno             sys.Errno
	}{
		{"unreachable network", "192.0.2.1", "OSError", unix.ENETUNREACH},
		{"unreachable host", "10.1.0.1", "OSError", unix.EHOSTUNREACH},
		{"denied", "10.2.0.1", "PermissionError", sys.EACCES},
	} {
		t.Run(s.name, func(t *testing.T) {
			inEmptyNet(t, func(tb testing.TB) {
				sock, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
				if err != nil {
					tb.Error(err)
					return
				}
				err = sock.Connect(fdsock.Inet(s.host, 9))
				closeSocket(tb, sock)
				wantSituation(t, situation{class: s.class, errno: s.errno}, err)
			})
		})
	}
}

// TestKernelTimeout has the kernel give up, which is not the socket's timeout
// but a TimeoutError all the same. Linux gives up after a second at least.
//
//inventory:row timeout
func TestKernelTimeout(t *testing.T) {
	t.Parallel() // it waits
	onDefault(t)
	s := stage{t}.tcp()
	want(t, s.SetSockOpt(fdsock.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 1), nil)
	err := s.Connect(stage{t}.full())
	wantSituation(t, situation{class: "TimeoutError", errno: sys.ETIMEDOUT}, err)
	if !fdsock.TimeoutError(err) {
		t.Errorf("%v is no TimeoutError", err)
	}
}

// TestSetHostNameOfOwn renames the machine, on a thread with a name of its own.
//
//inventory:row sethostname
func TestSetHostNameOfOwn(t *testing.T) {
	const renamed = "pollux-test.example"
	type outcome struct {
		skip, name string
		err        error
	}
	done := make(chan outcome, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if err := unix.Unshare(unix.CLONE_NEWUTS); err != nil {
			done <- outcome{skip: "no host name of its own: " + err.Error()}
			return
		}
		if err := fdsock.SetHostName(renamed); err != nil {
			done <- outcome{err: err}
			return
		}
		name, err := fdsock.GetHostName()
		done <- outcome{name: name, err: err}
	}()
	o := receive(t, done, "the name")
	if o.skip != "" {
		t.Skip(o.skip)
	}
	if o.err != nil || o.name != renamed {
		t.Errorf("the name is %q, %v", o.name, o.err)
	}
}
