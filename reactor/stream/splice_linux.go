package stream

import "github.com/pollux-net/pollux/internal/sys"

const (
	splicePiece = 256 << 10 // what one splice(2) is asked for
	spliceWorth = 32 << 10  // what it must bring to be worth more than a copy
	sparePipes  = 4         // of a loop
)

// pipe is what splice(2) moves bytes through. A job has one while there is
// something in it.
type pipe struct {
	r, w int
	size int // bytes in it
}

var noPipe = pipe{r: -1, w: -1}

// takePipe returns an empty pipe, if there are the descriptors.
func (l *loop) takePipe() (pipe, bool) {
	if n := len(l.pipes); n > 0 {
		p := l.pipes[n-1]
		l.pipes = l.pipes[:n-1]
		return p, true
	}
	r, w, errno := sys.Pipe()
	return pipe{r: r, w: w}, errno == 0
}

// put gives an empty pipe back, and closes one that is not.
func (p pipe) put(l *loop) {
	switch {
	case p.r < 0:
	case p.size == 0 && len(l.pipes) < sparePipes:
		l.pipes = append(l.pipes, p)
	default:
		p.close()
	}
}

func (p pipe) close() {
	sys.Close(p.r)
	sys.Close(p.w)
}

// dropPipes closes the pipes that nobody has.
func (l *loop) dropPipes() {
	for _, p := range l.pipes {
		p.close()
	}
	l.pipes = nil
}

// pumps reports whether the connection's input goes by splice(2) now.
func (c *Conn) pumps(j *job) bool {
	s := j.splice
	return s.bulk && !s.refused && s.pipe.r < 0 && c.filter == nil && s.to.filter == nil && c.in == nil && !c.urgent &&
		s.to.out.size == 0
}

// pump moves a piece. It reports whether there may be another.
func (c *Conn) pump(j *job) bool {
	s := j.splice
	p, ok := s.to.loop.takePipe()
	if !ok {
		s.bulk = false // copying needs no descriptor
		return true
	}
	before, ok := c.handle.Acquire()
	if !ok {
		p.put(s.to.loop)
		c.nothing(before, sys.EBADF)
		return false
	}
	n, errno := sys.Splice(int(c.fd), p.w, splicePiece)
	c.handle.Release()
	if n == 0 {
		p.put(s.to.loop)
		if cannotSplice(errno) {
			s.refused = true
			return true
		}
		c.nothing(before, errno)
		return false
	}
	c.received(n)
	s.bulk = n >= spliceWorth
	p.size = n
	s.pipe = p
	s.to.expect()
	s.to.pour(j)
	c.spilled(j)
	return c.phase == phaseOpen && !c.broken && !c.stopped()
}

func cannotSplice(errno sys.Errno) bool {
	return errno == sys.EINVAL || errno == sys.ENOSYS || errno == sys.EOPNOTSUPP
}

// drain copies a piece of what is in the job's pipe.
func (c *Conn) drain(j *job) {
	piece := c.loop.takeChunk()
	defer c.loop.putChunk(piece)
	n, errno := sys.Read(j.splice.pipe.r, piece.data[:min(j.splice.pipe.size, chunkSize)])
	if n == 0 { // nobody else has the pipe
		c.fail(&Error{Op: "splice", Errno: errno})
		return
	}
	j.splice.pipe.size -= n
	j.moved += int64(n)
	c.pass(piece.data[:n])
}

// pour sends what is in the job's pipe, and reports whether that is empty now.
func (c *Conn) pour(j *job) bool {
	s := j.splice
	if s.pipe.r < 0 {
		return true
	}
	for s.pipe.size > 0 {
		if c.out.size > 0 || c.broken {
			return false // they come first
		}
		before, ok := c.handle.Acquire()
		if !ok {
			return false
		}
		n, errno := sys.Splice(s.pipe.r, int(c.fd), s.pipe.size)
		c.handle.Release()
		if cannotSplice(errno) {
			s.refused = true
			c.drain(j)
			continue
		}
		c.attempted(before, n, n, errno, "splice")
		s.pipe.size -= n
		j.moved += int64(n)
		if n == 0 {
			return false
		}
	}
	s.pipe.put(c.loop) // c is the sink
	s.pipe = noPipe
	return true
}
