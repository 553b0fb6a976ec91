//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package selectors

import (
	"context"
	"sync"
	"time"

	"github.com/pollux-net/pollux/pyselect"
)

// KqueueSelector is a [Selector] on a [pyselect.Kqueue]. The two directions of
// a descriptor are two filters, and two answers.
type KqueueSelector struct {
	*registry
	kqueue *pyselect.Kqueue
}

// NewKqueueSelector returns an empty one. Any goroutine.
func NewKqueueSelector() (*KqueueSelector, error) {
	k, err := pyselect.NewKqueue()
	if err != nil {
		return nil, err
	}
	return &KqueueSelector{newRegistry(&kqueueBackend{kqueue: k, events: make(map[int]int)}), k}, nil
}

// NewDefaultSelector returns the platform's best selector: a
// [KqueueSelector]. Any goroutine.
func NewDefaultSelector() (Selector, error) { return NewKqueueSelector() }

// Fileno returns the kqueue's descriptor, or -1 once closed. Any goroutine.
func (s *KqueueSelector) Fileno() int { return s.kqueue.Fileno() }

type kqueueBackend struct {
	kqueue *pyselect.Kqueue

	mu     sync.Mutex
	events map[int]int // what filters a descriptor has
}

func (b *kqueueBackend) register(_ Object, fd, events int) error {
	if err := b.change(fd, events, pyselect.KQ_EV_ADD); err != nil {
		_ = b.unregister(fd)
		return err
	}
	return nil
}

func (b *kqueueBackend) modify(_ Object, fd, events int) error {
	b.mu.Lock()
	old := b.events[fd]
	b.mu.Unlock()
	if err := b.change(fd, old&^events, pyselect.KQ_EV_DELETE); err != nil {
		return err
	}
	return b.change(fd, events&^old, pyselect.KQ_EV_ADD)
}

func (b *kqueueBackend) unregister(fd int) error {
	b.mu.Lock()
	old := b.events[fd]
	b.mu.Unlock()
	err := b.change(fd, old, pyselect.KQ_EV_DELETE)
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.events, fd)
	return err
}

// change applies a flag to the filters of some events, one by one: kevent
// stops at the first that fails.
func (b *kqueueBackend) change(fd, events int, flag uint32) (first error) {
	for event, filter := range map[int]int{EVENT_READ: pyselect.KQ_FILTER_READ, EVENT_WRITE: pyselect.KQ_FILTER_WRITE} {
		if events&event == 0 {
			continue
		}
		_, err := b.kqueue.Control([]pyselect.Kevent{{Ident: uint64(fd), Filter: filter, Flags: flag}}, 0, 0)
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		b.mu.Lock()
		if flag == pyselect.KQ_EV_ADD {
			b.events[fd] |= event
		} else {
			b.events[fd] &^= event
		}
		b.mu.Unlock()
	}
	return first
}

func (b *kqueueBackend) wait(ctx context.Context, timeout time.Duration, n int, found func(fd, events int)) error {
	got, err := b.kqueue.ControlContext(ctx, nil, 2*n, timeout)
	for _, ev := range got {
		switch ev.Filter {
		case pyselect.KQ_FILTER_READ:
			found(int(ev.Ident), EVENT_READ)
		case pyselect.KQ_FILTER_WRITE:
			found(int(ev.Ident), EVENT_WRITE)
		}
	}
	return err
}

func (b *kqueueBackend) close() error { return b.kqueue.Close() }
