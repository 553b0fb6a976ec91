package stream

import (
	"time"

	"github.com/pollux-net/pollux/reactor"
)

// Timer calls a function on a connection's loop, and not after the connection
// has closed. Its methods are loop-only.
type Timer struct {
	conn       *Conn
	timer      *reactor.Timer
	fn         func()
	every      time.Duration // 0: once
	next, prev *Timer        // of the connection's
	set        bool
}

// After calls fn once d has passed, unless the connection closes before. It is
// also the way to a deadline for something that needs many reads or writes.
func (c *Conn) After(d time.Duration, fn func()) *Timer { return c.newTimer(d, 0, fn) }

// Every calls fn every d, which must be positive, until Stop or until the
// connection closes. Calls that the loop is late for are not made up for.
func (c *Conn) Every(d time.Duration, fn func()) *Timer {
	if d <= 0 {
		panic("stream: Every without a positive interval")
	}
	return c.newTimer(d, d, fn)
}

func (c *Conn) newTimer(d, every time.Duration, fn func()) *Timer {
	if fn == nil {
		panic("stream: a timer of a nil function")
	}
	t := &Timer{conn: c, fn: fn, every: every}
	if c.phase != phaseClosed {
		t.link()
		t.timer = c.loop.After(d, t.fire)
	}
	return t
}

func (t *Timer) link() {
	r := t.conn.more()
	t.set, t.next, t.prev = true, r.timers, nil
	if t.next != nil {
		t.next.prev = t
	}
	r.timers = t
}

func (t *Timer) unlink() {
	t.set = false
	if t.next != nil {
		t.next.prev = t.prev
	}
	if t.prev != nil {
		t.prev.next = t.next
	} else {
		t.conn.rare.timers = t.next
	}
	t.next, t.prev = nil, nil
}

func (t *Timer) fire() {
	if !t.set {
		return
	}
	if t.every > 0 {
		t.timer.Reset(t.every)
	} else {
		t.unlink()
	}
	t.fn()
	t.conn.touch()
}

// Stop cancels the timer. It reports whether the function would have been
// called.
func (t *Timer) Stop() bool {
	if !t.set {
		return false
	}
	t.unlink()
	t.timer.Stop()
	return true
}

// Reset sets the timer to d from now, whether or not it was stopped or has
// come up. On a closed connection it does nothing.
func (t *Timer) Reset(d time.Duration) {
	if t.conn.phase == phaseClosed {
		return
	}
	if !t.set {
		t.link()
	}
	t.timer.Reset(d)
}

// stopTimers cancels what the connection has.
func (c *Conn) stopTimers() {
	if t := c.timing; t != nil && t.timer != nil {
		t.timer.Stop()
	}
	for c.rare != nil && c.rare.timers != nil {
		c.rare.timers.Stop()
	}
}
