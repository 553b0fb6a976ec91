package fdsock_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// TestErrorTexts are the texts that users see and grep for.
//
//inventory:row error text
func TestErrorTexts(t *testing.T) {
	for _, c := range []struct {
		err  *fdsock.Error
		text string
	}{
		{
			&fdsock.Error{Op: "connect", Addr: fdsock.Inet("127.0.0.1", 1), Errno: sys.ECONNREFUSED},
			"connect 127.0.0.1:1: ECONNREFUSED (ConnectionRefusedError): connection refused",
		},
		{
			&fdsock.Error{Op: "connect", Addr: fdsock.Inet("::1", 1), Errno: sys.ETIMEDOUT},
			"connect [::1]:1: ETIMEDOUT (TimeoutError): connection timed out",
		},
		{
			&fdsock.Error{Op: "bind", Addr: fdsock.UnixAddr("\x00name"), Errno: sys.EADDRINUSE},
			"bind @name: EADDRINUSE (OSError): address already in use",
		},
		{&fdsock.Error{Op: "recv", Errno: sys.EAGAIN}, "recv: EAGAIN (BlockingIOError): resource temporarily unavailable"},
		{&fdsock.Error{Op: "recv", Errno: sys.ECONNRESET}, "recv: ECONNRESET (ConnectionResetError): connection reset by peer"},
		{&fdsock.Error{Op: "send", Errno: sys.EPIPE}, "send: EPIPE (BrokenPipeError): broken pipe"},
		{&fdsock.Error{Op: "sendall"}, "sendall: TimeoutError: timed out"},
		{&fdsock.Error{Op: "connect", Addr: fdsock.Inet("127.0.0.1", 1)}, "connect 127.0.0.1:1: TimeoutError: timed out"},
		{&fdsock.Error{Op: "accept", Errno: sys.EBADF}, "accept: EBADF (OSError): bad file descriptor"},
	} {
		if c.err.Error() != c.text {
			t.Errorf("text is %q, want %q", c.err, c.text)
		}
		checkText(t, c.err)
	}
}

// predicates are Python's classes.
var predicates = map[string]func(error) bool{
	"BlockingIOError":        fdsock.BlockingIOError,
	"BrokenPipeError":        fdsock.BrokenPipeError,
	"ChildProcessError":      fdsock.ChildProcessError,
	"ConnectionAbortedError": fdsock.ConnectionAbortedError,
	"ConnectionRefusedError": fdsock.ConnectionRefusedError,
	"ConnectionResetError":   fdsock.ConnectionResetError,
	"FileExistsError":        fdsock.FileExistsError,
	"FileNotFoundError":      fdsock.FileNotFoundError,
	"InterruptedError":       fdsock.InterruptedError,
	"IsADirectoryError":      fdsock.IsADirectoryError,
	"NotADirectoryError":     fdsock.NotADirectoryError,
	"PermissionError":        fdsock.PermissionError,
	"ProcessLookupError":     fdsock.ProcessLookupError,
	"TimeoutError":           fdsock.TimeoutError,
}

// TestErrorMatrix asks every question of errors that calls return.
//
//inventory:row error text
func TestErrorMatrix(t *testing.T) {
	onDefault(t)
	a, b, err := fdsock.SocketPair()
	want(t, err, nil)
	a.SetTimeout(0)
	_, wouldBlock := a.Recv(1)
	a.SetTimeout(soon)
	_, timedOut := a.Recv(1)
	closeSocket(t, b)
	_, broken := a.Send([]byte("x"))
	closeSocket(t, a)
	_, closed := a.Recv(1)
	kernelTimeout := &fdsock.Error{Op: "recv", Errno: sys.ETIMEDOUT}
	for _, c := range []struct {
		name               string
		err                error
		class              string
		errno              sys.Errno
		timeout, temporary bool
		deadline, closed   bool
	}{
		{name: "would block", err: wouldBlock, class: "BlockingIOError", errno: sys.EAGAIN, temporary: true, timeout: false},
		{name: "timed out", err: timedOut, class: "TimeoutError", timeout: true, temporary: true, deadline: true},
		{name: "kernel's timeout", err: kernelTimeout, class: "TimeoutError", errno: sys.ETIMEDOUT, timeout: true, temporary: true},
		{name: "broken pipe", err: broken, class: "BrokenPipeError", errno: sys.EPIPE},
		{name: "closed", err: closed, class: "OSError", errno: sys.EBADF, closed: true},
		{name: "wrapped", err: fmt.Errorf("outer: %w", broken), class: "BrokenPipeError", errno: sys.EPIPE},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkText(t, c.err)
			for class, is := range predicates {
				if is(c.err) != (class == c.class) {
					t.Errorf("%s says %v", class, is(c.err))
				}
			}
			var errno sys.Errno
			if errors.As(c.err, &errno) != (c.errno != 0) || errno != c.errno {
				t.Errorf("the number is %d, want %d", errno, c.errno)
			}
			for target, is := range map[error]bool{
				fdsock.ErrTimeout: c.deadline, os.ErrDeadlineExceeded: c.deadline, net.ErrClosed: c.closed,
				context.DeadlineExceeded: false, sys.ECONNRESET: false, unix.EAGAIN: c.errno == sys.EAGAIN,
			} {
				if errors.Is(c.err, target) != is {
					t.Errorf("errors.Is %v says %v", target, !is)
				}
			}
			var n net.Error
			if !errors.As(c.err, &n) {
				t.Fatal("it is no net.Error")
			}
			if n.Timeout() != c.timeout {
				t.Error("Timeout says", n.Timeout())
			}
			var e *fdsock.Error
			if !errors.As(c.err, &e) || e.Temporary() != c.temporary {
				t.Error("Temporary says", e.Temporary())
			}
		})
	}
	for class, is := range predicates {
		if is(nil) || is(errors.New("other")) {
			t.Errorf("%s says yes to anything", class)
		}
	}
}

// TestClassesAreComplete asks the predicates about each number of the table.
func TestClassesAreComplete(t *testing.T) {
	for _, errno := range fdsock.Classes() {
		is := predicates[fdsock.ClassName(errno)]
		if is == nil || !is(&fdsock.Error{Op: "recv", Errno: errno}) {
			t.Errorf("%s is no %s", sys.ErrnoName(errno), fdsock.ClassName(errno))
		}
	}
}

// lastErrno is the last number that the tables of classes have.
const lastErrno = 200

// goldenClasses reads the table of the error numbers and their classes, which
// is of CPython on Linux: "number class" a line.
func goldenClasses(t *testing.T) []string {
	t.Helper()
	file, err := os.ReadFile("testdata/classes_linux.txt")
	want(t, err, nil)
	classes := make([]string, lastErrno+1)
	for line := range strings.Lines(string(file)) {
		var n int
		var class string
		if _, err := fmt.Sscanf(line, "%d %s", &n, &class); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		classes[n] = class
	}
	return classes
}

// TestClassesAreGolden compares every error number with the table, and asks
// each predicate about each.
//
//inventory:row error by errno
func TestClassesAreGolden(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the table has Linux's numbers")
	}
	for n, class := range goldenClasses(t) {
		if n == 0 {
			continue
		}
		if got := fdsock.ClassName(sys.Errno(n)); got != class {
			t.Errorf("%d is %s, want %s", n, got, class)
		}
		err := fmt.Errorf("outer: %w", &fdsock.Error{Op: "recv", Errno: sys.Errno(n)})
		for name, is := range predicates {
			if is(err) != (name == class) {
				t.Errorf("%s says %v of %d", name, is(err), n)
			}
		}
		if fdsock.ConnectionError(err) != (strings.HasPrefix(class, "Connection") || class == "BrokenPipeError") {
			t.Errorf("ConnectionError says %v of %d", fdsock.ConnectionError(err), n)
		}
	}
}

// TestClassesOfPython compares the class of every error number with the
// interpreter's, and the golden table too where it is Linux.
//
//inventory:row error by errno
func TestClassesOfPython(t *testing.T) {
	var calls []pyCall
	for n := 1; n <= lastErrno; n++ {
		calls = append(calls, pyCall{"klass", []any{n}})
	}
	sameAsPython(t, calls, func(c pyCall) (any, error) { return fdsock.ClassName(sys.Errno(c.Args[0].(int))), nil })
}

// TestErrorsOfTheStandardLibrary are found in the chain.
func TestErrorsOfTheStandardLibrary(t *testing.T) {
	for _, c := range []struct {
		errno  sys.Errno
		target error
	}{
		{sys.EACCES, os.ErrPermission},
		{sys.EPERM, os.ErrPermission},
		{sys.EEXIST, os.ErrExist},
		{sys.ENOENT, os.ErrNotExist},
		{sys.ENOSYS, errors.ErrUnsupported},
		{sys.ECONNRESET, syscall.ECONNRESET},
	} {
		err := error(&fdsock.Error{Op: "connect", Errno: c.errno})
		if !errors.Is(err, c.target) {
			t.Errorf("%v is no %v", err, c.target)
		}
		if errors.Is(&fdsock.Error{Op: "connect", Errno: sys.EINVAL}, c.target) {
			t.Errorf("EINVAL is %v", c.target)
		}
	}
	for _, err := range []error{&fdsock.GAIError{Code: fdsock.EAI_AGAIN}, &fdsock.Error{}} {
		var n net.Error
		if !errors.As(err, &n) {
			t.Errorf("%T is no net.Error", err)
		}
	}
}

// TestLookupEndsWithContext has the context's error in the chain, and leaves
// the socket's classes out of it.
//
//inventory:row gaierror
//inventory:row getaddrinfo waiting
func TestLookupEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	const host = "nowhere.invalid"
	_, info := fdsock.GetAddrInfo(ctx, host, "80", fdsock.Hints{})
	_, name := fdsock.GetHostByName(ctx, host)
	for _, err := range []error{info, name} {
		wantGAI(t, err)
		var gai *fdsock.GAIError
		if !errors.Is(err, context.Canceled) || !errors.As(err, &gai) || gai.Code != fdsock.EAI_AGAIN || !gai.Temporary() {
			t.Errorf("error is %v", err)
		}
	}
	_, err := fdsock.GetHostByAddr(ctx, "192.0.2.1")
	var host2 *fdsock.HError
	if !errors.As(err, &host2) || !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

// TestTimeoutIsNoErrno has the socket's own timeout stand for no number.
//
//inventory:row timeout
func TestTimeoutIsNoErrno(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, _ := w.pair(t)
		a.SetTimeout(soon)
		_, err := a.Recv(1)
		wantTimeout(t, err)
		var errno sys.Errno
		if errors.As(err, &errno) {
			t.Errorf("a timeout has number %d", errno)
		}
		var n net.Error
		if !errors.As(err, &n) || !n.Timeout() {
			t.Errorf("%v is no net.Error with a timeout", err)
		}
	})
}
