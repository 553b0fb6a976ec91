package pyselect_test

import (
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

// failOnce makes an attempt at a call fail, after skipping some. The result
// says whether it has.
func failOnce(t *testing.T, op sys.Op, skip int, errno sys.Errno) (failed func() bool) {
	t.Helper()
	var left atomic.Int64
	left.Store(int64(skip) + 1)
	t.Cleanup(sys.SetHook(func(c sys.Call) sys.Fault {
		if c.Op == op && left.Add(-1) == 0 {
			return sys.Fault{Errno: errno}
		}
		return sys.Fault{}
	}))
	return func() bool { return left.Load() <= 0 }
}

// TestFaults has a Select hit by each fault once: it surfaces by its number,
// nothing is left behind, and the same Select works after it.
func TestFaults(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		leak.Check(t)
		for _, f := range []struct {
			name    string
			op      sys.Op
			skip    int
			bare    bool
			timeout bool
			errnos  []sys.Errno
		}{
			{"poll", sys.OpPoll, 0, true, false, []sys.Errno{sys.ENOMEM, sys.EINVAL}},
			{"register", sys.OpQueueControl, 0, false, false, []sys.Errno{unix.ENOSPC, sys.ENOMEM}},
			{"queue-of-bare", sys.OpQueueCreate, 0, true, true, []sys.Errno{sys.EMFILE, sys.ENFILE, sys.ENOMEM}},
			{"register-bare", sys.OpQueueControl, 1, true, true, []sys.Errno{unix.ENOSPC, sys.ENOMEM}},
			{"register-queue", sys.OpQueueControl, 2, true, true, []sys.Errno{unix.ENOSPC, sys.ENOMEM}},
		} {
			for _, errno := range f.errnos {
				t.Run(f.name+"/"+sys.ErrnoName(errno), func(t *testing.T) {
					a, b := pairOn(t, g)
					watched := list{b}
					if f.bare {
						r, _ := pipe(t)
						watched = list{b, r}
					}
					timeout := soon
					if !f.timeout {
						timeout = 0
					}
					hit := failOnce(t, f.op, f.skip, errno)
					ask(watched, nil, nil, timeout).fails(t, errno)
					if !hit() {
						t.Error("the call was not made")
					}
					ask(watched, nil, nil, timeout).wants(t, nil, nil, nil)
					waiting := begin(t, watched, nil, nil, pyselect.Forever)
					send(t, a, "x")
					receive(t, waiting, "the answer").wants(t, list{b}, nil, nil)
				})
			}
		}
	})
}

// TestDefaultGroupFails where bare descriptors need one.
func TestDefaultGroupFails(t *testing.T) {
	onDefault(t)
	r, _ := pipe(t)
	must(t, shutdownDefault())
	leak.Check(t)
	hit := failOnce(t, sys.OpQueueCreate, 1, sys.EMFILE)
	ask(list{r}, nil, nil, soon).fails(t, unix.EMFILE)
	if !hit() {
		t.Error("the call was not made")
	}
}

// TestInterrupted interrupts nine attempts of ten, of every call.
//
//inventory:row select EINTR
func TestInterrupted(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		a, b := pairOn(t, g)
		r, w := pipe(t)
		var n atomic.Uint64
		defer sys.SetHook(func(sys.Call) sys.Fault {
			if n.Add(1)%10 != 0 {
				return sys.Fault{Errno: sys.EINTR}
			}
			return sys.Fault{}
		})()
		for range 8 {
			waiting := begin(t, list{b, r}, nil, nil, pyselect.Forever)
			send(t, a, "x")
			receive(t, waiting, "the answer").wants(t, list{b}, nil, nil)
			recv(t, b)
			waiting = begin(t, list{b, r}, nil, nil, pyselect.Forever)
			write(t, w, "x")
			receive(t, waiting, "the answer").wants(t, list{r}, nil, nil)
			read(t, r)
		}
	})
}

// TestHarvestFails has the look into the loop's queue fail: the answer is late
// then, but it comes.
func TestHarvestFails(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		a, b := pairOn(t, g)
		var n atomic.Uint64
		defer sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == sys.OpQueueWait && n.Add(1)%2 == 0 {
				return sys.Fault{Errno: sys.ENOMEM}
			}
			return sys.Fault{}
		})()
		for range 8 {
			waiting := begin(t, list{b}, nil, nil, pyselect.Forever)
			send(t, a, "x")
			receive(t, waiting, "the answer").wants(t, list{b}, nil, nil)
			recv(t, b)
		}
	})
}
