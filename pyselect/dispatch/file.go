package dispatch

import (
	"runtime"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
)

// FileWrapper gives a descriptor of a pipe, terminal or file the methods of a
// socket that a dispatcher needs: asyncore's file_wrapper. One that is no
// longer referred to is closed; Python warns, too.
type FileWrapper struct {
	fd      int
	cleanup runtime.Cleanup
}

// NewFileWrapper duplicates a descriptor, which stays the caller's.
func NewFileWrapper(fd int) (*FileWrapper, error) {
	own, err := fdsock.Dup(fd)
	if err != nil {
		return nil, err
	}
	w := &FileWrapper{fd: own}
	w.cleanup = runtime.AddCleanup(w, func(fd int) { _ = sys.Close(fd) }, own)
	return w, nil
}

// Fileno returns the duplicate, -1 once it is closed.
func (w *FileWrapper) Fileno() int { return w.fd }

// maxRoom is the most that Recv makes room for, in bytes, as in fdsock.
const maxRoom = 1 << 30

// Recv reads up to n bytes, 1 GiB or less; none at the end.
func (w *FileWrapper) Recv(n int) ([]byte, error) {
	defer runtime.KeepAlive(w)
	switch {
	case n < 0:
		return nil, &pyselect.ValueError{Text: "negative buffersize in read"}
	case n > maxRoom:
		return nil, w.failed("read", sys.ENOMEM)
	}
	p := make([]byte, n)
	n, errno := sys.Read(w.fd, p)
	return p[:max(n, 0)], w.failed("read", errno)
}

// Read is Recv, as in Python: it is not an io.Reader's.
func (w *FileWrapper) Read(n int) ([]byte, error) { return w.Recv(n) }

// Send writes what the descriptor takes of p, and returns how much that was.
func (w *FileWrapper) Send(p []byte) (int, error) {
	defer runtime.KeepAlive(w)
	n, errno := sys.Write(w.fd, p)
	return max(n, 0), w.failed("write", errno)
}

// Write is Send.
func (w *FileWrapper) Write(p []byte) (int, error) { return w.Send(p) }

// socketError implements transport: files have no pending error.
func (w *FileWrapper) socketError() (sys.Errno, error) { return 0, nil }

// Close closes the duplicate. Closing again does nothing, also after an error.
func (w *FileWrapper) Close() error {
	if w.fd < 0 {
		return nil
	}
	fd := w.fd
	w.fd = -1
	w.cleanup.Stop()
	if errno := sys.Close(fd); errno != 0 {
		return &pyselect.Error{Op: "close", FD: fd, Errno: errno}
	}
	return nil
}

func (w *FileWrapper) failed(op string, errno sys.Errno) error {
	if errno == 0 {
		return nil
	}
	return &pyselect.Error{Op: op, FD: w.fd, Errno: errno}
}

// FileDispatcher is a [Dispatcher] on a pipe, terminal or file: asyncore's
// file_dispatcher. A regular file is always ready.
type FileDispatcher struct{ Dispatcher }

// AttachFile duplicates an object's descriptor and makes it nonblocking, which
// the original is, too, then: they share the flag. The original stays the
// caller's.
func (d *FileDispatcher) AttachFile(o pyselect.Object) error {
	d.me()
	w, err := NewFileWrapper(o.Fileno())
	if err != nil {
		return err
	}
	if errno := sys.SetNonblock(w.fd, true); errno != 0 {
		err := w.failed("set_blocking", errno)
		_ = w.Close()
		return err
	}
	d.setTransport(w, nil)
	d.connected = true
	return nil
}
