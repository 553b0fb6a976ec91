package app

import (
	"bytes"
	"strconv"

	"github.com/pollux-net/pollux/reactor/stream"
)

const (
	blockSize = 16 << 10
	// burst is how much of an answer is produced in one call of a loop, so
	// that one connection's peer, however fast, does not hold up the others.
	burst = 256 << 10
)

// pattern is the text that bodies are cut from: lines of 64 bytes.
var pattern = bytes.Repeat([]byte("pollux ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz 01\n"), blockSize/64)

// body is an answer's body in progress.
type body struct {
	left    int64
	total   int64
	chunked bool
}

// write sends the next block and reports whether it was the last, and how
// many bytes it had.
func (b *body) write(c *stream.Conn) (n int, last bool) {
	n = int(min(b.left, blockSize))
	b.left -= int64(n)
	last = b.left == 0
	if !b.chunked {
		c.Write(pattern[:n])
		return n, last
	}
	buf := make([]byte, 0, blockSize+64)
	if n > 0 {
		buf = strconv.AppendInt(buf, int64(n), 16)
		buf = append(buf, "\r\n"...)
		buf = append(buf, pattern[:n]...)
		buf = append(buf, "\r\n"...)
	}
	if last {
		buf = append(buf, "0\r\n"+trailerName+": "+strconv.FormatInt(b.total, 10)+"\r\n\r\n"...)
	}
	c.Write(buf)
	return n, last
}

// trailerName is the trailer of chunked bodies: how many bytes they had.
const trailerName = "X-Body-Bytes"
