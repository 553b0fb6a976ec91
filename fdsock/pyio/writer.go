package pyio

import (
	"errors"
	"iter"
	"sync"
)

// BufferedWriter collects what is written in a buffer. Any goroutine may call
// its methods; one call writes at a time.
type BufferedWriter struct {
	refusesReads
	base

	mu   sync.Mutex // held by the call that writes, also while it waits
	buf  []byte
	r, w int // buf[r:w] is still to be sent
}

// NewBufferedWriter puts a buffer of size bytes on a file.
func NewBufferedWriter(raw *SocketIO, size int) (*BufferedWriter, error) {
	if size <= 0 {
		return nil, errBufferSize
	}
	if !raw.writing {
		return nil, errNotWritable
	}
	b := &BufferedWriter{buf: make([]byte, size)}
	b.raw.Store(raw)
	return b, nil
}

// Write takes p into the buffer, which it sends when it is full. If a
// nonblocking socket has no room for what does not fit, the error is a
// [BlockingIOError] that says how much was taken, as the count does. After
// another error, a timeout for example, what was taken before stays in the
// buffer as far as it has not been sent.
func (b *BufferedWriter) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	raw, err := b.usable(errWriteClosed)
	if err != nil {
		return 0, err
	}
	if b.r == b.w {
		b.r, b.w = 0, 0
	}
	if len(p) <= len(b.buf)-b.w {
		return b.keep(p), nil
	}
	if err := b.flush(raw); err != nil {
		return b.squeeze(p, err)
	}
	taken := 0
	for len(p)-taken > len(b.buf) {
		n, err := raw.Write(p[taken:])
		taken += n
		if err == ErrWouldBlock { //nolint:errorlint // it is never wrapped
			taken += b.keep(p[taken:])
			if taken < len(p) {
				return taken, incomplete(taken)
			}
			return taken, nil
		}
		if err != nil {
			return taken, err
		}
	}
	return taken + b.keep(p[taken:]), nil
}

// keep appends to the buffer as much of p as has room.
func (b *BufferedWriter) keep(p []byte) int {
	n := copy(b.buf[b.w:], p)
	b.w += n
	return n
}

// squeeze is what follows a flush that has failed: the room that it has made
// is used, if the socket is only busy.
func (b *BufferedWriter) squeeze(p []byte, err error) (int, error) {
	if busy := new(BlockingIOError); !errors.As(err, &busy) {
		return 0, err
	}
	b.r, b.w = 0, copy(b.buf, b.buf[b.r:b.w])
	n := b.keep(p)
	if n < len(p) {
		return n, incomplete(n)
	}
	return n, nil
}

// flush sends what is in the buffer.
func (b *BufferedWriter) flush(raw *SocketIO) error {
	for b.r < b.w {
		n, err := raw.Write(b.buf[b.r:b.w])
		b.r += n
		if err == ErrWouldBlock { //nolint:errorlint // it is never wrapped
			return incomplete(0)
		}
		if err != nil {
			return err
		}
	}
	b.r, b.w = 0, 0
	return nil
}

// Flush sends what is in the buffer. If a nonblocking socket has no room for
// all of it, the error is a [BlockingIOError], and the rest stays.
func (b *BufferedWriter) Flush() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	raw, err := b.usable(errFlushClosed)
	if err != nil {
		return err
	}
	return b.flush(raw)
}

// ReadLine fails, unless it is to read nothing.
func (b *BufferedWriter) ReadLine(limit int) ([]byte, error) {
	if limit == 0 {
		return nil, nil
	}
	return nil, errNoRead
}

// ReadLines fails.
func (b *BufferedWriter) ReadLines(hint int) ([][]byte, error) {
	return collect(b.Lines(), hint, size)
}

// Lines gives the error only.
func (b *BufferedWriter) Lines() iter.Seq2[[]byte, error] { return lines(b.begun, b.ReadLine) }

// Truncate flushes, and fails.
func (b *BufferedWriter) Truncate() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	raw, err := b.usable(errTruncClosed)
	if err != nil {
		return err
	}
	return first(b.flush(raw), errNoTruncate)
}

// WriteString is Write.
func (b *BufferedWriter) WriteString(s string) (int, error) { return b.Write([]byte(s)) }

// WriteLines writes each of the lines, without adding anything.
func (b *BufferedWriter) WriteLines(lines iter.Seq[[]byte]) error {
	return writeAll(b.begun, lines, b.Write)
}

// Close flushes and closes the file, also if flushing fails: see
// [SocketIO.Close].
func (b *BufferedWriter) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	raw, err := b.attached()
	if err != nil || raw.Closed() {
		return err
	}
	return errors.Join(b.flush(raw), raw.Close())
}

// Detach flushes, takes the buffer off, and returns the file below.
func (b *BufferedWriter) Detach() (*SocketIO, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	raw, err := b.usable(errFlushClosed)
	if err != nil {
		return nil, err
	}
	if err := b.flush(raw); err != nil {
		return nil, err
	}
	b.raw.Store(nil)
	return raw, nil
}
