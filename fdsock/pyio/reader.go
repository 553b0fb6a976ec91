package pyio

import (
	"bytes"
	"io"
	"iter"
	"sync"
)

// BufferedReader reads ahead into a buffer. Any goroutine may call its
// methods; one call reads at a time.
type BufferedReader struct {
	refusesWrites
	base

	mu   sync.Mutex // held by the call that reads, also while it waits
	buf  []byte
	r, w int // buf[r:w] has not been read yet
}

// NewBufferedReader puts a buffer of size bytes on a file.
func NewBufferedReader(raw *SocketIO, size int) (*BufferedReader, error) {
	if size <= 0 {
		return nil, errBufferSize
	}
	if !raw.reading {
		return nil, errNotReadable
	}
	b := &BufferedReader{buf: make([]byte, size)}
	b.raw.Store(raw)
	return b, nil
}

// begin takes the lock, if the file can be read.
func (b *BufferedReader) begin(closed error) (*SocketIO, error) {
	b.mu.Lock()
	raw, err := b.usable(closed)
	if err != nil {
		b.mu.Unlock()
	}
	return raw, err
}

// take moves what is buffered into p, as far as it goes.
func (b *BufferedReader) take(p []byte) int {
	n := copy(p, b.buf[b.r:b.w])
	b.r += n
	return n
}

// fill reads once to the end of the buffer.
func (b *BufferedReader) fill(raw *SocketIO) (int, error) {
	n, err := raw.ReadInto(b.buf[b.w:])
	b.w += n
	return n, err
}

// refill reads once into the buffer, all of which has been read.
func (b *BufferedReader) refill(raw *SocketIO) (int, error) {
	b.r, b.w = 0, 0
	return b.fill(raw)
}

// Read implements io.Reader: what is buffered, or what one recv brings.
func (b *BufferedReader) Read(p []byte) (int, error) {
	raw, err := b.begin(errReadClosed)
	if err != nil {
		return 0, err
	}
	defer b.mu.Unlock()
	n, err := b.some(raw, p)
	return ended(n, err, p)
}

func (b *BufferedReader) some(raw *SocketIO, p []byte) (int, error) {
	if b.r == b.w && len(p) >= len(b.buf) {
		return raw.ReadInto(p)
	}
	if b.r == b.w && len(p) > 0 {
		if _, err := b.refill(raw); err != nil {
			return 0, err
		}
	}
	return b.take(p), nil
}

// ReadByte implements io.ByteReader.
func (b *BufferedReader) ReadByte() (byte, error) {
	raw, err := b.begin(errReadClosed)
	if err != nil {
		return 0, err
	}
	defer b.mu.Unlock()
	if b.r == b.w {
		if n, err := b.refill(raw); err != nil || n == 0 {
			_, err = ended(0, err, b.buf)
			return 0, err
		}
	}
	b.r++
	return b.buf[b.r-1], nil
}

// ReadN reads n bytes, fewer only at the end of the stream or, if a
// nonblocking socket has no more, at least one: otherwise the error is
// [ErrWouldBlock]. -1 reads all.
func (b *BufferedReader) ReadN(n int) ([]byte, error) {
	if n < -1 {
		return nil, errReadLength
	}
	if n == -1 {
		return b.ReadAll()
	}
	raw, err := b.begin(errReadClosed)
	if err != nil {
		return nil, err
	}
	defer b.mu.Unlock()
	got := make([]byte, 0, min(n, maxAlloc))
	for {
		if len(got) == cap(got) && len(got) < n {
			got = append(make([]byte, 0, min(2*cap(got), n)), got...)
		}
		part, err := b.full(raw, got[len(got):cap(got)], wholeBuffers, len(got))
		got = got[:len(got)+part]
		if err != nil || len(got) == n || len(got) < cap(got) {
			return got, err
		}
	}
}

// How much full reads past the buffer.
const (
	wholeBuffers = iota // and the rest by way of the buffer, as CPython's read
	allOfIt             // as CPython's readinto
)

// full reads until p is full: what is more than the buffer holds straight into
// p, the rest by way of the buffer. before is how many bytes the call has read
// already.
func (b *BufferedReader) full(raw *SocketIO, p []byte, direct, before int) (got int, err error) {
	if got = b.take(p); got == len(p) {
		return got, nil
	}
	b.r, b.w = 0, 0
	for got < len(p) {
		var n int
		switch rest := len(p) - got; {
		case rest > len(b.buf) && direct == allOfIt:
			n, err = raw.ReadInto(p[got:])
			got += n
		case rest >= len(b.buf) && direct == wholeBuffers:
			n, err = raw.ReadInto(p[got : len(p)-rest%len(b.buf)])
			got += n
		default: // never more is asked for than the buffer has room for
			n, err = b.fill(raw)
			got += b.take(p[got:])
		}
		switch {
		case err == ErrWouldBlock && before+got > 0: //nolint:errorlint // it is never wrapped
			return got, nil
		case err != nil || n == 0:
			return got, err
		}
	}
	return got, nil
}

// ReadAll reads until the end of the stream. If a nonblocking socket has no
// more it returns what came, or [ErrWouldBlock] if that is nothing.
func (b *BufferedReader) ReadAll() ([]byte, error) {
	raw, err := b.begin(errReadClosed)
	if err != nil {
		return nil, err
	}
	defer b.mu.Unlock()
	got := append(make([]byte, 0, 2*chunk), b.buf[b.r:b.w]...)
	b.r, b.w = 0, 0
	return slurp(got, raw.ReadInto)
}

// Read1 reads at most n bytes, a buffer full if n is negative, with at most
// one recv: what is buffered, if there is anything. If a nonblocking socket
// has nothing the error is [ErrWouldBlock], where Python returns what it
// returns at the end of the stream.
func (b *BufferedReader) Read1(n int) ([]byte, error) {
	raw, err := b.begin(errReadClosed)
	if err != nil {
		return nil, err
	}
	defer b.mu.Unlock()
	if n < 0 {
		n = len(b.buf)
	}
	if have := b.w - b.r; have > 0 {
		n = min(n, have)
		b.r += n
		return bytes.Clone(b.buf[b.r-n : b.r]), nil
	}
	if n == 0 {
		return nil, nil
	}
	return readSome(n, raw.ReadInto)
}

// noneIfEmpty forgives a lack of more, if there is something.
func noneIfEmpty[T line](got T, err error) (T, error) {
	if err == ErrWouldBlock && len(got) > 0 { //nolint:errorlint // it is never wrapped
		err = nil
	}
	return got, err
}

// ReadInto reads until p is full, as ReadN does.
func (b *BufferedReader) ReadInto(p []byte) (int, error) {
	raw, err := b.begin(errIntoClosed)
	if err != nil {
		return 0, err
	}
	defer b.mu.Unlock()
	return b.full(raw, p, allOfIt, 0)
}

// ReadInto1 reads into p with at most one recv, and without if anything is
// buffered.
func (b *BufferedReader) ReadInto1(p []byte) (int, error) {
	raw, err := b.begin(errIntoClosed)
	if err != nil {
		return 0, err
	}
	defer b.mu.Unlock()
	return b.some(raw, p)
}

// Peek returns what is buffered, or what one recv into the empty buffer brings,
// without taking it; n does not matter, as in CPython. The result is valid
// until the next read. The error is as in Read1.
func (b *BufferedReader) Peek(int) ([]byte, error) {
	raw, err := b.begin(errPeekClosed)
	if err != nil {
		return nil, err
	}
	defer b.mu.Unlock()
	if b.r == b.w {
		_, err = b.refill(raw)
	}
	return b.buf[b.r:b.w:b.w], err
}

// ReadLine reads up to and including a newline, or limit bytes if limit is not
// negative. The rest of the stream counts as a line, and so does what a
// nonblocking socket has, if anything: otherwise the error is as in Read1.
// Without a limit the peer decides how long the result gets.
func (b *BufferedReader) ReadLine(limit int) (got []byte, err error) {
	raw, err := b.begin(errLineClosed)
	if err != nil {
		return nil, err
	}
	defer b.mu.Unlock()
	for {
		var done bool
		if got, done = b.takeLine(got, limit); done {
			return got, nil
		}
		if n, err := b.refill(raw); n == 0 || err != nil {
			return noneIfEmpty(got, err)
		}
	}
}

// takeLine appends what is buffered of a line to got, which is to have at most
// limit bytes if that is not negative. It is done with the end of the line, or
// at the limit.
func (b *BufferedReader) takeLine(got []byte, limit int) (line []byte, done bool) {
	part := b.buf[b.r:b.w]
	if limit >= 0 {
		part = part[:min(len(part), limit-len(got))]
	}
	end := bytes.IndexByte(part, '\n')
	if end >= 0 {
		part = part[:end+1]
	}
	got = append(got, part...)
	b.r += len(part)
	return got, end >= 0 || len(got) == limit
}

// ReadLines reads lines until the end, or until they are longer than hint
// bytes in all if hint is positive.
func (b *BufferedReader) ReadLines(hint int) ([][]byte, error) {
	return collect(b.Lines(), hint, size)
}

// Lines iterates over the lines until the end of the stream or an error, which
// comes last.
func (b *BufferedReader) Lines() iter.Seq2[[]byte, error] { return lines(b.begun, b.ReadLine) }

// WriteLines fails, unless there are no lines.
func (b *BufferedReader) WriteLines(lines iter.Seq[[]byte]) error {
	return writeAll(b.begun, lines, b.Write)
}

// WriteTo implements io.WriterTo: it copies until the end of the stream.
func (b *BufferedReader) WriteTo(w io.Writer) (total int64, err error) {
	raw, err := b.begin(errReadClosed)
	if err != nil {
		return 0, err
	}
	defer b.mu.Unlock()
	for {
		if b.r == b.w {
			if n, err := b.refill(raw); err != nil || n == 0 {
				return total, err
			}
		}
		n, err := w.Write(b.buf[b.r:b.w])
		n = max(0, min(n, b.w-b.r))
		b.r += n
		total += int64(n)
		if err == nil && b.r < b.w {
			err = io.ErrShortWrite
		}
		if err != nil {
			return total, err
		}
	}
}

// Close closes the file: see [SocketIO.Close].
func (b *BufferedReader) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	raw, err := b.attached()
	if err != nil {
		return err
	}
	return raw.Close()
}

// Detach takes the buffer off, with what is in it, and returns the file below.
func (b *BufferedReader) Detach() (*SocketIO, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	raw, err := b.attached()
	if err == nil {
		err = raw.Flush()
	}
	if err != nil {
		return nil, err
	}
	b.raw.Store(nil)
	return raw, nil
}
