package fdsock_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// TestErrorTexts are the texts that users see and grep for.
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
	"ConnectionAbortedError": fdsock.ConnectionAbortedError,
	"ConnectionRefusedError": fdsock.ConnectionRefusedError,
	"ConnectionResetError":   fdsock.ConnectionResetError,
	"PermissionError":        fdsock.PermissionError,
	"TimeoutError":           fdsock.TimeoutError,
}

// TestErrorMatrix asks every question of errors that calls return.
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
		is, ok := predicates[fdsock.ClassName(errno)]
		if ok && !is(&fdsock.Error{Op: "recv", Errno: errno}) {
			t.Errorf("%s is no %s", sys.ErrnoName(errno), fdsock.ClassName(errno))
		}
	}
}

// TestClassesOfPython compares the table with the interpreter's.
func TestClassesOfPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 to compare with")
	}
	out, err := exec.CommandContext(t.Context(), python, "-c", `
import errno, json
print(json.dumps({n: [c, type(OSError(n, "")).__name__] for n, c in errno.errorcode.items()}))
`).Output()
	if err != nil {
		t.Skip("python3 does not run: ", err)
	}
	var table map[sys.Errno][2]string
	if err := json.Unmarshal(out, &table); err != nil {
		t.Fatal(err)
	}
	if len(table) < 50 {
		t.Fatalf("only %d numbers", len(table))
	}
	for errno, c := range table {
		if got := fdsock.ClassName(errno); got != c[1] {
			t.Errorf("%s is %s in Python, %s here", c[0], c[1], got)
		}
	}
}

// TestTimeoutIsNoErrno has the socket's own timeout stand for no number.
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
