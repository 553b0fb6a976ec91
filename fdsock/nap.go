package fdsock

import (
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// The pauses between attempts where no event says when the next is worth
// while: connecting to a Unix listener whose backlog is full (connect(2),
// EAGAIN), and sending to a Unix datagram socket whose queue is full.
const (
	firstNap = 100 * time.Microsecond
	lastNap  = 20 * time.Millisecond
)

// nap waits for d, or less: until the socket is closed, which is an error, or
// has another timeout than the caller knows, or the time of the call is up.
func (w *wait) nap(s *Socket, d time.Duration, timeout int64) error {
	waiter := reactor.NewWaiter()
	defer waiter.Release()
	waiter.Watch(s.handle, 0)
	defer w.wakeWhenDone(waiter)()
	if _, err := w.look(s, 0); err != nil || w.timeout(s) != timeout {
		return err
	}
	if _, err := w.sleepOn(s, waiter, min(reactor.Now()+int64(d), w.end(s, reactor.Output, timeout))); err != nil {
		return err
	}
	return w.overdue(s, reactor.Output)
}

// againLater is again for a socket that is [Socket.crowded] out: it naps, and
// returns how long to nap the next time.
func (w *wait) againLater(s *Socket, pause time.Duration) (time.Duration, error) {
	timeout := w.timeout(s)
	if timeout == 0 {
		return 0, wouldBlock[w.op]
	}
	if err := w.overdue(s, reactor.Output); err != nil {
		return 0, err
	}
	return min(2*pause, lastNap), w.nap(s, pause, timeout)
}

// crowded reports whether sending has just failed although the socket counts
// as writable. So it is with a Unix datagram socket that sends to one whose
// queue others have filled: the kernel tells nobody when that has room, and
// each attempt makes a new edge of its own.
func (s *Socket) crowded() bool {
	if s.family != AF_UNIX || s.kind == SOCK_STREAM {
		return false
	}
	if _, ok := s.handle.Acquire(); !ok {
		return false
	}
	defer s.handle.Release()
	fds := [1]sys.PollFD{{Fd: int32(s.fd), Events: sys.PollOut}}
	n, errno := sys.PollNow(fds[:])
	return n > 0 && errno == 0
}
