//go:build linux

package main

import (
	"fmt"
	"math"
	"runtime/debug"
	"time"

	"github.com/pollux-net/pollux/bench/internal/stats"
)

const (
	stallTimeout = 5 * time.Second
	scratchSize  = 64 * 1024
	// clientMemory is where the client's garbage collector wakes up: a plain
	// run allocates nothing, a TLS one hardly anything.
	clientMemory = 1 << 30
)

// driver is the load: one goroutine which never parks. It blocks its thread in
// epoll_wait with a raw system call, so the scheduler has no part in it.
type driver struct {
	queue   *eventQueue
	links   []*link
	scratch []byte
	start   time.Time
	now     time.Duration // since start, at the last echo
	latency stats.Histogram
	idle    bool // nothing is sent any more
}

func (l load) run() (sample, error) {
	d := &driver{scratch: make([]byte, scratchSize), start: time.Now()}
	if err := d.connect(l); err != nil {
		return sample{}, err
	}
	debug.SetMemoryLimit(clientMemory)
	debug.SetGCPercent(-1)
	if err := d.send(); err != nil {
		return sample{}, err
	}
	if err := d.drive(l.warmup); err != nil {
		return sample{}, err
	}
	if l.strace {
		return d.countCalls(l)
	}
	before, err := takeSnapshot(l.serverPID)
	if err != nil {
		return sample{}, err
	}
	d.latency.Reset()
	if err := d.drive(l.duration); err != nil {
		return sample{}, err
	}
	after, err := takeSnapshot(l.serverPID)
	if err != nil {
		return sample{}, err
	}
	s := after.since(before)
	s.Requests = d.latency.Total * l.perMessage()
	s.P50, s.P99 = d.latency.Quantile(0.50), d.latency.Quantile(0.99)
	return s, nil
}

// perMessage is how many requests are in a message.
func (l load) perMessage() int64 { return int64(max(1, l.pipeline)) }

// connect opens all connections, each proved by one echo whose bytes are
// compared. From then on only their number counts.
func (d *driver) connect(l load) (err error) {
	if l.conns > math.MaxInt32 {
		return fmt.Errorf("%d connections", l.conns)
	}
	if d.queue, err = newEventQueue(); err != nil {
		return err
	}
	for i := range l.conns {
		k, err := dialLink(l)
		if err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		d.links = append(d.links, k)
		if err := d.queue.add(k.fd, int32(i)); err != nil {
			return err
		}
	}
	return nil
}

// send starts the first message of every connection.
func (d *driver) send() error {
	for _, k := range d.links {
		d.now = time.Since(d.start)
		if err := k.next(d.now); err != nil {
			return err
		}
	}
	return nil
}

// drive keeps the closed loops going for a while, or lets them run out.
func (d *driver) drive(duration time.Duration) error {
	d.now = time.Since(d.start)
	end := d.now + duration
	for d.now < end && (!d.idle || d.waits()) {
		ready, err := d.queue.wait(stallTimeout)
		if err != nil {
			return err
		}
		if len(ready) == 0 {
			if err := d.checkProgress(); err != nil {
				return err
			}
			continue
		}
		for i := range ready {
			if err := d.advance(d.links[ready[i].Fd]); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkProgress is for a wait that ended without events: a signal or a stall.
func (d *driver) checkProgress() error {
	last := d.now
	d.now = time.Since(d.start)
	if d.now-last >= stallTimeout {
		return fmt.Errorf("no echo for %v", stallTimeout)
	}
	return nil
}

// advance sends what could not be sent and reads until nothing is left. A
// short read says that as well as EAGAIN does, see epoll(7).
func (d *driver) advance(k *link) error {
	if err := k.flush(); err != nil {
		return err
	}
	for {
		n, complete, err := k.receive(d.scratch)
		if err != nil {
			return err
		}
		if complete {
			d.now = time.Since(d.start)
			d.latency.Record(d.now - k.sent)
			if d.idle {
				continue
			}
			if err := k.next(d.now); err != nil {
				return err
			}
		}
		if n < len(d.scratch) {
			return nil
		}
	}
}
