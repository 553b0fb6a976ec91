package aio

import (
	"errors"
	"io"
	"os"
	"sync"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/selectors"
)

// fileChunk is how much of a file is read at once.
const fileChunk = 64 << 10

// SockSendFile sends a regular file from an offset on, count bytes of it or, if
// count is negative, all, and gives how much was sent: less than count if the
// file ends. The file's position is after what was sent then, also after an
// error or Cancel, and is as it was if that was nothing. The socket must be a
// stream.
//
// Source: loop.sock_sendfile of asyncio.
func (l *Loop) SockSendFile(s *fdsock.Socket, file *os.File, offset, count int64) *Future[int64] {
	f := NewFuture[int64](l)
	if err := checkSendFile(s, file, offset); err != nil {
		_ = f.SetException(err)
		return f
	}
	t := &fileTransfer{s: s, file: file, at: offset, left: count, buf: make([]byte, fileChunk)}
	f.ending = t.end
	awaitInto(f, s, selectors.EVENT_WRITE, t.attempt)
	return f
}

func checkSendFile(s *fdsock.Socket, file *os.File, offset int64) error {
	if err := nonblocking(s); err != nil {
		return err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case s.Type() != fdsock.SOCK_STREAM:
		return &pyselect.ValueError{Text: "only SOCK_STREAM type sockets are supported"}
	case offset < 0:
		return &pyselect.ValueError{Text: "offset must be a non-negative integer"}
	case !info.Mode().IsRegular():
		return &pyselect.ValueError{Text: "not a regular file"}
	}
	return nil
}

// fileTransfer is a file that is being sent.
type fileTransfer struct {
	s    *fdsock.Socket
	file *os.File

	mu    sync.Mutex // the future may be cancelled meanwhile
	over  bool
	at    int64 // where what is in unsent ends
	left  int64 // after that; negative for all
	total int64

	buf, unsent []byte
}

// attempt sends one piece.
func (t *fileTransfer) attempt() (int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return t.total, ErrCancelled
	}
	if len(t.unsent) == 0 {
		if err := t.fill(); err != nil || len(t.unsent) == 0 {
			return t.total, t.finish(err)
		}
	}
	n, err := t.s.Send(t.unsent)
	t.unsent = t.unsent[n:]
	t.total += int64(n)
	if err == nil || again(err) {
		return t.total, errAgain
	}
	return t.total, t.finish(err)
}

// fill reads the next piece; none at the end.
func (t *fileTransfer) fill() error {
	p := t.buf
	if t.left >= 0 && t.left < int64(len(p)) {
		p = p[:t.left]
	}
	n, err := t.file.ReadAt(p, t.at)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	t.unsent = p[:n]
	t.at += int64(n)
	if t.left >= 0 {
		t.left -= int64(n)
	}
	return err
}

// finish sets the file's position, as Python does; call with mu held.
func (t *fileTransfer) finish(err error) error {
	t.over = true
	if t.total == 0 {
		return err
	}
	_, failed := t.file.Seek(t.at-int64(len(t.unsent)), io.SeekStart)
	return errors.Join(err, failed)
}

// end is finish when the future has its result from elsewhere: it was
// cancelled, or the loop closed.
func (t *fileTransfer) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.over {
		_ = t.finish(nil) // the result is decided
	}
}
