package stream

import (
	"math"
	"time"

	"github.com/pollux-net/pollux/internal/clock"
	"github.com/pollux-net/pollux/reactor"
)

// TimeoutKind says what took too long.
type TimeoutKind uint8

// The kinds of timeouts.
const (
	// TimeoutIdle: no byte was received, and none sent.
	TimeoutIdle TimeoutKind = iota
	// TimeoutRead: no byte was received while the connection was read. It is
	// not while it is paused, by Pause or because the peer does not take its
	// output, nor during an Offload, nor after the peer's end. While MaxBuffered
	// keeps it from being read the time goes on: others want what it holds.
	TimeoutRead
	// TimeoutWrite: there was output, and the kernel took none of it.
	TimeoutWrite
	// TimeoutHandshake: the filter's handshake has not come to its end.
	TimeoutHandshake

	timeLinger // Close was called, see Config.Linger
	timeKinds
)

// String names the kind.
func (k TimeoutKind) String() string {
	names := [timeKinds]string{"idle", "read", "write", "handshake", "linger"}
	if k < timeKinds {
		return names[k]
	}
	return "unknown"
}

// Timeouter is a [Handler] that decides about timeouts. That of a handshake is
// not asked about.
type Timeouter interface {
	Handler
	// Timeout is told that something took too long. When it returns true the
	// connection goes on, and the time begins anew; otherwise it is closed
	// with a [TimeoutError], as without a Timeouter: what is owed is sent
	// before, unless it is sending that took too long.
	Timeout(c *Conn, kind TimeoutKind) (goOn bool)
}

// timing is what a connection has for its timeouts. Activity only stores the
// turn's time. The timer finds out what that means when it comes up, so that a
// connection sets it about once in its shortest timeout.
type timing struct {
	timer *reactor.Timer
	at    int64 // when the timer comes up, never if it is not set

	idle, read, write   time.Duration // 0: none
	lastIn, lastOut     int64         // lastIn: also when reading began; lastOut: when output began to wait
	handshakeBy, lingBy int64         // deadlines
	shaking             bool          // a handshake is under way
}

const never = int64(math.MaxInt64)

func (c *Conn) startTimeouts(config *Config) {
	if config.IdleTimeout|config.ReadTimeout|config.WriteTimeout == 0 {
		return
	}
	t := c.timed()
	t.idle, t.read, t.write = config.IdleTimeout, config.ReadTimeout, config.WriteTimeout
	c.rearm()
}

// timed returns the connection's timing, whose times begin now.
func (c *Conn) timed() *timing {
	if c.timing == nil {
		now := c.now()
		c.timing = &timing{at: never, lastIn: now, lastOut: now, handshakeBy: never, lingBy: never}
	}
	return c.timing
}

// now is the turn's time. A loop that has not begun its first turn has none.
func (c *Conn) now() int64 {
	if now := c.loop.Now(); now != 0 {
		return now
	}
	return reactor.Now()
}

// SetIdleTimeout closes the connection when no byte has been received or sent
// for d; 0 ends that. It counts from now.
func (c *Conn) SetIdleTimeout(d time.Duration) { c.setTimeout(TimeoutIdle, d) }

// SetReadTimeout closes the connection when no byte has been received for d
// while it is read; 0 ends that. It counts from now.
func (c *Conn) SetReadTimeout(d time.Duration) { c.setTimeout(TimeoutRead, d) }

// SetWriteTimeout closes the connection when there is output of which the
// kernel takes nothing for d; 0 ends that. It counts from now.
func (c *Conn) SetWriteTimeout(d time.Duration) { c.setTimeout(TimeoutWrite, d) }

func (c *Conn) setTimeout(kind TimeoutKind, d time.Duration) {
	if c.phase == phaseClosed || d <= 0 && c.timing == nil {
		return
	}
	t, now := c.timed(), c.now()
	d = max(d, 0)
	switch kind {
	case TimeoutIdle:
		t.idle, t.lastIn = d, now
	case TimeoutRead:
		t.read, t.lastIn = d, now
	case TimeoutWrite:
		t.write, t.lastOut = d, now
	case TimeoutHandshake, timeLinger, timeKinds: // have deadlines
	}
	c.rearm()
}

// BeginHandshake starts Config.HandshakeTimeout: for filters, in Receive or
// Send, or where they are made.
func (c *Conn) BeginHandshake() {
	if c.phase != phaseClosed {
		t := c.timed()
		t.shaking = true
		t.handshakeBy = clock.Add(c.now(), c.hub().config.HandshakeTimeout)
		c.rearm()
	}
}

// EndHandshake is told by a filter that its handshake is over. The other
// timeouts do not begin anew.
func (c *Conn) EndHandshake() {
	if c.timing != nil {
		c.timing.handshakeBy, c.timing.shaking = never, false
	}
	c.later(c.released)
}

// released sends what has waited for the handshake, and tells the handler.
func (c *Conn) released() {
	if c.phase != phaseClosed && !c.broken {
		c.flush()
		c.settle()
	}
}

// lingerFrom now starts the time that Close may take.
func (c *Conn) lingerFrom() {
	t := c.timed()
	t.lingBy = clock.Add(c.now(), c.hub().config.Linger)
	c.rearm()
}

// expect notes that output begins to wait.
func (c *Conn) expect() {
	if t := c.timing; t != nil && t.write != 0 {
		t.lastOut = c.now()
		c.rearm()
	}
}

// rested notes that the connection is read again.
func (c *Conn) rested() {
	if t := c.timing; t != nil && t.read != 0 {
		t.lastIn = c.now()
		c.rearm()
	}
}

// owing reports whether output waits here.
func (c *Conn) owing() bool {
	return c.out.size > 0 || c.hasJobs() && (!c.relays() || c.rare.first.splice.pipe.size > 0)
}

// next returns what will have taken too long first, and when.
func (c *Conn) next() (kind TimeoutKind, at int64) {
	t := c.timing
	kind, at = timeLinger, t.lingBy
	consider := func(k TimeoutKind, since int64, d time.Duration) {
		if by := clock.Add(since, d); d != 0 && by < at {
			kind, at = k, by
		}
	}
	if t.handshakeBy < at {
		kind, at = TimeoutHandshake, t.handshakeBy
	}
	if c.phase == phaseOpen {
		consider(TimeoutIdle, max(t.lastIn, t.lastOut), t.idle)
		if !c.eof && !c.stopped() {
			consider(TimeoutRead, t.lastIn, t.read)
		}
	}
	if c.owing() {
		consider(TimeoutWrite, t.lastOut, t.write)
	}
	return kind, at
}

// rearm sets the timer, if it would come up too late.
func (c *Conn) rearm() {
	t := c.timing
	_, at := c.next()
	if at >= t.at {
		return
	}
	t.at = at
	d := time.Duration(max(at-c.now(), 0))
	if t.timer == nil {
		t.timer = c.loop.After(d, c.expire)
		return
	}
	t.timer.Reset(d)
}

// expire is the timer's function: it acts on what has taken too long, or waits
// for the rest of the time.
func (c *Conn) expire() {
	if c.phase == phaseClosed {
		return
	}
	t := c.timing
	t.at = never
	if kind, at := c.next(); at <= c.now() {
		c.overdue(kind)
	}
	if c.phase != phaseClosed {
		c.rearm()
		c.endTurn()
	}
}

func (c *Conn) overdue(kind TimeoutKind) {
	if kind == timeLinger {
		c.overstay()
		return
	}
	c.loop.counts.timeouts.Add(1)
	h, ok := c.handler.(Timeouter)
	if ok && kind != TimeoutHandshake && c.phase == phaseOpen && h.Timeout(c, kind) {
		c.again(kind)
		return
	}
	if c.phase == phaseClosed {
		return
	}
	switch err := error(&TimeoutError{Kind: kind}); kind {
	case TimeoutIdle, TimeoutRead:
		c.giveUp(err)
	case TimeoutWrite, TimeoutHandshake, timeLinger, timeKinds:
		c.timing.handshakeBy = never
		c.fail(err)
	}
}

// again begins a time anew.
func (c *Conn) again(kind TimeoutKind) {
	if kind == TimeoutWrite {
		c.timing.lastOut = c.now()
	} else {
		c.timing.lastIn = c.now()
	}
}
