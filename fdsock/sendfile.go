package fdsock

import (
	"errors"
	"io"
	"os"
	"strconv"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// sendfileChunk is the most that one sendfile(2) is asked for: 1 GiB, as in
// CPython, below every system's limit.
const sendfileChunk = 1 << 30

// SendFile sends a file from an offset in bytes to its end, or at most count
// bytes of it, and returns how many were sent: socket.sendfile(). A regular
// [os.File] goes by sendfile(2) where the system can, everything else, pipes
// for example, is read and sent. If the file can seek, its position is after
// what was sent when SendFile returns, also with an error.
//
// The socket must be a stream and must not be nonblocking (ValueError); a
// count must be positive (ValueError). The timeout is for the whole call.
// A regular file whose length the kernel gives as 0 is empty.
//
// Source: socket.socket.sendfile of Python's library reference. Unlike
// Python, pipes are not taken for empty, and a file that is read and sent
// starts at the offset also when that is 0.
func (s *Socket) SendFile(file io.Reader, offset int64, count ...int64) (int64, error) {
	limit := int64(-1)
	if len(count) > 0 {
		limit = count[0]
	}
	switch {
	case s.kind&SOCK_STREAM == 0:
		return 0, errNoStream
	case len(count) > 0 && limit <= 0:
		return 0, &ValueError{"count must be a positive integer (got " + strconv.FormatInt(limit, 10) + ")"}
	case offset < 0:
		return 0, &ValueError{"offset must not be negative"}
	}
	regular, size := regularFile(file)
	switch {
	case regular != nil && size == 0:
		return 0, nil
	case s.timeout.Load() == 0:
		return 0, &ValueError{"non-blocking sockets are not supported"}
	}
	w := wait{op: opSendFile}
	w.begin()
	if regular != nil {
		if sent, done, err := s.sendFile(&w, regular, offset, limit); done {
			return sent, err
		}
	}
	return s.sendRead(&w, file, offset, limit)
}

var errNoStream = &ValueError{"only SOCK_STREAM type sockets are supported"}

// regularFile returns r and its length if it is a regular file, else nil.
func regularFile(r any) (f *os.File, size int64) {
	f, ok := r.(*os.File)
	if !ok || f == nil {
		return nil, 0
	}
	kind := sys.OtherFile
	if raw, err := f.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { kind, size, _ = sys.Fstat(int(fd)) }) // a closed file fails when it is read
	}
	if kind != sys.RegularFile {
		return nil, 0
	}
	return f, size
}

// sendFile sends by sendfile(2), at most limit bytes unless that is negative.
// done is false if the call has refused to begin.
func (s *Socket) sendFile(w *wait, f *os.File, offset, limit int64) (sent int64, done bool, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, true, err
	}
	defer w.hold()()
	defer func() {
		if sent > 0 {
			_, _ = f.Seek(offset+sent, io.SeekStart) // a file that is closed has no position
		}
	}()
	for sent != limit {
		n := int64(sendfileChunk)
		if limit >= 0 {
			n = min(n, limit-sent)
		}
		moved, refused := 0, false
		var closed error
		err := s.repeat(w, reactor.Output, func(fd int) (errno Errno) {
			closed = raw.Control(func(file uintptr) {
				moved, errno = sys.Sendfile(fd, int(file), offset+sent, int(n))
			})
			refused = refusal(errno)
			return errno
		})
		sent += int64(moved)
		switch {
		case err != nil && refused && sent == 0:
			return 0, false, nil
		case err != nil || closed != nil:
			return sent, true, errors.Join(err, closed)
		case moved == 0: // the end, which may have come nearer meanwhile
			return sent, true, nil
		}
		if err := w.overdue(s, reactor.Output); err != nil && sent != limit {
			return sent, true, err
		}
	}
	return sent, true, nil
}

// refusal reports whether the kernel says that it cannot transfer between
// two descriptors at all. See sendfile(2) and splice(2).
func refusal(errno Errno) bool {
	return errno == sys.EINVAL || errno == sys.ENOSYS || errno == sys.EOPNOTSUPP
}

// repeat makes attempts at a call that moves data by the kernel until one does
// not say EAGAIN, waiting in between as the mode allows.
func (s *Socket) repeat(w *wait, mask reactor.Readiness, call func(fd int) Errno) error {
	for {
		before, ok := s.handle.Acquire()
		if !ok {
			return onClosed[w.op]
		}
		var errno Errno
		s.nonblocking(func() {
			errno = call(s.fd)
			for i := 1; mask == reactor.Input && s.misled(errno, 0, i); i++ {
				errno = call(s.fd)
			}
		})
		if errno == sys.EAGAIN {
			s.handle.Clear(before, mask)
		}
		s.handle.Release()
		if errno != sys.EAGAIN {
			return fail(w.op, errno)
		}
		if err := w.again(s, mask); err != nil {
			return err
		}
	}
}

// sendRead is SendFile for what sendfile(2) does not take.
func (s *Socket) sendRead(w *wait, r io.Reader, offset, limit int64) (sent int64, err error) {
	seeker, seeks := r.(io.Seeker)
	if seeks {
		_, err := seeker.Seek(offset, io.SeekStart)
		seeks = err == nil
	}
	if !seeks && offset != 0 {
		return 0, &ValueError{"underlying stream is not seekable"}
	}
	if limit >= 0 {
		r = io.LimitReader(r, limit)
	}
	sent, err = s.readSend(w, r)
	if seeks && sent > 0 {
		if _, bad := seeker.Seek(offset+sent, io.SeekStart); bad != nil && err == nil {
			err = bad
		}
	}
	return sent, err
}
