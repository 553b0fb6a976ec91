package fdsock_test

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/reactor"
)

// TestImportStartsNothing runs a program that has one goroutine, and no event
// queue but Go's own, until it makes a socket, and that ends without ceremony.
func TestImportStartsNothing(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("descriptors are counted in /proc")
	}
	gotool, err := exec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	out, err := exec.Command(gotool, "run", "./testdata/exit").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var goroutines, queues, sent, after int
	_, err = fmt.Sscanf(string(out), "%d %d\n%d <nil> %d", &goroutines, &queues, &sent, &after)
	if err != nil || goroutines != 1 || queues > 1 || sent != 1 || after <= queues {
		t.Errorf("the program says %q: %v", out, err)
	}
}

// TestShutdown tells of the sockets that were left open, and ends their calls.
func TestShutdown(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	want(t, fdsock.Shutdown(ctx), nil) // nothing was started
	for range 2 {                      // the second time afresh
		l, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
		want(t, err, nil)
		want(t, l.Bind(fdsock.Inet("127.0.0.1", 0)), nil)
		want(t, l.Listen(), nil)
		addr, err := l.GetSockName()
		want(t, err, nil)
		c, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
		want(t, err, nil)
		want(t, c.Connect(addr), nil)
		own, err := c.GetSockName()
		want(t, err, nil)
		accepted, _, err := l.Accept()
		want(t, err, nil)
		waiting := begin(func() (int, error) { _, _, err := l.Accept(); return 0, err })
		untilInWait(t, 1)
		fd := c.Fileno()
		err = fdsock.Shutdown(ctx)
		var open *reactor.OpenHandlesError
		if !errors.As(err, &open) || len(open.Handles) != 3 {
			t.Fatalf("error is %v", err)
		}
		wantClosed(t, receive(t, waiting, "the end of the call").err)
		for _, text := range []string{
			"fd " + strconv.Itoa(fd) + " (tcp " + own.String() + " -> " + addr.String() + ")",
			" (tcp " + addr.String() + ")",
			" (tcp " + addr.String() + " -> " + own.String() + ")",
		} {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%q does not say %q", err, text)
			}
		}
		if accepted.Fileno() != -1 {
			t.Error("a socket is open")
		}
		want(t, fdsock.Shutdown(ctx), nil)
	}
	// With nothing open it need not wait.
	a, b, err := fdsock.SocketPair()
	want(t, err, nil)
	closeSocket(t, a)
	closeSocket(t, b)
	want(t, fdsock.Shutdown(context.Background()), nil)
}
