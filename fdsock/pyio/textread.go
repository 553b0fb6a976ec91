package pyio

import (
	"io"
	"iter"
	"unicode/utf8"
)

// begin takes the lock, if the file can be read, and hands on what was
// written before, as Python does.
func (t *TextIOWrapper) begin() (*underneath, error) {
	t.reading.Lock()
	u, err := t.usable()
	if err == nil && u.reader == nil {
		err = errTextRead
	}
	if err == nil && t.writing.TryLock() { // or another goroutine is about it
		err = t.hand(u)
		t.writing.Unlock()
	}
	if err != nil {
		t.reading.Unlock()
	}
	return u, err
}

// compact makes room for more text.
func (t *TextIOWrapper) compact() {
	t.begun = true
	if t.used > 0 {
		t.text = t.text[:copy(t.text, t.text[t.used:])]
		t.used = 0
	}
}

// below is one read of the file below.
func (t *TextIOWrapper) below(u *underneath, p []byte) (int, error) {
	n, err := u.reader.ReadInto1(p)
	if err == errIntoClosed { //nolint:errorlint // it is never wrapped
		err = errClosedFile
	}
	return n, err
}

// fetch decodes what one read below brings, at least a character if there is
// no error. ended is the end of the stream.
func (t *TextIOWrapper) fetch(u *underneath, size int) (ended bool, err error) {
	t.compact()
	if need := t.part + max(size, chunk); len(t.in) < need {
		t.in = append(make([]byte, 0, need), t.in[:t.part]...)[:need]
	}
	for {
		n, err := t.below(u, t.in[t.part:])
		if err != nil {
			return false, err
		}
		more, err := t.decode(n, n == 0)
		if err != nil || more || n == 0 {
			return n == 0 && !more, err
		}
	}
}

// decode decodes n new bytes, the last there are or not, and reports whether
// that made any text. After an error they are gone, as in Python.
func (t *TextIOWrapper) decode(n int, last bool) (bool, error) {
	before := len(t.text)
	text := t.text
	if t.ends.held {
		text = append(text, '\r')
	}
	held := len(text)
	text, used, err := t.decoder.decode(text, t.in[:t.part+n], last)
	if err != nil {
		return false, err
	}
	t.part = copy(t.in, t.in[used:t.part+n])
	if len(text) == held && !last {
		return false, nil // a \r that is held stays so
	}
	t.text = t.ends.decoded(text, before, last)
	return len(t.text) > before, nil
}

// maxKept is how much memory a file keeps after it was read, in bytes.
const maxKept = 1 << 16

// rest takes all that is decoded.
func (t *TextIOWrapper) rest() string {
	s := string(t.text[t.used:])
	if t.text, t.used = t.text[:0], 0; cap(t.text) > maxKept {
		t.text = nil
	}
	if len(t.in) > maxKept {
		t.in = append(make([]byte, 0, chunk), t.in[:t.part]...)
	}
	return s
}

// ReadN reads n characters, fewer only at the end of the stream or if a
// nonblocking socket has no more; if it has none the error is [ErrWouldBlock].
// A negative n reads all.
func (t *TextIOWrapper) ReadN(n int) (string, error) {
	if n < 0 {
		return t.ReadAll()
	}
	u, err := t.begin()
	if err != nil {
		return "", err
	}
	defer t.reading.Unlock()
	counted, size := 0, 0 // characters and their bytes
	for {
		ahead := t.text[t.used+size:]
		have := utf8.RuneCount(ahead)
		if have >= n-counted {
			size += prefix(ahead, n-counted)
			t.used += size
			return string(t.text[t.used-size : t.used]), nil
		}
		counted, size = counted+have, size+len(ahead)
		if ended, err := t.fetch(u, min(n-counted, maxAlloc)); ended || err != nil {
			return noneIfEmpty(t.rest(), err)
		}
	}
}

// ReadAll reads until the end of the stream, or all that a nonblocking socket
// has; if that is nothing the error is [ErrWouldBlock].
func (t *TextIOWrapper) ReadAll() (string, error) {
	u, err := t.begin()
	if err != nil {
		return "", err
	}
	defer t.reading.Unlock()
	t.compact()
	for end := t.part; ; {
		if len(t.in)-end < chunk {
			t.in = append(make([]byte, 0, 2*len(t.in)+chunk), t.in[:end]...)
			t.in = t.in[:cap(t.in)]
		}
		n, err := t.below(u, t.in[end:])
		if end += n; n > 0 {
			continue
		}
		if _, wrong := t.decode(end-t.part, err == nil); wrong != nil {
			return "", wrong // what had been decoded before stays, as in Python
		}
		return noneIfEmpty(t.rest(), err)
	}
}

// ReadLine reads up to and including a line ending, or limit characters if
// limit is not negative. The rest of the stream counts as a line, and so does
// what a nonblocking socket has, if anything: otherwise the error is
// [ErrWouldBlock]. Without a limit the peer decides how long the result gets.
func (t *TextIOWrapper) ReadLine(limit int) (string, error) {
	u, err := t.begin()
	if err != nil {
		return "", err
	}
	defer t.reading.Unlock()
	if limit == 0 { // CPython looks for data first if it has had none
		return "", nil
	}
	counted, size := 0, 0 // characters and bytes without a line ending in them
	for {
		ahead := t.text[t.used+size:]
		n, done := t.ends.line(ahead, max(limit-counted, -1))
		if size += n; done {
			t.used += size
			return string(t.text[t.used-size : t.used]), nil
		}
		if limit >= 0 {
			counted += utf8.RuneCount(ahead[:n])
		}
		if ended, err := t.fetch(u, 0); ended || err != nil {
			return noneIfEmpty(t.rest(), err)
		}
	}
}

// ReadLines reads lines until the end, or until they are longer than hint
// characters in all if hint is positive.
func (t *TextIOWrapper) ReadLines(hint int) ([]string, error) {
	return collect(t.Lines(), hint, utf8.RuneCountInString)
}

// Lines iterates over the lines until the end of the stream or an error, which
// comes last.
func (t *TextIOWrapper) Lines() iter.Seq2[string, error] { return lines(t.open, t.ReadLine) }

// Read implements io.Reader: UTF-8 text, what is decoded or what one read
// below brings. It may end within a character.
func (t *TextIOWrapper) Read(p []byte) (int, error) {
	u, err := t.begin()
	if err != nil || len(p) == 0 {
		if err == nil {
			t.reading.Unlock()
		}
		return 0, err
	}
	defer t.reading.Unlock()
	if err := t.some(u); err != nil {
		return 0, err
	}
	n := copy(p, t.text[t.used:])
	t.used += n
	return n, nil
}

// some makes sure that there is text, or returns io.EOF.
func (t *TextIOWrapper) some(u *underneath) error {
	if t.used < len(t.text) {
		return nil
	}
	ended, err := t.fetch(u, 0)
	if ended {
		return io.EOF
	}
	return err
}

// ReadRune implements io.RuneReader.
func (t *TextIOWrapper) ReadRune() (r rune, size int, err error) {
	u, err := t.begin()
	if err != nil {
		return 0, 0, err
	}
	defer t.reading.Unlock()
	if err := t.some(u); err != nil {
		return 0, 0, err
	}
	r, size = utf8.DecodeRune(t.text[t.used:])
	t.used += size
	return r, size, nil
}
