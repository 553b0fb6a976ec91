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
	bits := uint32(0)
	if read {
		bits |= sys.EPOLLIN
	}
	if write {
		bits |= sys.EPOLLOUT
	}
	if urgent {
		bits |= sys.EPOLLPRI
	}
	return q.add(fd, bits)
}

// watchEvents takes poll(2)'s bits as they are: they are epoll's.
func (q *levelEpoll) watchEvents(fd int, events int16) sys.Errno {
	return q.add(fd, uint32(uint16(events)))
}

func (q *levelEpoll) add(fd int, bits uint32) sys.Errno {
	old, known := q.asked[fd]
	bits |= old
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
