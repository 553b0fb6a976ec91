package pyselect

import (
	"slices"
	"sync"
	"time"

	"github.com/pollux-net/pollux/internal/poller"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// few is the number of descriptors up to which the kernel is asked about all
// of them at once: it costs less than to look into the loops' queues first.
const few = 6

// item is one element of one list.
type item struct {
	object Object
	on     reactor.Pollable // nil for a descriptor that no loop knows
	handle *reactor.Handle  // on's
	before reactor.Snapshot
	fd     int
	set    set
	ready  bool
}

// query is one call of Select in progress.
type query struct {
	items []item
	subs  []reactor.Subscription // subs[i] is for items[i], while the call waits
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
	q.items = slices.Grow(q.items, len(objects))
	for _, o := range objects {
		fd, err := descriptorOf(o)
		if err != nil {
			return err
		}
		q.items = append(q.items, item{object: o, on: pollableOf(o, fd), fd: fd, set: s})
		it := &q.items[len(q.items)-1]
		if it.on == nil {
			continue
		}
		it.handle = it.on.Handle()
		if l := it.handle.Loop(); !slices.Contains(q.loops, l) {
			q.loops = append(q.loops, l)
		}
		if !it.handle.Armed() {
			if err := it.handle.Arm(); err != nil {
				return failed("select", fd, err)
			}
		}
	}
	return nil
}

// run answers the query, waiting if it may.
func (q *query) run(c *Call, timeout time.Duration) (found bool, err error) {
	if timeout == 0 {
		return q.test()
	}
	deadline := c.deadline(timeout)
	if found, err := q.test(); found || err != nil {
		return found, err
	}
	waiter := reactor.NewWaiter()
	defer waiter.Release()
	defer q.unsubscribe()
	stop, err := q.subscribe(waiter)
	if err != nil {
		return false, err
	}
	defer stop()
	for {
		if found, err := q.test(); found || err != nil {
			return found, err
		}
		inTime, err := c.wait("select", waiter, deadline)
		if err != nil {
			return false, err
		}
		if !inTime {
			return q.test()
		}
	}
}

// test marks the items that are ready just now.
func (q *query) test() (found bool, err error) {
	all := len(q.items) <= few
	if !all {
		for _, l := range q.loops {
			l.Harvest()
		}
	}
	q.fds, q.asked = q.fds[:0], q.asked[:0]
	defer q.letGo()
	for i := range q.items {
		it := &q.items[i]
		candidate, err := it.consider(all)
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
		if h := q.items[i].handle; h != nil {
			h.Release()
		}
	}
}

// consider decides whether the item is ready, or that the kernel must say: of
// all, or of those that may be. A candidate's descriptor stays in use until
// letGo, so that a Close meanwhile does not make poll(2) look at somebody
// else's.
func (it *item) consider(all bool) (candidate bool, err error) {
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
	if !all && it.handle.Snapshot().Readiness()&(mask|reactor.Closed) == 0 {
		return false, nil
	}
	before, ok := it.handle.Acquire()
	if !ok {
		return false, it.closed()
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
		if !it.ready && it.handle != nil {
			it.handle.Clear(it.before, c.mask)
		}
	}
	return found, nil
}

// subscribe has the waiter told of every item. The descriptors that no loop
// knows are watched, level-triggered, by a queue of their own.
func (q *query) subscribe(waiter *reactor.Waiter) (stop func(), err error) {
	if cap(q.subs) < len(q.items) {
		q.subs = make([]reactor.Subscription, len(q.items), cap(q.items))
	}
	q.subs = q.subs[:len(q.items)]
	var raw *poller.Watch
	for i := range q.items {
		it := &q.items[i]
		c := &conditions[it.set]
		if it.on != nil {
			q.subs[i].Listener, q.subs[i].Mask = waiter, heard(it.on, c.mask)
			it.on.Subscribe(&q.subs[i])
			continue
		}
		if raw == nil {
			if raw, err = poller.NewWatch(); err != nil {
				return nil, failed("select", -1, err)
			}
		}
		if errno := raw.Add(it.fd, c.mask&reactor.Readable != 0, c.mask&reactor.Writable != 0, c.mask&reactor.Priority != 0); errno != 0 {
			raw.Close()
			return nil, &Error{Op: "select", FD: it.fd, Errno: errno}
		}
	}
	if raw == nil {
		return func() {}, nil
	}
	var l *reactor.Loop
	if len(q.loops) > 0 {
		l = q.loops[0]
	}
	return watchRaw("select", l, waiter, raw)
}

// unsubscribe ends what subscribe began.
func (q *query) unsubscribe() {
	for i := range q.subs {
		if it := &q.items[i]; it.on != nil {
			it.on.Unsubscribe(&q.subs[i])
		}
	}
	clear(q.subs)
	q.subs = q.subs[:0]
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
