package selectors

import (
	"context"
	"sync"
	"time"

	"github.com/pollux-net/pollux/pyselect"
)

// SelectSelector is a [Selector] on [pyselect.Select]: Select costs as much as
// there is registered.
type SelectSelector struct{ *registry }

// NewSelectSelector returns an empty one. Any goroutine.
func NewSelectSelector() *SelectSelector {
	b := &selectBackend{}
	b.registry = newRegistry(b)
	b.renew()
	return &SelectSelector{b.registry}
}

// selectBackend builds the lists for each call. A change ends the calls in
// progress, which begin again with new lists.
type selectBackend struct {
	registry *registry

	mu      sync.Mutex
	changed context.Context // ends with the next change
	change  context.CancelFunc
}

// renew ends the present calls.
func (b *selectBackend) renew() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.change != nil {
		b.change()
	}
	b.changed, b.change = context.WithCancel(context.Background())
}

func (b *selectBackend) register(Object, int, int) error { b.renew(); return nil }

func (b *selectBackend) modify(Object, int, int) error { b.renew(); return nil }

func (b *selectBackend) unregister(int) error { b.renew(); return nil }

func (b *selectBackend) close() error { b.renew(); return nil }

func (b *selectBackend) wait(ctx context.Context, timeout time.Duration, _ int, found func(fd, events int)) error {
	var call pyselect.Call // counts the timeout over all attempts
	for {
		again, err := b.attempt(ctx, &call, timeout, found)
		if !again {
			return err
		}
	}
}

// attempt is one Select, again if the lists have changed meanwhile.
func (b *selectBackend) attempt(ctx context.Context, call *pyselect.Call, timeout time.Duration, found func(fd, events int)) (again bool, err error) {
	b.mu.Lock()
	changed := b.changed // before the lists are made
	b.mu.Unlock()
	r, w, closed := b.lists()
	if closed {
		return false, ErrClosed
	}
	if timeout != 0 {
		both, stop := context.WithCancel(ctx)
		defer stop()
		defer context.AfterFunc(changed, stop)()
		call.Context = both
	}
	rr, rw, _, err := call.Select(r, w, nil, timeout)
	if err != nil {
		return changed.Err() != nil && ctx.Err() == nil, err
	}
	got := make(map[int]int, len(rr)+len(rw))
	for _, o := range rr {
		got[o.(member).fd] |= EVENT_READ
	}
	for _, o := range rw {
		got[o.(member).fd] |= EVENT_WRITE
	}
	for _, l := range [][]Object{rr, rw} {
		for _, o := range l {
			fd := o.(member).fd
			if got[fd] != 0 {
				found(fd, got[fd])
				got[fd] = 0
			}
		}
	}
	return false, nil
}

// member is a registered descriptor in a list. It keeps its number when its
// object is closed, so that this is EBADF.
type member struct{ fd int }

func (m member) Fileno() int { return m.fd }

func (b *selectBackend) lists() (r, w []Object, closed bool) {
	b.registry.mu.Lock()
	defer b.registry.mu.Unlock()
	for _, rec := range b.registry.inOrder() {
		m := member{rec.key.FD}
		if rec.key.Events&EVENT_READ != 0 {
			r = append(r, m)
		}
		if rec.key.Events&EVENT_WRITE != 0 {
			w = append(w, m)
		}
	}
	return r, w, b.registry.closed
}
