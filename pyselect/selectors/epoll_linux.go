//go:build linux

package selectors

import (
	"context"
	"time"

	"github.com/pollux-net/pollux/pyselect"
)

// EpollSelector is a [Selector] on a [pyselect.Epoll]. What cannot be watched,
// a regular file, is EPERM.
type EpollSelector struct {
	*registry
	epoll *pyselect.Epoll
}

// NewEpollSelector returns an empty one. Any goroutine.
func NewEpollSelector() (*EpollSelector, error) {
	e, err := pyselect.NewEpoll()
	if err != nil {
		return nil, err
	}
	return &EpollSelector{newRegistry(epollBackend{e}), e}, nil
}

// NewDefaultSelector returns the platform's best selector: an [EpollSelector].
// Any goroutine.
func NewDefaultSelector() (Selector, error) { return NewEpollSelector() }

// Fileno returns the epoll descriptor, or -1 once closed. Any goroutine.
func (s *EpollSelector) Fileno() int { return s.epoll.Fileno() }

type epollBackend struct{ epoll *pyselect.Epoll }

func (b epollBackend) register(o Object, _, events int) error {
	return b.epoll.Register(o, epollMask(events))
}

func (b epollBackend) modify(o Object, _, events int) error {
	return b.epoll.Modify(o, epollMask(events))
}

func (b epollBackend) unregister(fd int) error { return b.epoll.Unregister(pyselect.FD(fd)) }

func (b epollBackend) wait(ctx context.Context, timeout time.Duration, n int, found func(fd, events int)) error {
	events, err := b.epoll.PollContext(ctx, timeout, n)
	report(events, pyselect.EPOLLIN, pyselect.EPOLLOUT, found)
	return err
}

func (b epollBackend) close() error { return b.epoll.Close() }

func epollMask(events int) (mask uint32) {
	if events&EVENT_READ != 0 {
		mask |= pyselect.EPOLLIN
	}
	if events&EVENT_WRITE != 0 {
		mask |= pyselect.EPOLLOUT
	}
	return mask
}
