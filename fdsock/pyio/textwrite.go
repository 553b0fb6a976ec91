package pyio

import (
	"iter"
	"strings"
)

// WriteString writes s. It returns how many bytes of s were taken, all or
// none, where Python counts characters; with an error after all were taken
// (BlockingIOError, a timeout), these are kept, and are written by the next
// Flush: Python drops them.
func (t *TextIOWrapper) WriteString(s string) (int, error) {
	t.writing.Lock()
	defer t.writing.Unlock()
	u, err := t.usable()
	if err != nil {
		return 0, err
	}
	if can, err := u.Writable(); !can || err != nil {
		return 0, first(err, errTextWrite)
	}
	if len(t.out) > chunk { // what could not be handed on before
		if err := t.hand(u); err != nil {
			return 0, err
		}
	}
	text := s
	if t.write != "" {
		text = strings.ReplaceAll(s, "\n", t.write)
	}
	before := len(t.out)
	out := append(t.out, t.encoder.preamble...)
	t.encoder.preamble = ""
	out, err = t.encoder.encode(out, text)
	if err != nil {
		return 0, err
	}
	t.out = out
	return len(s), t.push(u, before, t.lines && strings.ContainsAny(s, "\r\n"))
}

// push hands on what was written if there is much of it, or at once. What was
// there before goes on its own, if the two together are much.
func (t *TextIOWrapper) push(u *underneath, before int, now bool) error {
	if before > 0 && len(t.out) > chunk {
		if err := t.handSome(u, before); err != nil {
			return err
		}
	}
	if len(t.out) >= chunk || now || t.through {
		if err := t.hand(u); err != nil {
			return err
		}
	}
	if now {
		return u.Flush()
	}
	return nil
}

// hand hands all that is encoded to the buffer.
func (t *TextIOWrapper) hand(u *underneath) error {
	if len(t.out) == 0 {
		return nil
	}
	return t.handSome(u, len(t.out))
}

// handSome hands n bytes to the buffer. What it does not take stays.
func (t *TextIOWrapper) handSome(u *underneath, n int) error {
	n, err := u.Write(t.out[:n])
	t.out = t.out[:copy(t.out, t.out[n:])]
	return err
}

// Write implements io.Writer: p is UTF-8 text.
func (t *TextIOWrapper) Write(p []byte) (int, error) { return t.WriteString(string(p)) }

// WriteLines writes each of the lines, without adding anything.
func (t *TextIOWrapper) WriteLines(lines iter.Seq[string]) error {
	return writeAll(t.open, lines, t.WriteString)
}

// Flush sends what was written.
func (t *TextIOWrapper) Flush() error {
	t.writing.Lock()
	defer t.writing.Unlock()
	u, err := t.usable()
	if err != nil {
		return err
	}
	return t.flush(u)
}

func (t *TextIOWrapper) flush(u *underneath) error {
	if err := t.hand(u); err != nil {
		return err
	}
	return u.Flush()
}
