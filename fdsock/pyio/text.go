package pyio

import (
	"errors"
	"sync"
	"sync/atomic"
)

// TextIOWrapper is text on a file of bytes. Any goroutine may call its
// methods; one call reads and one writes at a time.
type TextIOWrapper struct {
	under atomic.Pointer[underneath] // nil once detached
	mode  string

	reading sync.Mutex // held by the call that reads, also while it waits
	decoder *coding
	ends    *newlines
	in      []byte // bytes that are not decoded yet: in[:part] is left of a character
	part    int
	text    []byte // text[used:] is decoded and not read yet
	used    int
	begun   bool // something may have been read

	writing sync.Mutex // held by the call that writes, also while it waits; after reading
	encoder *coding
	write   string // what \n is written as, "" for itself
	out     []byte // encoded, not yet handed to the buffer
	lines   bool
	through bool
	names   settings
}

// settings are what the file says of itself.
type settings struct{ encoding, errors string }

// underneath is the buffer under a text file.
type underneath struct {
	Binary
	reader *BufferedReader // nil if it does not read
}

// NewTextIOWrapper makes a text file on one of bytes that has a buffer.
func NewTextIOWrapper(buffer Binary, opts ...Option) (*TextIOWrapper, error) {
	o := gather(opts)
	return newText(buffer, &o)
}

func newText(buffer Binary, o *options) (*TextIOWrapper, error) {
	t := &TextIOWrapper{mode: buffer.Mode()}
	u := &underneath{Binary: buffer}
	switch b := buffer.(type) {
	case *BufferedReader:
		u.reader = b
	case *BufferedRWPair:
		u.reader = b.reader
	case *BufferedWriter:
	default:
		return nil, &ValueError{"text needs a file with a buffer"}
	}
	t.under.Store(u)
	t.names = settings{"UTF-8", "strict"}
	t.lines, t.through = or(o.lines, false), or(o.through, false)
	return t, t.configure(o, true)
}

// configure follows the options about encoding and newlines, or neither.
func (t *TextIOWrapper) configure(o *options, anew bool) error {
	names := t.names
	if o.encoding != nil {
		names = settings{*o.encoding, "strict"}
	}
	names.errors = or(o.errors, names.errors)
	ends, err := newNewlines(or(o.newline, nil))
	if err != nil {
		return err
	}
	decoder, err := newCoding(names.encoding, names.errors)
	if err != nil {
		return err
	}
	encoder, err := newCoding(names.encoding, names.errors)
	if err != nil {
		return err
	}
	if w, ok := encoder.codec.(*wide); ok {
		w.settle()
	}
	t.names, t.decoder, t.encoder = names, decoder, encoder
	if anew || o.newline != nil {
		t.ends, t.write = ends, ends.write
	}
	return nil
}

// Reconfigure changes the options that are given: TextIOWrapper.reconfigure.
// Encoding, errors and newline cannot be changed once something was read.
func (t *TextIOWrapper) Reconfigure(opts ...Option) error {
	t.reading.Lock()
	defer t.reading.Unlock()
	t.writing.Lock()
	defer t.writing.Unlock()
	o := gather(opts)
	deeper := o.encoding != nil || o.errors != nil || o.newline != nil
	if deeper && t.begun {
		return errReconfigured
	}
	u, err := t.usable()
	if err != nil {
		return err
	}
	if err := t.flush(u); err != nil {
		return err
	}
	t.lines, t.through = or(o.lines, t.lines), or(o.through, t.through)
	if !deeper {
		return nil
	}
	return t.configure(&o, false)
}

func (t *TextIOWrapper) attached() (*underneath, error) {
	if u := t.under.Load(); u != nil {
		return u, nil
	}
	return nil, errTextDetached
}

// usable returns the buffer, unless it is closed.
func (t *TextIOWrapper) usable() (*underneath, error) {
	u, err := t.attached()
	if err == nil && u.Closed() {
		err = errClosedFile
	}
	return u, err
}

func (t *TextIOWrapper) open() error {
	_, err := t.usable()
	return err
}

// Encoding returns the name of the encoding, as it was given.
func (t *TextIOWrapper) Encoding() string {
	t.writing.Lock()
	defer t.writing.Unlock()
	return t.names.encoding
}

// Errors returns the name of the error handler.
func (t *TextIOWrapper) Errors() string {
	t.writing.Lock()
	defer t.writing.Unlock()
	return t.names.errors
}

// Newlines returns the line endings that were read so far, in universal mode.
func (t *TextIOWrapper) Newlines() (seen []string) {
	t.reading.Lock()
	defer t.reading.Unlock()
	for i, was := range t.ends.seen {
		if was {
			seen = append(seen, endings[i])
		}
	}
	return seen
}

// Buffer returns the file of bytes below, nil once it is detached.
func (t *TextIOWrapper) Buffer() Binary {
	if u := t.under.Load(); u != nil {
		return u.Binary
	}
	return nil
}

// Mode returns what the file was opened with.
func (t *TextIOWrapper) Mode() string { return t.mode }

// Closed reports whether the file is closed, or detached.
func (t *TextIOWrapper) Closed() bool {
	u := t.under.Load()
	return u == nil || u.Closed()
}

// Fileno returns the socket's descriptor. It fails in mode rw, as in Python.
func (t *TextIOWrapper) Fileno() (int, error) {
	u, err := t.attached()
	if err != nil {
		return -1, err
	}
	return u.Fileno()
}

func (t *TextIOWrapper) ask(question func(Binary) (bool, error)) (bool, error) {
	u, err := t.attached()
	if err != nil {
		return false, err
	}
	return question(u.Binary)
}

// Readable reports whether the file reads.
func (t *TextIOWrapper) Readable() (bool, error) { return t.ask(Binary.Readable) }

// Writable reports whether the file writes.
func (t *TextIOWrapper) Writable() (bool, error) { return t.ask(Binary.Writable) }

// Seekable reports false.
func (t *TextIOWrapper) Seekable() (bool, error) { return t.ask(Binary.Seekable) }

// IsATTY reports false.
func (t *TextIOWrapper) IsATTY() (bool, error) {
	if err := t.open(); err != nil {
		return false, err
	}
	return t.ask(Binary.IsATTY)
}

// Seek fails.
func (t *TextIOWrapper) Seek(int64, int) (int64, error) {
	return 0, first(t.open(), errTextSeek)
}

// Tell fails.
func (t *TextIOWrapper) Tell() (int64, error) { return 0, first(t.open(), errTextSeek) }

// Truncate flushes, and fails.
func (t *TextIOWrapper) Truncate() error { return first(t.Flush(), errNoTruncate) }

// Close flushes and closes the file, also if flushing fails: see
// [SocketIO.Close].
func (t *TextIOWrapper) Close() error {
	u, err := t.attached()
	if err != nil || u.Closed() {
		return err
	}
	return errors.Join(t.Flush(), u.Close())
}

// Detach flushes, takes the text layer off, with what it has read ahead, and
// returns the file below.
func (t *TextIOWrapper) Detach() (Binary, error) {
	t.reading.Lock()
	defer t.reading.Unlock()
	t.writing.Lock()
	defer t.writing.Unlock()
	u, err := t.usable()
	if err != nil {
		return nil, err
	}
	if err := t.flush(u); err != nil {
		return nil, err
	}
	t.under.Store(nil)
	return u.Binary, nil
}
