//go:build linux

package poller

import "github.com/pollux-net/pollux/internal/sys"

// levelEpoll remembers what it asks of each descriptor, because epoll takes
// one registration for each.
type levelEpoll struct {
	*epoll
	asked map[int]uint32
}

func newWatchQueue() (watchQueue, error) {
	q, err := newEpoll()
	if err != nil {
		return nil, err
	}
	return &levelEpoll{q, make(map[int]uint32)}, nil
}

func (q *levelEpoll) watch(fd int, read, write, urgent bool) sys.Errno {
	old, known := q.asked[fd]
	bits := old
	if read {
		bits |= sys.EPOLLIN
	}
	if write {
		bits |= sys.EPOLLOUT
	}
	if urgent {
		bits |= sys.EPOLLPRI
	}
	set := sys.EpollAdd
	if known {
		set = sys.EpollMod
	}
	switch errno := set(q.fd, fd, bits, uint64(fd)); errno {
	case 0, sys.EPERM:
		q.asked[fd] = bits
		return 0
	default:
		return errno
	}
}

func (q *levelEpoll) descriptor() int { return q.fd }
