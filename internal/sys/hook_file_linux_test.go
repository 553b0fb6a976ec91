//go:build linux

package sys_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
)

// file makes a regular file that holds the fixture's data.
func (f *fixture) file() int {
	f.t.Helper()
	name := filepath.Join(f.t.TempDir(), "file")
	if err := os.WriteFile(name, f.data, 0o600); err != nil {
		f.t.Fatal(err)
	}
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		f.t.Fatal(err)
	}
	f.closes(fd)
	return fd
}

func init() { //nolint:gochecknoinits // adds to a table of tests
	attempts[sys.OpPipe] = func(f *fixture) sys.Errno {
		r, w, errno := sys.Pipe()
		if errno == 0 {
			f.closes(r, w)
		}
		return errno
	}
	attempts[sys.OpSendfile] = func(f *fixture) sys.Errno {
		return f.moved(sys.Sendfile(f.a, f.file(), 0, len(f.data)))
	}
	attempts[sys.OpSplice] = func(f *fixture) sys.Errno {
		r, w, errno := sys.Pipe()
		f.check(errno)
		f.closes(r, w)
		return f.moved(sys.Splice(f.full, w, len(f.data)))
	}
}

// TestFileTransfersShortened has the hook shorten sendfile and splice.
func TestFileTransfersShortened(t *testing.T) {
	for _, op := range []sys.Op{sys.OpSendfile, sys.OpSplice} {
		for limit, want := range map[int]int{0: 10, 1: 1, 7: 7, 100: 10} {
			f := newFixture(t)
			restore := sys.SetHook(func(c sys.Call) sys.Fault {
				if c.Op != op {
					return sys.Fault{}
				}
				if c.Len != len(f.data) {
					t.Errorf("the hook was asked about %+v", c)
				}
				return sys.Fault{Max: limit}
			})
			if errno := attempts[op](f); errno != 0 || f.n != want {
				t.Errorf("%v with %d: %d bytes, %v", op, limit, f.n, errno)
			}
			restore()
		}
	}
}

func TestFstat(t *testing.T) {
	f := newFixture(t)
	r, w, errno := sys.Pipe()
	f.check(errno)
	f.closes(r, w)
	null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.closes(null)
	for fd, want := range map[int]struct {
		kind sys.FileKind
		size int64
	}{
		f.file(): {sys.RegularFile, 10}, f.a: {sys.SocketFile, 0}, r: {sys.PipeFile, 0}, null: {sys.OtherFile, 0},
	} {
		kind, size, errno := sys.Fstat(fd)
		if kind != want.kind || size != want.size || errno != 0 {
			t.Errorf("kind %d, size %d, %v, want %+v", kind, size, errno, want)
		}
	}
	if _, _, errno := sys.Fstat(-1); errno != sys.EBADF {
		t.Error(errno)
	}
}
