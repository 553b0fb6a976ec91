package stream

import (
	"errors"
	"io"
	"os"
	"runtime"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// job is output that is produced when there is room for it. What is written
// while one is under way waits behind it, as a job of its own.
type job struct {
	next *job
	text []byte // kept output

	file   *os.File
	offset int64
	left   int64 // bytes of the file
	copied bool  // read and written, for sendfile cannot be used

	splice *splice
	cut    error // why it ends before its source does

	from  io.Reader
	empty int // reads in a row that brought nothing

	moved int64
	done  func(n int64, err error)
}

// SendFile sends n bytes of a file from an offset on, after what was written
// before and before what is written next. The kernel copies them (sendfile(2))
// when there is no filter. The file is read when the peer has taken what came
// before, so that its size does not matter; reading may wait for the disk, and
// then the loop waits. A file that ends early fails the connection with
// [io.ErrUnexpectedEOF], nil with [os.ErrInvalid] unless n is 0.
//
// done, unless nil, is called once on the loop, when the file is not needed
// any more, with what was passed on: the caller closes the file then.
func (c *Conn) SendFile(f *os.File, offset, n int64, done func(n int64, err error)) {
	c.enqueue(&job{file: f, offset: offset, left: max(n, 0), done: done})
}

// CopyFrom sends what r has, up to its end, after what was written before and
// before what is written next. It is read when the peer has taken what came
// before; Read must not block. An error of r other than [io.EOF] fails the
// connection. done, unless nil, is called once on the loop with the number of
// bytes passed on.
func (c *Conn) CopyFrom(r io.Reader, done func(n int64, err error)) {
	c.enqueue(&job{from: r, done: done})
}

func (c *Conn) enqueue(j *job) {
	if c.shut() {
		if j.done != nil {
			j.done(0, ErrClosed)
		}
		return
	}
	r := c.more()
	if c.hasJobs() {
		r.last.next = j
		r.last = j
		return
	}
	r.first, r.last = j, j
	if c.gathered {
		c.release()
	}
	c.expect()
	c.produce()
}

// queue has p written behind the jobs.
func (c *Conn) queue(p []byte) {
	if !c.loop.grows(len(p)) {
		c.fail(ErrMemory)
		return
	}
	r := c.rare
	if r.last.text == nil || r.last == r.first {
		j := new(job)
		r.last.next, r.last = j, j
	}
	r.last.text = append(r.last.text, p...)
	r.queued += len(p)
	c.loop.hold(len(p))
	c.checkHigh()
}

// jobCost is what a job counts for in a turn's share, if it moves less.
const jobCost = 1 << 10

// produce works at the jobs, as far as there is room and for a turn's share.
// What a job's owner adds when it is done, in the middle of that, comes in its
// turn: it may be one small file after the other.
func (c *Conn) produce() {
	if r := c.rare; !r.producing {
		r.producing = true
		c.produceShare()
		r.producing = false
	}
}

func (c *Conn) produceShare() {
	low := c.hub().config.LowWater
	for total := 0; c.hasJobs() && !c.broken && c.phase != phaseClosed; {
		if total >= flushPerTurn {
			c.handle.Requeue()
			return
		}
		if c.out.size > low {
			return
		}
		j := c.rare.first
		n, ended, err := c.step(j)
		total += max(n, jobCost)
		j.moved += int64(n)
		switch {
		case c.phase == phaseClosed: // by the reader; the owner has been told
			return
		case err != nil && c.broken: // the system call's own
			return
		case err != nil:
			c.fail(err)
			return
		case ended:
			c.finishJob(j, j.cut)
		case n == 0:
			return
		}
	}
}

// finishJob takes the first job off and tells its owner.
func (c *Conn) finishJob(j *job, err error) {
	c.unlink(j)
	c.endJob(j, err)
}

// unlink takes a job off.
func (c *Conn) unlink(j *job) {
	r := c.rare
	if r.first == j {
		if r.first = j.next; r.first == nil {
			r.last = nil
		}
		return
	}
	for k := r.first; k != nil; k = k.next {
		if k.next == j {
			if k.next = j.next; j == r.last {
				r.last = k
			}
			return
		}
	}
}

// endJob tells the owner of a job that was taken off.
func (c *Conn) endJob(j *job, err error) {
	if j.splice != nil {
		j.splice.release()
	}
	if j.done != nil {
		j.done(j.moved, err)
	}
}

// step makes one attempt at a job. Neither progress nor an end means that
// there is no room.
func (c *Conn) step(j *job) (n int, ended bool, err error) {
	switch {
	case j.text != nil:
		text := j.text
		j.text = nil
		c.rare.queued -= len(text)
		c.loop.hold(-len(text))
		c.pass(text)
		return len(text), true, nil
	case j.from != nil:
		return c.stepReader(j)
	case j.splice != nil:
		return c.stepSplice(j)
	case j.left == 0:
		return 0, true, nil
	case j.file == nil:
		return 0, false, os.ErrInvalid
	case c.filter == nil && !j.copied:
		return c.stepSendfile(j)
	}
	return c.stepFile(j)
}

// sendfilePiece is how much one call of sendfile moves.
const sendfilePiece = 256 << 10

func (c *Conn) stepSendfile(j *job) (int, bool, error) {
	if c.out.size > 0 {
		return 0, false, nil // they come first
	}
	before, ok := c.handle.Acquire()
	if !ok {
		return 0, false, reactor.ErrClosed
	}
	want := int(min(j.left, sendfilePiece))
	n, errno := sys.Sendfile(int(c.fd), int(j.file.Fd()), j.offset, want)
	runtime.KeepAlive(j.file)
	c.handle.Release()
	switch errno {
	case sys.ENOSYS, sys.EINVAL, sys.EOPNOTSUPP:
		j.copied = true
		return c.stepFile(j)
	case 0:
		if n == 0 {
			return 0, false, io.ErrUnexpectedEOF
		}
	}
	// A short call has reached the end of the file or filled the socket: the
	// next one tells.
	c.attempted(before, n, n, errno, "sendfile")
	j.offset += int64(n)
	j.left -= int64(n)
	return n, j.left == 0, nil
}

// stepFile reads a piece of the file and writes it.
func (c *Conn) stepFile(j *job) (int, bool, error) {
	piece := c.loop.takeChunk()
	defer c.loop.putChunk(piece)
	n, err := j.file.ReadAt(piece.data[:min(j.left, chunkSize)], j.offset)
	j.offset += int64(n)
	j.left -= int64(n)
	if n > 0 {
		c.pass(piece.data[:n])
	}
	switch {
	case j.left == 0:
		return n, true, nil
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return n, false, err
}

func (c *Conn) stepReader(j *job) (int, bool, error) {
	piece := c.loop.takeChunk()
	defer c.loop.putChunk(piece)
	n, err := j.from.Read(piece.data[:])
	if n > 0 {
		j.empty = 0
		c.pass(piece.data[:n])
	}
	switch {
	case errors.Is(err, io.EOF):
		return n, true, nil
	case err != nil:
		return n, false, err
	case n == 0:
		if j.empty++; j.empty >= 100 {
			return 0, false, io.ErrNoProgress
		}
		c.handle.Requeue()
	}
	return n, false, nil
}

// dropJobs tells the owners of the jobs that nothing more comes of them.
func (c *Conn) dropJobs(err error) {
	for c.hasJobs() {
		c.finishJob(c.rare.first, err)
	}
	if r := c.rare; r != nil && r.queued > 0 {
		c.loop.hold(-r.queued)
		r.queued = 0
	}
}
