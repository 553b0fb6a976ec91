package app

import "bytes"

// maxHead is how long a request's line and headers may be.
const maxHead = 32 << 10

// scanner finds the end of a request's head in input that comes piece by
// piece. The head is offered from its beginning each time, and no byte is
// looked at twice.
type scanner struct {
	line int // where the present line begins
	seen int // where the search for its end goes on
}

// find returns how long the head in p is, up to and including the empty line,
// or 0 while its end has not come. Afterwards the scanner is ready for the
// next. As RFC 9112 section 2.2 has it, a line may end without a carriage
// return.
func (s *scanner) find(p []byte) int {
	for {
		i := bytes.IndexByte(p[s.seen:], '\n')
		if i < 0 {
			s.seen = len(p)
			return 0
		}
		end := s.seen + i
		blank := end == s.line || end == s.line+1 && p[s.line] == '\r'
		s.line, s.seen = end+1, end+1
		if blank {
			*s = scanner{}
			return end + 1
		}
	}
}

// blanks counts the line ends in front of a request, which RFC 9112 section
// 2.2 wants ignored.
func blanks(p []byte) int { return len(p) - len(bytes.TrimLeft(p, "\r\n")) }
