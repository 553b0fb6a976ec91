//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poller

import (
	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
)

// levelKqueue watches without EV_CLEAR. Urgent data has no filter of its own
// on most systems; it makes the descriptor readable too.
type levelKqueue struct{ *kqueue }

func newWatchQueue() (watchQueue, error) {
	q, err := newKqueue()
	if err != nil {
		return nil, err
	}
	return levelKqueue{q}, nil
}

func (q levelKqueue) watch(fd int, read, write, urgent bool) sys.Errno {
	var changes []unix.Kevent_t
	add := func(filter int) {
		changes = append(changes, unix.Kevent_t{})
		unix.SetKevent(&changes[len(changes)-1], fd, filter, unix.EV_ADD)
	}
	if read || urgent {
		add(unix.EVFILT_READ)
	}
	if write {
		add(unix.EVFILT_WRITE)
	}
	return sys.KqueueChange(q.fd, changes)
}

// watchEvents knows no more than input and output.
func (q levelKqueue) watchEvents(fd int, events int16) sys.Errno {
	return q.watch(fd, events&(sys.PollIn|sys.PollRdNorm|sys.PollRdBand) != 0,
		events&(sys.PollOut|sys.PollWrNorm|sys.PollWrBand) != 0, events&sys.PollPri != 0)
}

func (q levelKqueue) descriptor() int { return q.fd }
