package app

import (
	"os"

	"github.com/pollux-net/pollux/reactor/stream"
)

// section is the part of a file that an answer's body is.
type section struct {
	file         *os.File
	offset, size int64
}

// send has the connection send it, and calls done, on the loop, if all has been
// passed on; otherwise the connection closes.
func (s *section) send(c *stream.Conn, done func()) {
	c.SendFile(s.file, s.offset, s.size, func(_ int64, err error) {
		s.close()
		if err == nil {
			done()
		}
	})
}

func (s *section) close() { _ = s.file.Close() }
