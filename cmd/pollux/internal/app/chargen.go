package app

import "github.com/pollux-net/pollux/reactor/stream"

const (
	lineLength = 72                 // characters of a line, without CR LF
	alphabet   = int('~' - ' ' + 1) // the printable characters of ASCII, which the lines are cut from
)

// lines are the lines of RFC 864, one for each character to begin with: each
// begins one character further than the one before.
var lines = func() []byte {
	var all []byte
	for first := range alphabet {
		for i := range lineLength {
			all = append(all, byte(' '+(first+i)%alphabet))
		}
		all = append(all, '\r', '\n')
	}
	return all
}()

// chargen sends lines without end, as fast as the peer takes them, and drops
// what it gets.
type chargen struct {
	base
	ended bool
}

func (g *chargen) Open(c *stream.Conn) {
	g.base.Open(c)
	g.produce(c)
}

func (g *chargen) Data(_ *stream.Conn, p []byte) int {
	g.counters.Received.Add(int64(len(p)))
	return len(p)
}

func (g *chargen) Drained(c *stream.Conn) { g.produce(c) }

// Stop implements stream.Stopper: what is owed ends with a whole line.
func (g *chargen) Stop(c *stream.Conn) {
	g.ended = true
	c.Close()
}

func (g *chargen) Close(c *stream.Conn, err error) {
	g.ended = true
	g.base.Close(c, err)
}

// produce sends lines until the connection holds enough of them, and gives
// way to other connections now and then.
func (g *chargen) produce(c *stream.Conn) {
	for sent := 0; !g.ended && c.Buffered() <= HighWater; sent += len(lines) {
		if sent >= burst {
			if c.Post(func() { g.produce(c) }) != nil {
				c.Abort()
			}
			return
		}
		c.Write(lines)
	}
}
