package dispatch_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/dispatch"
)

const parrot = "It's not dead, it's sleeping!"

// newFile writes a file and opens it.
func newFile(t *testing.T, flags int) (fd int, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "f")
	must(t, os.WriteFile(path, []byte(parrot), 0o600))
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0)
	must(t, err)
	return fd, path
}

// wrap makes a wrapper of a descriptor, which it closes.
func wrap(t *testing.T, fd int) *dispatch.FileWrapper {
	t.Helper()
	w, err := dispatch.NewFileWrapper(fd)
	must(t, err)
	must(t, unix.Close(fd))
	if w.Fileno() == fd || w.Fileno() < 0 {
		t.Error("it is no duplicate")
	}
	return w
}

//inventory:row test_asyncore.FileWrapperTest.test_recv
func TestFileRecv(t *testing.T) {
	fd, _ := newFile(t, unix.O_RDONLY)
	w := wrap(t, fd)
	for _, want := range []string{"It's not dead", ", it's"} {
		if p, err := w.Recv(len(want)); string(p) != want || err != nil {
			t.Errorf("%q, %v", p, err)
		}
	}
	if p, err := w.Read(100); string(p) != " sleeping!" || err != nil {
		t.Errorf("%q, %v", p, err)
	}
	if p, err := w.Recv(1); len(p) != 0 || err != nil {
		t.Errorf("%q, %v", p, err)
	}
	var value *pyselect.ValueError
	if _, err := w.Recv(-1); !errors.As(err, &value) {
		t.Error(err)
	}
	if _, err := w.Recv(math.MaxInt); !errors.Is(err, unix.ENOMEM) {
		t.Error(err)
	}
	must(t, w.Close())
	if _, err := w.Read(1); !errors.Is(err, unix.EBADF) {
		t.Error(err)
	}
	if _, err := dispatch.NewFileWrapper(-1); !errors.Is(err, unix.EBADF) {
		t.Error(err)
	}
}

//inventory:row test_asyncore.FileWrapperTest.test_send
func TestFileSend(t *testing.T) {
	fd, path := newFile(t, unix.O_WRONLY|unix.O_APPEND)
	w := wrap(t, fd)
	_, err := w.Write([]byte("Come again?"))
	must(t, err)
	n, err := w.Send([]byte("Cheese."))
	must(t, err)
	must(t, w.Close())
	text, err := os.ReadFile(path)
	must(t, err)
	if n != 7 || string(text) != parrot+"Come again?Cheese." {
		t.Errorf("%d, %q", n, text)
	}
	if _, err := w.Send([]byte("x")); !errors.Is(err, unix.EBADF) {
		t.Error(err)
	}
}

// TestFileCloseTwice does nothing the second time, also after a close that
// failed.
//
//inventory:row test_asyncore.FileWrapperTest.test_close_twice
func TestFileCloseTwice(t *testing.T) {
	fd, _ := newFile(t, unix.O_RDONLY)
	w := wrap(t, fd)
	must(t, unix.Close(w.Fileno()))
	if err := w.Close(); !errors.Is(err, unix.EBADF) || w.Fileno() != -1 {
		t.Error(err, w.Fileno())
	}
	must(t, w.Close())
}

// TestFileLeftOver closes a wrapper that nobody refers to.
//
//inventory:row test_asyncore.FileWrapperTest.test_resource_warning
func TestFileLeftOver(t *testing.T) {
	var ends [2]int
	must(t, unix.Pipe(ends[:]))
	defer unix.Close(ends[0])
	wrap(t, ends[1])
	must(t, unix.SetNonblock(ends[0], true))
	var p [1]byte
	for deadline := time.Now().Add(patience); ; runtime.Gosched() {
		runtime.GC()
		if n, err := unix.Read(ends[0], p[:]); n == 0 && err == nil {
			return // the end: the other side is closed
		}
		if time.Now().After(deadline) {
			t.Fatal("it stays open")
		}
	}
}

// fileReader collects what a file has.
type fileReader struct {
	dispatch.FileDispatcher
	data string
	ends int
}

func (f *fileReader) HandleRead() error {
	p, err := f.Recv(len(parrot))
	f.data += string(p)
	return err
}

func (f *fileReader) HandleClose() error { f.ends++; return f.Close() }
func (f *fileReader) Writable() bool     { return false }

// TestFileDispatcher reads a file until its end, and a pipe.
//
//inventory:row test_asyncore.FileWrapperTest.test_dispatcher
func TestFileDispatcher(t *testing.T) {
	for _, usePoll := range []bool{false, true} {
		m := newMap(t)
		fd, _ := newFile(t, unix.O_RDONLY)
		f := &fileReader{}
		f.Init(f, m)
		must(t, f.AttachFile(pyselect.FD(fd)))
		must(t, unix.Close(fd))
		if !f.Connected() || f.Socket() != nil {
			t.Error("not connected")
		}
		must(t, dispatch.Loop(turn, usePoll, m, 2))
		if f.data != parrot || f.ends != 1 || m.Len() != 0 {
			t.Errorf("%q, %d ends, %d channels", f.data, f.ends, m.Len())
		}

		var ends [2]int
		must(t, unix.Pipe(ends[:]))
		f = &fileReader{}
		f.Init(f, m)
		must(t, f.AttachFile(pyselect.FD(ends[0])))
		must(t, unix.Close(ends[0]))
		if p, err := f.Recv(1); p != nil || err != nil || f.ends != 0 {
			t.Error(p, err, f.ends)
		}
		must(t, f.HandleExptEvent()) // no pending error
		_, err := unix.Write(ends[1], []byte("spam"))
		must(t, err)
		must(t, unix.Close(ends[1]))
		// A poll object reports the hang-up with the data, which the channel
		// reads first.
		must(t, dispatch.Loop(turn, usePoll, m, dispatch.Unlimited))
		if f.data != "spam" || f.ends != 1 {
			t.Errorf("%q, %d ends", f.data, f.ends)
		}
	}
}

// TestFileDispatcherFails leaves nothing behind.
func TestFileDispatcherFails(t *testing.T) {
	fd, _ := newFile(t, unix.O_RDONLY)
	defer unix.Close(fd)
	m := newMap(t)
	f := &fileReader{}
	f.Init(f, m)
	if err := f.AttachFile(pyselect.FD(-1)); !errors.Is(err, unix.EBADF) {
		t.Error(err)
	}
	defer sys.SetHook(func(c sys.Call) sys.Fault {
		if c.Op == sys.OpSetNonblock {
			return sys.Fault{Errno: sys.EINVAL}
		}
		return sys.Fault{}
	})()
	if err := f.AttachFile(pyselect.FD(fd)); !errors.Is(err, unix.EINVAL) || m.Len() != 0 {
		t.Error(err, m.Len())
	}
}
