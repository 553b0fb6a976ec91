package selectors

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/pollux-net/pollux/pyselect"
)

// backend is what the selectors differ in. All but wait are called with the
// registry's lock held, and do not wait.
type backend interface {
	register(o Object, fd, events int) error
	modify(o Object, fd, events int) error
	unregister(fd int) error
	// wait waits for at most n descriptors, and calls found for each.
	wait(ctx context.Context, timeout time.Duration, n int, found func(fd, events int)) error
	close() error
}

// registry is what the selectors have in common.
type registry struct {
	backend backend

	mu     sync.Mutex
	closed bool
	keys   map[int]record
	next   uint64
}

// record is a key and its place in the order of registration.
type record struct {
	key   SelectorKey
	order uint64
}

func newRegistry(b backend) *registry { return &registry{backend: b, keys: make(map[int]record)} }

// Register implements [Selector]. Any goroutine.
func (r *registry) Register(o Object, events int, data any) (SelectorKey, error) {
	if err := checkEvents(events); err != nil {
		return SelectorKey{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return SelectorKey{}, ErrClosed
	}
	fd, err := r.lookup(o)
	if err != nil {
		return SelectorKey{}, err
	}
	if _, there := r.keys[fd]; there {
		return SelectorKey{}, &KeyError{fmt.Sprintf("%s (FD %d) is already registered", name(o), fd)}
	}
	key := SelectorKey{o, fd, events, data}
	r.next++
	r.keys[fd] = record{key, r.next}
	if err := r.backend.register(o, fd, events); err != nil {
		delete(r.keys, fd)
		return SelectorKey{}, err
	}
	return key, nil
}

// Unregister implements [Selector]. That the kernel no longer knows the
// descriptor is no error: it may have been closed. Any goroutine.
func (r *registry) Unregister(o Object) (SelectorKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec, err := r.find(o)
	if err != nil {
		return SelectorKey{}, err
	}
	delete(r.keys, rec.key.FD)
	_ = r.backend.unregister(rec.key.FD)
	return rec.key, nil
}

// Modify implements [Selector]. Any goroutine.
func (r *registry) Modify(o Object, events int, data any) (SelectorKey, error) {
	if err := checkEvents(events); err != nil {
		return SelectorKey{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	rec, err := r.find(o)
	if err != nil {
		return SelectorKey{}, err
	}
	fd := rec.key.FD
	replaced := replaces(o, rec.key)
	if replaced {
		rec.key.Fileobj = o
	}
	if replaced || events != rec.key.Events {
		if err := r.backend.modify(current(rec.key), fd, events); err != nil {
			delete(r.keys, fd)
			_ = r.backend.unregister(fd)
			return SelectorKey{}, err
		}
	}
	rec.key.Events, rec.key.Data = events, data
	r.keys[fd] = rec
	return rec.key, nil
}

// GetKey implements [Selector]. Any goroutine.
func (r *registry) GetKey(o Object) (SelectorKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return SelectorKey{}, ErrClosed
	}
	rec, err := r.find(o)
	return rec.key, err
}

// GetMap implements [Selector]. Any goroutine.
func (r *registry) GetMap() *Map { return &Map{r} }

// Select implements [Selector]. Any goroutine.
func (r *registry) Select(timeout time.Duration) ([]Ready, error) {
	return r.SelectContext(context.Background(), timeout)
}

// SelectContext implements [Selector]. Any goroutine.
func (r *registry) SelectContext(ctx context.Context, timeout time.Duration) ([]Ready, error) {
	if timeout < 0 && timeout != pyselect.Forever {
		timeout = 0
	}
	r.mu.Lock()
	n, closed := len(r.keys), r.closed
	r.mu.Unlock()
	if closed {
		return nil, ErrClosed
	}
	var ready []Ready
	err := r.backend.wait(ctx, timeout, max(n, 1), func(fd, events int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if rec, there := r.keys[fd]; there {
			ready = append(ready, Ready{rec.key, events & rec.key.Events})
		}
	})
	if err == nil {
		return ready, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrClosed
	}
	return nil, err
}

// Close implements [Selector]. Any goroutine.
func (r *registry) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	clear(r.keys)
	return r.backend.close()
}

// find returns an object's registration; call with mu held.
func (r *registry) find(o Object) (record, error) {
	fd, err := r.lookup(o)
	if err != nil {
		return record{}, err
	}
	rec, there := r.keys[fd]
	if !there {
		return record{}, &KeyError{name(o) + " is not registered"}
	}
	return rec, nil
}

// lookup returns an object's descriptor; that of a closed object is the one it
// was registered with. Call with mu held.
func (r *registry) lookup(o Object) (int, error) {
	fd := -1
	if o != nil {
		fd = o.Fileno()
	}
	if fd >= 0 && int64(fd) <= math.MaxInt32 {
		return fd, nil
	}
	for known, rec := range r.keys {
		if same(rec.key.Fileobj, o) {
			return known, nil
		}
	}
	if o == nil {
		return fd, &pyselect.ValueError{Text: "Invalid file object: None"}
	}
	return fd, &pyselect.ValueError{Text: fmt.Sprintf("Invalid file descriptor: %d", fd)}
}

// same is Python's is, where the types allow it.
func same(a, b Object) bool {
	return a != nil && b != nil && reflect.ValueOf(a).Comparable() && reflect.ValueOf(b).Comparable() && a == b
}

func checkEvents(events int) error {
	if events == 0 || events&^(EVENT_READ|EVENT_WRITE) != 0 {
		return &pyselect.ValueError{Text: fmt.Sprintf("Invalid events: %d", events)}
	}
	return nil
}

// replaces reports whether o is to be watched instead of a key's object: it is
// another with the same descriptor, as a TLS socket is on the socket that was
// registered. A number is no object of its own.
func replaces(o Object, k SelectorKey) bool {
	_, number := o.(pyselect.FD)
	return !number && !same(o, k.Fileobj) && o.Fileno() == k.FD
}

// current is whom to ask about a key: its object, or after its end whoever has
// the number now.
func current(k SelectorKey) Object {
	if k.Fileobj.Fileno() == k.FD {
		return k.Fileobj
	}
	return pyselect.FD(k.FD)
}

// inOrder lists the records as they were registered; call with mu held.
func (r *registry) inOrder() []record {
	all := make([]record, 0, len(r.keys))
	for _, rec := range r.keys {
		all = append(all, rec)
	}
	slices.SortFunc(all, func(a, b record) int { return cmp.Compare(a.order, b.order) })
	return all
}

// Map is a read-only view of a selector's keys. Any goroutine may use it.
type Map struct{ of *registry }

// Len returns how many there are.
func (m *Map) Len() int {
	m.of.mu.Lock()
	defer m.of.mu.Unlock()
	return len(m.of.keys)
}

// Get returns the key of an object; a [*KeyError] if it has none.
func (m *Map) Get(o Object) (SelectorKey, error) {
	m.of.mu.Lock()
	defer m.of.mu.Unlock()
	rec, err := m.of.find(o)
	return rec.key, err
}

// All goes through descriptors and keys, in the order of registration, as they
// are when it begins.
func (m *Map) All() iter.Seq2[int, SelectorKey] {
	return func(yield func(int, SelectorKey) bool) {
		m.of.mu.Lock()
		all := m.of.inOrder()
		m.of.mu.Unlock()
		for _, rec := range all {
			if !yield(rec.key.FD, rec.key) {
				return
			}
		}
	}
}
