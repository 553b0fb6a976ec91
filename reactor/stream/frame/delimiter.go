package frame

import (
	"bytes"
	"errors"
)

var (
	errNoDelimiter = errors.New("frame: no delimiter is set")
	errDelimiter   = errors.New("frame: the payload contains the delimiter")
)

// Delimiter are frames that end with a sequence of bytes, which is not part of
// the frame. Limit is how long a frame may be, 0 is DefaultLimit.
type Delimiter struct {
	Bytes []byte
	Limit int

	clean int // so many bytes are known to contain no delimiter
}

// Split implements [Splitter]. A frame that arrives in pieces is not searched
// again from its start.
func (d *Delimiter) Split(p []byte) ([]byte, int, error) {
	if len(d.Bytes) == 0 {
		return nil, 0, errNoDelimiter
	}
	from := max(min(d.clean, len(p))-len(d.Bytes)+1, 0)
	i := bytes.Index(p[from:], d.Bytes)
	if i < 0 {
		if len(p)-len(d.Bytes)+1 > limitOr(d.Limit) {
			return nil, 0, ErrTooLong
		}
		d.clean = len(p)
		return nil, 0, nil
	}
	d.clean = 0
	end := from + i
	if end > limitOr(d.Limit) {
		return nil, 0, ErrTooLong
	}
	return p[:end:end], end + len(d.Bytes), nil
}

// Append appends the frame of a payload, which must not contain the delimiter.
func (d *Delimiter) Append(dst, payload []byte) ([]byte, error) {
	switch {
	case len(d.Bytes) == 0:
		return dst, errNoDelimiter
	case len(payload) > limitOr(d.Limit):
		return dst, ErrTooLong
	}
	from := len(dst)
	dst = append(append(dst, payload...), d.Bytes...)
	if bytes.Index(dst[from:], d.Bytes) != len(payload) {
		return dst[:from], errDelimiter
	}
	return dst, nil
}

// Line are lines that end with LF or CR LF, neither of which is part of the
// frame. Limit is how long a line may be without them, 0 is DefaultLimit.
type Line struct {
	Limit int

	clean int // so many bytes are known to contain no LF
}

// Split implements [Splitter].
func (l *Line) Split(p []byte) ([]byte, int, error) {
	from := min(l.clean, len(p))
	i := bytes.IndexByte(p[from:], '\n')
	if i < 0 {
		if len(p)-1 > limitOr(l.Limit) { // the last may be a CR
			return nil, 0, ErrTooLong
		}
		l.clean = len(p)
		return nil, 0, nil
	}
	l.clean = 0
	taken := from + i + 1
	line := bytes.TrimSuffix(p[:taken-1], []byte{'\r'})
	if len(line) > limitOr(l.Limit) {
		return nil, 0, ErrTooLong
	}
	return line[:len(line):len(line)], taken, nil
}

// Append appends a line with CR LF, the end that network protocols ask for.
func (l *Line) Append(dst, line []byte) ([]byte, error) {
	switch {
	case len(line) > limitOr(l.Limit):
		return dst, ErrTooLong
	case bytes.IndexByte(line, '\n') >= 0:
		return dst, errDelimiter
	}
	return append(append(dst, line...), '\r', '\n'), nil
}
