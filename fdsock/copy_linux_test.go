//go:build linux

package fdsock_test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestReadFromBlockingPipe takes a pipe that package os cannot wait for, as
// standard input often is.
func TestReadFromBlockingPipe(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		var fds [2]int
		want(t, unix.Pipe2(fds[:], unix.O_CLOEXEC), nil)
		r, pw := os.NewFile(uintptr(fds[0]), "r"), os.NewFile(uintptr(fds[1]), "w")
		defer r.Close()
		copying := begin(func() (int, error) { n, err := a.ReadFrom(r); return int(n), err })
		for _, text := range []string{"one", "two"} {
			_, err := pw.WriteString(text)
			want(t, err, nil)
			wantSame(t, recvFull(t, b, 3), []byte(text))
		}
		want(t, pw.Close(), nil)
		got := receive(t, copying, "the end of the pipe")
		if want(t, got.err, nil); got.n != 6 {
			t.Error(got)
		}
	})
}
