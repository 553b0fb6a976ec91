package pyselect

import (
	"context"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// Select waits until one of the objects is ready, or the timeout (seconds in
// Python, a Duration here, see [Seconds]; [Forever] for none, 0 not to wait)
// has passed. It returns those of r that can be read, those of w that can be
// written, and those of x with an exceptional condition (urgent data): the
// caller's own objects, in their order, duplicates kept.
//
// A negative descriptor, as a closed socket has, is a [*ValueError], one of
// more than 31 bits an [*OverflowError], no object a [*TypeError]; one that is
// not open is EBADF, and so is a socket that is closed during the wait. Each
// object is asked for its descriptor once, before anything else.
//
// Any goroutine. Source: select.select.
func Select(r, w, x []Object, timeout time.Duration) (rr, rw, rx []Object, err error) {
	var c Call
	return c.Select(r, w, x, timeout)
}

// SelectContext is [Select] that fails with the context's error when it would
// have to wait and the context has ended. Any goroutine.
func SelectContext(ctx context.Context, r, w, x []Object, timeout time.Duration) (rr, rw, rx []Object, err error) {
	c := Call{Context: ctx}
	return c.Select(r, w, x, timeout)
}

// Select is the function of the same name.
func (c *Call) Select(r, w, x []Object, timeout time.Duration) (rr, rw, rx []Object, err error) {
	if timeout < 0 && timeout != Forever {
		return nil, nil, nil, &ValueError{"timeout must be non-negative"}
	}
	q := queries.Get().(*query)
	defer q.release()
	for _, list := range [...]struct {
		set     set
		objects []Object
	}{{setRead, r}, {setWrite, w}, {setExcept, x}} {
		if err := q.add(list.set, list.objects); err != nil {
			return nil, nil, nil, err
		}
	}
	if found, err := q.run(c, timeout); !found || err != nil {
		return nil, nil, nil, err
	}
	return q.result(setRead), q.result(setWrite), q.result(setExcept), nil
}

// set is one of select's three lists.
type set uint8

const (
	setRead set = iota
	setWrite
	setExcept
)

// conditions says what makes an object of each set ready: for the reactor,
// what to ask poll(2) for, and which of its answers count. See POLLIN_SET and
// its like in select(2).
var conditions = [...]struct {
	mask        reactor.Readiness
	ask, answer int16
}{
	setRead:   {reactor.Input, sys.PollIn, sys.PollIn | sys.PollHup | sys.PollErr},
	setWrite:  {reactor.Writable | reactor.Error, sys.PollOut, sys.PollOut | sys.PollErr},
	setExcept: {reactor.Priority, sys.PollPri, sys.PollPri},
}
