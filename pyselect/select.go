package pyselect

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pollux-net/pollux/internal/poller"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// Forever makes a call wait without limit, as Python's None does.
const Forever time.Duration = -1

// Object is anything with a descriptor: a socket, an os.File wrapped, [FD].
type Object interface{ Fileno() int }

// FD is a bare descriptor. When it belongs to a socket of this process, it is
// answered for as the socket is, TLS included.
type FD int

// Fileno returns the descriptor.
func (fd FD) Fileno() int { return int(fd) }

// negative refuses a descriptor that is none, as a closed socket's.
func negative(fd int) error {
	return &ValueError{fmt.Sprintf("file descriptor cannot be a negative integer (%d)", fd)}
}

// pollableOf finds what knows an object's readiness; nil for a descriptor that
// no loop knows.
func pollableOf(o Object, fd int) reactor.Pollable {
	if on, ok := o.(reactor.Pollable); ok {
		return on
	}
	return reactor.Lookup(fd)
}

// Select waits until one of the objects is ready, or the timeout (seconds in
// Python, a Duration here; [Forever] for none, 0 not to wait) has passed. It
// returns those of r that can be read, those of w that can be written, and
// those of x with an exceptional condition (urgent data): the caller's own
// objects, in their order, duplicates kept.
//
// A negative descriptor, as a closed socket has, is a [*ValueError]; one that
// is not open is EBADF.
//
// Source: select.select.
func Select(r, w, x []Object, timeout time.Duration) (rr, rw, rx []Object, err error) {
	var c Call
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
	if err := q.run(c, timeout); err != nil {
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

// item is one element of one list.
type item struct {
	object Object
	on     reactor.Pollable // nil for a descriptor that no loop knows
	fd     int
	set    set
	ready  bool
	before reactor.Snapshot
	sub    reactor.Subscription
}

// query is one call of Select in progress.
type query struct {
	items []item
	loops []*reactor.Loop
	fds   []sys.PollFD
	asked []int // fds[i] is about items[asked[i]]
}

var queries = sync.Pool{New: func() any { return new(query) }}

func (q *query) release() {
	clear(q.items)
	clear(q.loops)
	q.items, q.loops, q.fds, q.asked = q.items[:0], q.loops[:0], q.fds[:0], q.asked[:0]
	queries.Put(q)
}

// add puts the objects of a list into the query.
func (q *query) add(s set, objects []Object) error {
	for _, o := range objects {
		fd := o.Fileno()
		if fd < 0 {
			return negative(fd)
		}
		on := pollableOf(o, fd)
		if on != nil {
			h := on.Handle()
			if !slices.Contains(q.loops, h.Loop()) {
				q.loops = append(q.loops, h.Loop())
			}
			if err := h.Arm(); err != nil {
				return failed(fd, err)
			}
		}
		q.items = append(q.items, item{object: o, on: on, fd: fd, set: s})
	}
	return nil
}

// run answers the query, waiting if it may.
func (q *query) run(c *Call, timeout time.Duration) error {
	deadline := c.deadline(timeout)
	if found, err := q.test(); found || err != nil || timeout == 0 {
		return err
	}
	waiter := reactor.NewWaiter()
	defer waiter.Release()
	defer q.unsubscribe()
	stop, err := q.subscribe(waiter)
	if err != nil {
		return err
	}
	defer stop()
	for {
		if found, err := q.test(); found || err != nil {
			return err
		}
		inTime, err := c.wait("select", waiter, deadline)
		if err != nil {
			return err
		}
		if !inTime {
			_, err := q.test()
			return err
		}
	}
}

// test marks the items that are ready just now.
func (q *query) test() (found bool, err error) {
	for _, l := range q.loops {
		l.Harvest()
	}
	q.fds, q.asked = q.fds[:0], q.asked[:0]
	defer q.letGo()
	for i := range q.items {
		it := &q.items[i]
		candidate, err := it.consider()
		if err != nil {
			return false, err
		}
		found = found || it.ready
		if candidate {
			q.fds = append(q.fds, sys.PollFD{Fd: int32(it.fd), Events: conditions[it.set].ask})
			q.asked = append(q.asked, i)
		}
	}
	verified, err := q.verify()
	return found || verified, err
}

// letGo ends the use of the candidates' descriptors.
func (q *query) letGo() {
	for _, i := range q.asked {
		if on := q.items[i].on; on != nil {
			on.Handle().Release()
		}
	}
}

// consider decides whether the item is ready, or that the kernel must say. A
// candidate's descriptor stays in use until letGo, so that a Close meanwhile
// does not make poll(2) look at somebody else's.
func (it *item) consider() (candidate bool, err error) {
	it.ready = false
	if it.on == nil {
		return true, nil
	}
	mask := conditions[it.set].mask
	if tester, exact := it.on.(reactor.Tester); exact {
		r := tester.Test(mask)
		if r&reactor.Closed != 0 {
			return false, it.closed()
		}
		it.ready = r&mask != 0
		return false, nil
	}
	h := it.on.Handle()
	before, ok := h.Acquire()
	if !ok {
		return false, it.closed()
	}
	if before.Readiness()&mask == 0 {
		h.Release()
		return false, nil
	}
	it.before = before
	return true, nil
}

func (it *item) closed() error { return &Error{Op: "select", FD: it.fd, Errno: sys.EBADF} }

// verify asks the kernel about the candidates, and clears what it disproves.
func (q *query) verify() (found bool, err error) {
	if len(q.fds) == 0 {
		return false, nil
	}
	if _, errno := sys.PollNow(q.fds); errno != 0 {
		return false, &Error{Op: "select", FD: -1, Errno: errno}
	}
	for i := range q.fds {
		it := &q.items[q.asked[i]]
		c := &conditions[it.set]
		got := q.fds[i].Revents
		if got&sys.PollNval != 0 {
			return false, &Error{Op: "select", FD: it.fd, Errno: sys.EBADF}
		}
		it.ready = got&c.answer != 0
		found = found || it.ready
		if !it.ready && it.on != nil {
			it.on.Handle().Clear(it.before, c.mask)
		}
	}
	return found, nil
}

// subscribe has the waiter told of every item. The descriptors that no loop
// knows are watched, level-triggered, by a queue of their own.
func (q *query) subscribe(waiter *reactor.Waiter) (stop func(), err error) {
	var raw *poller.Watch
	for i := range q.items {
		it := &q.items[i]
		if it.on != nil {
			it.sub.Listener, it.sub.Mask = waiter, conditions[it.set].mask
			it.on.Subscribe(&it.sub)
			continue
		}
		if raw == nil {
			if raw, err = poller.NewWatch(); err != nil {
				return nil, failed(-1, err)
			}
		}
		c := conditions[it.set]
		if errno := raw.Add(it.fd, c.mask&reactor.Readable != 0, c.mask&reactor.Writable != 0, c.mask&reactor.Priority != 0); errno != 0 {
			raw.Close()
			return nil, &Error{Op: "select", FD: it.fd, Errno: errno}
		}
	}
	if raw == nil {
		return func() {}, nil
	}
	if len(q.loops) > 0 {
		return watchOn(q.loops[0], waiter, raw)
	}
	return watchRaw(waiter, raw)
}

// unsubscribe ends what subscribe began.
func (q *query) unsubscribe() {
	for i := range q.items {
		if it := &q.items[i]; it.on != nil {
			it.on.Unsubscribe(&it.sub)
		}
	}
}

// watchRaw puts the queue of bare descriptors itself on a loop.
func watchRaw(waiter *reactor.Waiter, raw *poller.Watch) (stop func(), err error) {
	g, err := reactor.Default()
	if err != nil {
		raw.Close()
		return nil, failed(-1, err)
	}
	return watchOn(g.Next(), waiter, raw)
}

func watchOn(l *reactor.Loop, waiter *reactor.Waiter, raw *poller.Watch) (stop func(), err error) {
	h, err := l.NewHandle(raw.Fd(), "select")
	if err != nil {
		raw.Close()
		return nil, failed(-1, err)
	}
	if err := h.Arm(); err != nil {
		_ = h.Close()
		return nil, failed(-1, err)
	}
	waiter.Watch(h, reactor.Input)
	return func() { _ = h.Close() }, nil
}

// failed makes the error of a loop or a queue that refused a descriptor.
func failed(fd int, err error) error {
	errno := sys.EBADF // closed meanwhile, with its group perhaps
	errors.As(err, &errno)
	return &Error{Op: "select", FD: fd, Errno: errno}
}

// result lists the ready objects of a set.
func (q *query) result(s set) (ready []Object) {
	for i := range q.items {
		if it := &q.items[i]; it.set == s && it.ready {
			ready = append(ready, it.object)
		}
	}
	return ready
}
