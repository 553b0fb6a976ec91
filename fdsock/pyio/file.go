package pyio

import (
	"io"
	"iter"
)

// File is what all the objects have: Python's IOBase. Calls that the object
// cannot do fail with [UnsupportedOperation].
type File interface {
	io.Reader
	io.Writer
	io.StringWriter
	io.Closer
	io.Seeker
	Tell() (int64, error)
	Truncate() error
	Flush() error
	Closed() bool
	Fileno() (int, error)
	Readable() (bool, error)
	Writable() (bool, error)
	Seekable() (bool, error)
	IsATTY() (bool, error)
	Mode() string
}

// Binary is a File of bytes: [SocketIO], [BufferedReader], [BufferedWriter] or
// [BufferedRWPair].
type Binary interface {
	File
	ReadN(n int) ([]byte, error)
	ReadAll() ([]byte, error)
	Read1(n int) ([]byte, error)
	ReadInto(p []byte) (int, error)
	ReadInto1(p []byte) (int, error)
	Peek(n int) ([]byte, error)
	ReadLine(limit int) ([]byte, error)
	ReadLines(hint int) ([][]byte, error)
	Lines() iter.Seq2[[]byte, error]
	WriteLines(lines iter.Seq[[]byte]) error
	Detach() (*SocketIO, error)
}

var (
	_ Binary        = (*SocketIO)(nil)
	_ Binary        = (*BufferedReader)(nil)
	_ Binary        = (*BufferedWriter)(nil)
	_ Binary        = (*BufferedRWPair)(nil)
	_ File          = (*TextIOWrapper)(nil)
	_ io.RuneReader = (*TextIOWrapper)(nil)
	_ io.ByteReader = (*BufferedReader)(nil)
	_ io.ByteReader = (*BufferedRWPair)(nil)
)

// chunk is Python's io.DEFAULT_BUFFER_SIZE, in bytes.
const chunk = 8192

// line is what readline returns.
type line interface{ ~string | ~[]byte }

// lines iterates over what readline returns, until it is empty or an error.
func lines[T line](closed func() error, readline func(limit int) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err := closed(); err != nil {
			yield(*new(T), err)
			return
		}
		for {
			l, err := readline(-1)
			if err == nil && len(l) == 0 {
				return
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}

// collect is IOBase.readlines: all lines, or those up to the one with which
// their length passes a positive hint.
func collect[T line](all iter.Seq2[T, error], hint int, length func(T) int) (got []T, err error) {
	total := 0
	for l, err := range all {
		if len(l) > 0 {
			got = append(got, l)
		}
		if err != nil {
			return got, err
		}
		if total += length(l); hint > 0 && total > hint {
			break
		}
	}
	return got, nil
}

func size(p []byte) int { return len(p) }

// writeAll is IOBase.writelines.
func writeAll[T line](closed func() error, lines iter.Seq[T], write func(T) (int, error)) error {
	if err := closed(); err != nil {
		return err
	}
	for l := range lines {
		if _, err := write(l); err != nil {
			return err
		}
	}
	return nil
}

// ended turns an empty result into io.EOF, for Go's interfaces.
func ended(n int, err error, p []byte) (int, error) {
	if n == 0 && err == nil && len(p) > 0 {
		return 0, io.EOF
	}
	return n, err
}

// readSome reads at most n bytes with one call of read, into a new buffer.
func readSome(n int, read func([]byte) (int, error)) ([]byte, error) {
	p := make([]byte, min(n, maxAlloc))
	n, err := read(p)
	return p[:n], err
}

// maxAlloc is the most that a read allocates before data has come, in bytes.
const maxAlloc = 1 << 20
