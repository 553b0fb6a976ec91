package stream

import "errors"

// Errors of SpliceFrom.
var (
	ErrSpliced   = errors.New("stream: the connection's input goes elsewhere already")
	ErrOtherLoop = errors.New("stream: the connections are on different loops")
)

// splice is a job that sends what another connection receives.
type splice struct {
	to, from *Conn
	bulk     bool // input comes in large pieces: splice(2) is worth it
	refused  bool // by the kernel, which then need not be asked again
	ended    bool // from has received its last
	pipe     pipe // has what the kernel has taken of from and not given to to
}

// SpliceFrom sends what src receives, up to its end, after what was written
// before and before what is written next. Src's handler gets no Data meanwhile,
// nor EOF; what it has left unused goes first, and a Pause is over. Src is read
// when the peer has taken what came before, so that memory is bounded. Large
// pieces do not pass through the program, where the kernel can (splice(2)) and
// neither connection has a filter; one whose peer is slow holds a pipe, two
// descriptors, for that. Both must be on one loop: see DialOptions.Near.
//
// done, unless nil, is called once on the loop, with the number of bytes passed
// on: without an error when src has ended, which is when most call CloseWrite;
// otherwise with the reason for which one of the two has closed. This
// connection is left as it is then, its output cut off somewhere: Abort tells
// its peer. A proxy is two of them, one in each direction.
//
// It returns [ErrClosed], [ErrOtherLoop] or [ErrSpliced], and done is not
// called then.
func (c *Conn) SpliceFrom(src *Conn, done func(n int64, err error)) error {
	switch {
	case c.shut() || src.phase != phaseOpen || src.broken:
		return ErrClosed
	case c.loop.Loop != src.loop.Loop:
		return ErrOtherLoop
	case src.sink() != nil:
		return ErrSpliced
	}
	j := &job{splice: &splice{to: c, from: src, pipe: noPipe}, done: done}
	src.more().sink = j
	src.away |= awaySplice // until it is this job's turn
	src.held, src.resuming = false, false
	c.loop.splices++
	if src.in != nil || src.loop.offer.conn == src {
		src.deferred = true // what is left goes first
	}
	if src.ended || src.owesEnd {
		src.owesEnd = true
		src.ended = false
		src.deferred = true
	}
	c.enqueue(j)
	return nil
}

// sink is the job that the connection's input is for.
func (c *Conn) sink() *job {
	if c.rare == nil {
		return nil
	}
	return c.rare.sink
}

// relays reports whether it is another connection's turn to be sent here: that
// one is not read while there is no room, so nothing else need be held up.
func (c *Conn) relays() bool { return c.hasJobs() && c.rare.first.splice != nil }

// filled notes that a whole buffer was received.
func (c *Conn) filled() {
	if j := c.sink(); j != nil {
		j.splice.bulk = true
	}
}

// cutSplices ends those to a connection that is closing: it waits for nothing
// but what they have taken already.
func (c *Conn) cutSplices() {
	if !c.hasJobs() {
		return
	}
	for j := c.rare.first; j != nil; j = j.next {
		if s := j.splice; s != nil && !s.ended {
			j.cut, s.ended = ErrClosed, true
			s.letGo()
		}
	}
	c.produce()
}

// stepSplice makes room, and has the source read if there is any. The bytes are
// counted when they are moved, which is in the source's turns mostly.
func (c *Conn) stepSplice(j *job) (n int, ended bool, err error) {
	s := j.splice
	if !c.pour(j) || c.broken {
		return 0, false, nil
	}
	if !s.ended {
		s.from.readOn()
	}
	return 0, s.ended, nil
}

// spill sends input that was received to where it belongs.
func (c *Conn) spill(j *job, p []byte) {
	to := j.splice.to
	if !to.broken {
		to.pass(p)
		j.moved += int64(len(p))
	}
	c.spilled(j)
}

// spilled has the connection wait for its sink, if that has no room.
func (c *Conn) spilled(j *job) {
	s := j.splice
	if low := s.to.hub().config.LowWater; s.to.out.size > low || s.to.holding() > low || s.pipe.size > 0 {
		c.away |= awaySplice
	}
	s.to.touch()
}

// sourceEnded tells the sink that nothing follows.
func (c *Conn) sourceEnded(j *job) {
	c.rare.sink = nil
	j.splice.ended = true
	to := j.splice.to
	to.produce()
	to.touch()
}

// unsplice ends a splice whose source is closed, or whose source's owner does
// not want it any more.
func (c *Conn) unsplice(err error) {
	j := c.sink()
	if j == nil {
		return
	}
	to := j.splice.to
	to.unlink(j)
	to.endJob(j, err)
	to.produce()
	to.touch()
}

// letGo has the source's handler take its input again.
func (s *splice) letGo() {
	src := s.from
	if j := src.sink(); j != nil {
		if j.splice != s {
			return // it had ended, and belongs to another
		}
		src.rare.sink = nil
	}
	src.readOn()
}

// readOn has a source read for which there is room.
func (c *Conn) readOn() {
	if c.away&awaySplice == 0 {
		return
	}
	c.away &^= awaySplice
	if c.phase != phaseClosed {
		c.rested()
		c.handle.Requeue()
	}
}

// release ends the job's business.
func (s *splice) release() {
	s.letGo()
	l := s.to.loop
	s.pipe.put(l)
	s.pipe = noPipe
	if l.splices--; l.splices == 0 {
		l.dropPipes()
	}
}
