package poller

import "github.com/pollux-net/pollux/internal/sys"

// Bell wakes a thread that waits in a system call, where a signal interrupts
// it: what a goroutine that parks never notices. One thread waits at a time;
// Ring is for any goroutine.
type Bell struct{ wait, ring int }

// NewBell makes a bell that has not been rung.
func NewBell() (*Bell, error) {
	wait, ring, errno := newBell()
	if errno != 0 {
		return nil, failed("bell", errno)
	}
	return &Bell{wait, ring}, nil
}

// Wait blocks the thread until the bell has been rung, for at most ns
// nanoseconds, or without limit when ns is negative. It reports EINTR when a
// signal came first.
func (b *Bell) Wait(ns int64) (rung bool, errno sys.Errno) {
	fds := [1]sys.PollFD{{Fd: int32(b.wait), Events: sys.PollIn}}
	n, errno := sys.PollInterruptible(fds[:], ns)
	return n > 0, errno
}

// Ring ends the present or the next Wait.
func (b *Bell) Ring() {
	one := [8]byte{1: 1} // any number other than zero, for an eventfd
	_, _ = sys.Write(b.ring, one[:])
}

// Silence forgets that the bell was rung.
func (b *Bell) Silence() {
	var buf [512]byte
	for {
		if n, errno := sys.Read(b.wait, buf[:]); n <= 0 || errno != 0 || b.wait == b.ring {
			return
		}
	}
}
