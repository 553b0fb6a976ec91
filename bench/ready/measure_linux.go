//go:build linux

package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
)

// pool has the sockets that are registered: idle ones, and one that is ready.
type pool struct {
	idle        []*fdsock.Socket
	ready, peer *fdsock.Socket
	rigs        map[scenario]*rig
}

// sockets returns n of them, the last of which is the one that is ready if
// that is wanted.
func (p *pool) sockets(n int, withReady bool) ([]*fdsock.Socket, error) {
	if p.ready == nil {
		var err error
		if p.ready, p.peer, err = fdsock.SocketPair(); err != nil {
			return nil, err
		}
		if _, err := p.peer.Send([]byte("x")); err != nil {
			return nil, err
		}
	}
	for len(p.idle) < n {
		a, b, err := fdsock.SocketPair()
		if err != nil {
			return nil, err
		}
		p.idle = append(p.idle, a, b)
	}
	s := slices.Clone(p.idle[:n])
	if withReady {
		s[n-1] = p.ready
	}
	return s, nil
}

// rig is a scenario made ready to measure.
type rig struct {
	pollux, raw func() (int, error)
	want        int // how many are ready
}

func (p *pool) rig(c scenario) (*rig, error) {
	if r := p.rigs[c]; r != nil {
		return r, nil
	}
	s, err := p.sockets(c.sockets, c.kind != "select")
	if err != nil {
		return nil, err
	}
	r := &rig{want: 1}
	if c.kind == "select" {
		r.want = 0
	}
	if r.pollux, err = polluxCall(c.kind, s); err != nil {
		return nil, err
	}
	fds := make([]int, len(s))
	for i := range s {
		fds[i] = s[i].Fileno()
	}
	if r.raw, _, err = rawCall(c.kind, fds); err != nil {
		return nil, err
	}
	if p.rigs == nil {
		p.rigs = make(map[scenario]*rig)
	}
	p.rigs[c] = r
	return r, nil
}

func polluxCall(kind string, s []*fdsock.Socket) (func() (int, error), error) {
	switch kind {
	case "select":
		objects := make([]pyselect.Object, len(s))
		for i := range s {
			objects[i] = s[i]
		}
		return func() (int, error) {
			r, _, _, err := pyselect.Select(objects, nil, nil, 0)
			return len(r), err
		}, nil
	case "epoll":
		e, err := pyselect.NewEpoll()
		if err != nil {
			return nil, err
		}
		for _, o := range s {
			if err := e.Register(o, pyselect.EPOLLIN); err != nil {
				return nil, err
			}
		}
		var events []pyselect.PollEvent
		return func() (int, error) {
			events, err = e.PollInto(events, 0, -1)
			return len(events), err
		}, nil
	}
	p, err := newPoll(s)
	if err != nil {
		return nil, err
	}
	var events []pyselect.PollEvent
	return func() (int, error) {
		events, err = p.PollInto(events, 0)
		return len(events), err
	}, nil
}

func newPoll(s []*fdsock.Socket) (*pyselect.Poll, error) {
	p := pyselect.NewPoll()
	for _, o := range s {
		if err := p.Register(o, pyselect.POLLIN); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// result is a row's figures, in nanoseconds, one of each round.
type result struct {
	pollux, python, raw []float64
	allocs              float64
}

// take adds a round.
func (r *result) take(c scenario, p *pool, py *python, span time.Duration) error {
	if c.kind == "wake" {
		ns, err := p.wake(c.sockets, span)
		r.pollux = append(r.pollux, ns)
		return err
	}
	rig, err := p.rig(c)
	if err != nil {
		return err
	}
	calls, err := calibrate(rig, span)
	if err != nil {
		return err
	}
	ns, allocs, err := timed(rig.pollux, rig.want, calls)
	if err != nil {
		return err
	}
	r.pollux, r.allocs = append(r.pollux, ns), allocs
	if ns, _, err = timed(rig.raw, rig.want, calls); err != nil {
		return err
	}
	r.raw = append(r.raw, ns)
	if py == nil || c.kind == "select" && c.sockets > 1000 {
		return nil
	}
	ns, err = py.measure(c, calls)
	r.python = append(r.python, ns)
	return err
}

// calibrate returns how many calls take about the span, at most.
func calibrate(r *rig, span time.Duration) (int, error) {
	const few = 20
	slow, _, err := timed(r.raw, r.want, few)
	if err != nil {
		return 0, err
	}
	own, _, err := timed(r.pollux, r.want, few)
	return max(few, int(float64(span)/max(slow, own))), err
}

// timed returns nanoseconds and allocations for one call.
func timed(call func() (int, error), want, calls int) (ns, allocs float64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	for range calls {
		if n, err := call(); err != nil || n != want {
			return 0, 0, fmt.Errorf("%d are ready, not %d: %w", n, want, err)
		}
	}
	d := time.Since(start)
	runtime.ReadMemStats(&after)
	return float64(d) / float64(calls), float64((after.Mallocs - before.Mallocs) / uint64(calls)), nil
}

// line is a row of the table.
func (r *result) line(c scenario) string {
	column := func(ns []float64) string {
		if len(ns) == 0 {
			return "-"
		}
		slices.Sort(ns)
		return fmt.Sprintf("%.2f", ns[len(ns)/2]/1000)
	}
	return fmt.Sprintf("%-8s %8d %10s %10s %10s %10.0f", c.kind, c.sockets, column(r.pollux), column(r.python), column(r.raw), r.allocs)
}
