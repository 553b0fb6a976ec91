package pyio

import (
	"bytes"
	"unicode/utf8"
)

// newlines is what a file does with the ends of lines.
type newlines struct {
	universal bool   // \r and \r\n end lines too
	translate bool   // and are read as \n
	end       string // what else ends a line
	write     string // what \n is written as, "" for itself
	held      bool   // a \r came last: it may be half of \r\n
	seen      [3]bool
}

func newNewlines(newline *string) (*newlines, error) {
	if newline == nil {
		return &newlines{universal: true, translate: true}, nil // os.linesep is \n
	}
	switch *newline {
	case "":
		return &newlines{universal: true}, nil
	case "\n":
		return &newlines{end: "\n"}, nil
	case "\r", "\r\n":
		return &newlines{end: *newline, write: *newline}, nil
	}
	return nil, &ValueError{"illegal newline value: " + *newline}
}

// decoded deals with the text from a position on, which has just been decoded,
// and had the held \r put before it. last tells that no more will come.
func (n *newlines) decoded(text []byte, from int, last bool) []byte {
	if !n.universal {
		return text
	}
	n.held = false
	if !last && len(text) > from && text[len(text)-1] == '\r' {
		text, n.held = text[:len(text)-1], true
	}
	if bytes.IndexByte(text[from:], '\r') < 0 {
		n.seen[1] = n.seen[1] || bytes.IndexByte(text[from:], '\n') >= 0
		return text
	}
	to := from
	for i := from; i < len(text); i++ {
		kind := n.kind(text[i:])
		if kind >= 0 {
			n.seen[kind] = true
		}
		b := text[i]
		if kind >= 0 && n.translate {
			b = '\n'
		}
		if text[to] = b; kind == 2 {
			i++
			if !n.translate {
				to++
				text[to] = '\n'
			}
		}
		to++
	}
	return text[:to]
}

// endings are the ends of lines in the order of TextIOWrapper.newlines.
var endings = [3]string{"\r", "\n", "\r\n"}

// kind returns which of the endings text begins with, -1 for none.
func (n *newlines) kind(text []byte) int {
	switch {
	case text[0] == '\n':
		return 1
	case text[0] != '\r':
		return -1
	case len(text) > 1 && text[1] == '\n':
		return 2
	}
	return 0
}

// find returns where the first line of text ends, after its ending; without
// one it returns -1 and how much of text has been searched for good.
func (n *newlines) find(text []byte) (end, searched int) {
	var at int
	switch {
	case n.translate:
		at = bytes.IndexByte(text, '\n') + 1
	case n.universal:
		if at = bytes.IndexAny(text, "\r\n"); at >= 0 && n.kind(text[at:]) == 2 {
			at++
		}
		at++
	default:
		if at = bytes.Index(text, []byte(n.end)); at >= 0 {
			return at + len(n.end), 0
		}
		if last := len(text) - 1; len(n.end) == 2 && last >= 0 && text[last] == n.end[0] {
			return -1, last
		}
		return -1, len(text)
	}
	if at > 0 {
		return at, 0
	}
	return -1, len(text)
}

// line returns how much of text is of its first line, or of its first limit
// characters if limit is not negative, and whether that is all of either.
func (n *newlines) line(text []byte, limit int) (size int, done bool) {
	if len(text) == 0 {
		return 0, false
	}
	end, searched := n.find(text)
	size = max(end, searched)
	if limit >= 0 && utf8.RuneCount(text[:size]) >= limit {
		return prefix(text[:size], limit), true
	}
	return size, end >= 0
}

// prefix returns how many bytes the first count characters of text take.
func prefix(text []byte, count int) int {
	at := 0
	for ; count > 0 && at < len(text); count-- {
		_, n := utf8.DecodeRune(text[at:])
		at += n
	}
	return at
}
