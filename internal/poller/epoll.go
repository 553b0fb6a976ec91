//go:build linux

package poller

import (
	"github.com/pollux-net/pollux/internal/sys"
)

// batch is how many events one Fetch can take.
const batch = 256

// epoll is the Queue over Linux's epoll(7). EPOLLET gives an edge for each
// change, and EPOLL_CTL_ADD one for what holds already.
type epoll struct {
	fd  int
	raw [batch]sys.EpollEvent
}

// wakeToken is the token of a parker's own descriptor in an outer queue.
const wakeToken = ^Token(0)

func newEpoll() (*epoll, error) {
	fd, errno := sys.EpollCreate()
	if errno != 0 {
		return nil, failed("epoll_create1", errno)
	}
	return &epoll{fd: fd}, nil
}

func (q *epoll) Add(fd int, t Token) sys.Errno {
	return sys.EpollAdd(q.fd, fd, sys.EPOLLIN|sys.EPOLLOUT|sys.EPOLLPRI|sys.EPOLLRDHUP|sys.EPOLLET, uint64(t))
}

func (q *epoll) Remove(fd int) sys.Errno { return sys.EpollDel(q.fd, fd) }

func (q *epoll) Fetch(events []Event) (int, sys.Errno) {
	n, errno := sys.EpollWait(q.fd, q.raw[:min(len(events), batch)])
	for i := range n {
		events[i] = Event{Token(sys.EpollData(&q.raw[i])), decodeEpoll(q.raw[i].Events)}
	}
	return n, errno
}

func (q *epoll) Close() { sys.Close(q.fd) }

// decodeEpoll translates event bits. EPOLLHUP and EPOLLERR come unasked.
func decodeEpoll(bits uint32) Ready {
	var r Ready
	if bits&sys.EPOLLIN != 0 {
		r |= Readable
	}
	if bits&sys.EPOLLOUT != 0 {
		r |= Writable
	}
	if bits&sys.EPOLLPRI != 0 {
		r |= Priority
	}
	if bits&sys.EPOLLRDHUP != 0 {
		r |= ReadHangUp
	}
	if bits&sys.EPOLLHUP != 0 {
		r |= HangUp
	}
	if bits&sys.EPOLLERR != 0 {
		r |= Error
	}
	return r
}

// epollGate is the outer queue of a thread-parked epoll: it watches the inner
// epoll and an eventfd.
type epollGate struct {
	outer *epoll
	event int
}

func openEpollGate(inner *epoll) (*epollGate, error) {
	outer, err := newEpoll()
	if err != nil {
		return nil, err
	}
	event, errno := sys.Eventfd()
	if errno != 0 {
		outer.Close()
		return nil, failed("eventfd", errno)
	}
	g := &epollGate{outer, event}
	if errno := sys.EpollAdd(outer.fd, event, sys.EPOLLIN|sys.EPOLLET, uint64(wakeToken)); errno != 0 {
		g.close()
		return nil, failed("epoll_ctl", errno)
	}
	if errno := sys.EpollAdd(outer.fd, inner.fd, sys.EPOLLIN, 0); errno != 0 {
		g.close()
		return nil, failed("epoll_ctl", errno)
	}
	return g, nil
}

func (g *epollGate) wait(ns int64) (woken bool) {
	n, _ := sys.EpollWaitBlocking(g.outer.fd, g.outer.raw[:2], ns)
	for i := range n {
		if Token(sys.EpollData(&g.outer.raw[i])) == wakeToken {
			woken = true
		}
	}
	return woken
}

// wake adds to the eventfd, which is an edge each time; nobody reads it.
func (g *epollGate) wake() {
	one := [8]byte{0: 1}
	if sys.BigEndian {
		one[0], one[7] = 0, 1
	}
	if _, errno := sys.Write(g.event, one[:]); errno == sys.EAGAIN {
		sys.Read(g.event, one[:]) // the counter is full: empty it, which makes room for
		sys.Write(g.event, one[:])
	}
}

func (g *epollGate) close() {
	sys.Close(g.event)
	g.outer.Close()
}
