package pyio

import (
	"bytes"
	"errors"
	"iter"
	"os"
	"strings"
	"sync/atomic"

	"github.com/pollux-net/pollux/internal/sys"
)

// Source is the socket under a file. RecvInto and Send are as in fdsock: 0 is
// the end of the stream; EAGAIN, found by errors.Is, is a call that would
// have to wait; os.ErrDeadlineExceeded or ETIMEDOUT is a timeout.
type Source interface {
	RecvInto(p []byte) (int, error)
	Send(p []byte) (int, error)
	Fileno() int
	// Release is called once, when the file that holds the source is closed.
	Release() error
}

// SocketIO is a file without a buffer: each read is one recv, each write one
// send. Any goroutine may call its methods, several at once.
type SocketIO struct {
	source  Source
	mode    string
	reading bool
	writing bool
	closed  atomic.Bool
	expired atomic.Bool // a read has timed out: what it missed is unknown
}

// NewSocketIO makes a file on a socket, which it releases when it is closed.
// The mode is r, w, rw, or one of these with b.
func NewSocketIO(source Source, mode string) (*SocketIO, error) {
	f := &SocketIO{source: source, mode: mode}
	switch mode {
	case "r", "w", "rw":
		f.mode += "b"
	case "rb", "wb", "rwb":
	default:
		return nil, &ValueError{"invalid mode: " + quote(mode)}
	}
	f.reading = mode[0] == 'r'
	f.writing = !f.reading || mode[1:] == "w" || mode[1:] == "wb"
	return f, nil
}

func (f *SocketIO) open() error {
	if f.closed.Load() {
		return errClosedFile
	}
	return nil
}

// ReadInto is one recv into p. It returns how many bytes came; 0 is the end of
// the stream, or an empty p. After a timeout it fails for ever: a caller that
// had read part of a message could not tell where it is.
func (f *SocketIO) ReadInto(p []byte) (int, error) {
	switch {
	case f.closed.Load():
		return 0, errClosedFile
	case !f.reading:
		return 0, errNotReadable
	case f.expired.Load():
		return 0, errTimedOut
	}
	n, err := f.source.RecvInto(p)
	switch {
	case err == nil:
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, sys.ETIMEDOUT):
		f.expired.Store(true)
	case errors.Is(err, sys.EAGAIN):
		err = ErrWouldBlock
	}
	return n, err
}

// Write is one send. Without a timeout that is all of p; otherwise it may be
// less, without an error, which is not as io.Writer has it. If nothing was
// sent because there is no room, the error is [ErrWouldBlock].
func (f *SocketIO) Write(p []byte) (int, error) {
	switch {
	case f.closed.Load():
		return 0, errClosedFile
	case !f.writing:
		return 0, errNotWritable
	}
	n, err := f.source.Send(p)
	if err != nil && errors.Is(err, sys.EAGAIN) {
		err = ErrWouldBlock
	}
	return n, err
}

// WriteString is Write.
func (f *SocketIO) WriteString(s string) (int, error) { return f.Write([]byte(s)) }

// WriteLines writes each of the lines, without adding anything.
func (f *SocketIO) WriteLines(lines iter.Seq[[]byte]) error {
	return writeAll(f.open, lines, f.Write)
}

// Read implements io.Reader: one recv.
func (f *SocketIO) Read(p []byte) (int, error) {
	n, err := f.ReadInto(p)
	return ended(n, err, p)
}

// ReadN reads at most n bytes with one recv, or all if n is negative.
func (f *SocketIO) ReadN(n int) ([]byte, error) {
	if n < 0 {
		return f.ReadAll()
	}
	return readSome(n, f.ReadInto)
}

// ReadAll reads until the end of the stream. If a nonblocking socket has no
// more it returns what came, or [ErrWouldBlock] if that is nothing.
func (f *SocketIO) ReadAll() ([]byte, error) { return slurp(nil, f.ReadInto) }

// slurp appends to got until the end.
func slurp(got []byte, read func([]byte) (int, error)) ([]byte, error) {
	for {
		if cap(got)-len(got) < chunk {
			got = append(make([]byte, 0, 2*cap(got)+chunk), got...)
		}
		n, err := read(got[len(got):cap(got)])
		got = got[:len(got)+n]
		switch {
		case err == ErrWouldBlock && len(got) > 0: //nolint:errorlint // it is never wrapped
			return got, nil
		case err != nil || n == 0:
			return got, err
		}
	}
}

// Read1 is ReadN, which is one recv already.
func (f *SocketIO) Read1(n int) ([]byte, error) { return f.ReadN(n) }

// ReadInto1 is ReadInto, which is one recv already.
func (f *SocketIO) ReadInto1(p []byte) (int, error) { return f.ReadInto(p) }

// Peek fails: there is no buffer.
func (f *SocketIO) Peek(int) ([]byte, error) { return nil, errNoPeek }

// ReadLine reads up to and including a newline, or limit bytes if limit is not
// negative, a byte at a time. As in Python it needs a socket that waits.
func (f *SocketIO) ReadLine(limit int) (got []byte, err error) {
	var one [1]byte
	for limit < 0 || len(got) < limit {
		n, err := f.ReadInto(one[:])
		if err == ErrWouldBlock { //nolint:errorlint // it is never wrapped
			err = errNoneRead
		}
		if n == 0 || err != nil {
			return got, err
		}
		if got = append(got, one[0]); one[0] == '\n' {
			break
		}
	}
	return got, nil
}

// ReadLines reads lines until the end, or until they are longer than hint
// bytes in all if hint is positive.
func (f *SocketIO) ReadLines(hint int) ([][]byte, error) { return collect(f.Lines(), hint, size) }

// Lines iterates over the lines until the end of the stream or an error,
// which comes last.
func (f *SocketIO) Lines() iter.Seq2[[]byte, error] { return lines(f.open, f.ReadLine) }

// Flush does nothing: nothing is buffered.
func (f *SocketIO) Flush() error { return f.open() }

// Close closes the file. It closes the socket too if Close has been called on
// that, and this is the last file. Closing again does nothing.
func (f *SocketIO) Close() error {
	if f.closed.Swap(true) {
		return nil
	}
	return f.source.Release()
}

// Closed reports whether the file is closed.
func (f *SocketIO) Closed() bool { return f.closed.Load() }

// Fileno returns the socket's descriptor, -1 if that is closed.
func (f *SocketIO) Fileno() (int, error) {
	if err := f.open(); err != nil {
		return -1, err
	}
	return f.source.Fileno(), nil
}

// Name returns the descriptor, -1 once the file is closed: SocketIO.name.
func (f *SocketIO) Name() int {
	fd, _ := f.Fileno()
	return fd
}

// Mode returns rb, wb or rwb.
func (f *SocketIO) Mode() string { return f.mode }

// Readable reports whether the file was opened for reading.
func (f *SocketIO) Readable() (bool, error) { return f.can(f.reading) }

// Writable reports whether the file was opened for writing.
func (f *SocketIO) Writable() (bool, error) { return f.can(f.writing) }

// Seekable reports false: a socket has no position.
func (f *SocketIO) Seekable() (bool, error) { return f.can(false) }

func (f *SocketIO) can(does bool) (bool, error) {
	if f.closed.Load() {
		return false, errClosedSocket
	}
	return does, nil
}

// IsATTY reports false.
func (f *SocketIO) IsATTY() (bool, error) { return false, f.open() }

// Seek fails.
func (f *SocketIO) Seek(int64, int) (int64, error) { return 0, errNoSeek }

// Tell fails.
func (f *SocketIO) Tell() (int64, error) { return 0, errNoSeek }

// Truncate fails.
func (f *SocketIO) Truncate() error { return errNoTruncate }

// Detach fails: there is nothing below that is a file.
func (f *SocketIO) Detach() (*SocketIO, error) { return nil, errNoDetach }

// quote is Python's repr of a short string.
func quote(s string) string {
	var b bytes.Buffer
	mark := '\''
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		mark = '"'
	}
	b.WriteRune(mark)
	for _, r := range s {
		if r == mark || r == '\\' {
			b.WriteByte('\\')
		}
		if r < ' ' {
			b.WriteString(escape(r))
		} else {
			b.WriteRune(r)
		}
	}
	b.WriteRune(mark)
	return b.String()
}
