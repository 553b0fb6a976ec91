package pyio

import (
	"errors"
	"iter"
)

// BufferedRWPair is a reader and a writer on one socket, each with a buffer of
// its own: one call may read while another writes.
type BufferedRWPair struct {
	reader *BufferedReader
	writer *BufferedWriter
}

// NewBufferedRWPair puts two buffers of size bytes on a file, or on two.
func NewBufferedRWPair(reader, writer *SocketIO, size int) (*BufferedRWPair, error) {
	r, err := NewBufferedReader(reader, size)
	if err != nil {
		return nil, err
	}
	w, err := NewBufferedWriter(writer, size)
	if err != nil {
		return nil, err
	}
	return &BufferedRWPair{reader: r, writer: w}, nil
}

func (b *BufferedRWPair) begun() error { return b.writer.begun() }

// Read implements io.Reader: [BufferedReader.Read].
func (b *BufferedRWPair) Read(p []byte) (int, error) { return b.reader.Read(p) }

// ReadByte implements io.ByteReader.
func (b *BufferedRWPair) ReadByte() (byte, error) { return b.reader.ReadByte() }

// ReadN is [BufferedReader.ReadN].
func (b *BufferedRWPair) ReadN(n int) ([]byte, error) { return b.reader.ReadN(n) }

// ReadAll is [BufferedReader.ReadAll].
func (b *BufferedRWPair) ReadAll() ([]byte, error) { return b.reader.ReadAll() }

// Read1 is [BufferedReader.Read1].
func (b *BufferedRWPair) Read1(n int) ([]byte, error) { return b.reader.Read1(n) }

// ReadInto is [BufferedReader.ReadInto].
func (b *BufferedRWPair) ReadInto(p []byte) (int, error) { return b.reader.ReadInto(p) }

// ReadInto1 is [BufferedReader.ReadInto1].
func (b *BufferedRWPair) ReadInto1(p []byte) (int, error) { return b.reader.ReadInto1(p) }

// Peek is [BufferedReader.Peek].
func (b *BufferedRWPair) Peek(n int) ([]byte, error) { return b.reader.Peek(n) }

// ReadLine reads up to and including a newline, or limit bytes if limit is not
// negative. Unlike a BufferedReader's, and as in Python, it fails if a
// nonblocking socket has only a part of the line, which it returns.
func (b *BufferedRWPair) ReadLine(limit int) ([]byte, error) { return b.reader.wholeLine(limit) }

// wholeLine is IOBase.readline, by peek and read.
func (b *BufferedReader) wholeLine(limit int) (got []byte, err error) {
	raw, err := b.begin(errPeekClosed)
	if err != nil {
		return nil, err
	}
	defer b.mu.Unlock()
	for limit < 0 || len(got) < limit {
		if b.r == b.w {
			n, err := b.refill(raw)
			if err == ErrWouldBlock { //nolint:errorlint // it is never wrapped
				err = errNoneRead
			}
			if n == 0 || err != nil {
				return got, err
			}
		}
		var done bool
		if got, done = b.takeLine(got, limit); done {
			break
		}
	}
	return got, nil
}

// ReadLines reads lines until the end, or until they are longer than hint
// bytes in all if hint is positive.
func (b *BufferedRWPair) ReadLines(hint int) ([][]byte, error) {
	return collect(b.Lines(), hint, size)
}

// Lines iterates over the lines until the end of the stream or an error, which
// comes last.
func (b *BufferedRWPair) Lines() iter.Seq2[[]byte, error] { return lines(b.begun, b.ReadLine) }

// Write is [BufferedWriter.Write].
func (b *BufferedRWPair) Write(p []byte) (int, error) { return b.writer.Write(p) }

// WriteString is Write.
func (b *BufferedRWPair) WriteString(s string) (int, error) { return b.writer.WriteString(s) }

// WriteLines writes each of the lines, without adding anything.
func (b *BufferedRWPair) WriteLines(lines iter.Seq[[]byte]) error {
	return writeAll(b.begun, lines, b.Write)
}

// Flush sends what is in the writer's buffer.
func (b *BufferedRWPair) Flush() error { return b.writer.Flush() }

// Close closes the writer, then the reader.
func (b *BufferedRWPair) Close() error { return errors.Join(b.writer.Close(), b.reader.Close()) }

// Closed reports whether the writer is closed.
func (b *BufferedRWPair) Closed() bool { return b.writer.Closed() }

// Readable reports whether the reader reads.
func (b *BufferedRWPair) Readable() (bool, error) { return b.reader.Readable() }

// Writable reports whether the writer writes.
func (b *BufferedRWPair) Writable() (bool, error) { return b.writer.Writable() }

// Seekable reports false.
func (b *BufferedRWPair) Seekable() (bool, error) { return false, nil }

// IsATTY reports false.
func (b *BufferedRWPair) IsATTY() (bool, error) { return b.writer.IsATTY() }

// Fileno fails, as in Python: there could be two.
func (b *BufferedRWPair) Fileno() (int, error) { return -1, errNoFileno }

// Mode returns rwb.
func (b *BufferedRWPair) Mode() string { return "rwb" }

// Seek fails.
func (b *BufferedRWPair) Seek(int64, int) (int64, error) { return 0, errNoSeek }

// Tell fails.
func (b *BufferedRWPair) Tell() (int64, error) { return 0, errNoSeek }

// Truncate fails.
func (b *BufferedRWPair) Truncate() error { return errNoTruncate }

// Detach fails, as in Python: there could be two.
func (b *BufferedRWPair) Detach() (*SocketIO, error) { return nil, errNoDetach }
