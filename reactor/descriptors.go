package reactor

import (
	"sync"
	"sync/atomic"
)

// descriptors knows which handle a descriptor number belongs to, so that a
// bare int given to select answers like the socket it came from. Descriptor
// numbers belong to the process, hence so does the table.
var descriptors table

// chunk is how many numbers one piece of the table covers.
const chunk = 1024

// table maps small integers to handles. Reading takes no lock.
type table struct {
	mu     sync.Mutex
	chunks atomic.Pointer[[]*[chunk]atomic.Pointer[Handle]]
}

// Lookup returns the pollable that owns a descriptor of this process, or nil
// if no handle of any loop does. Any goroutine.
func Lookup(fd int) Pollable {
	h := descriptors.get(fd)
	if h == nil {
		return nil
	}
	if owner := h.owner.Load(); owner != nil {
		return *owner
	}
	return h
}

func (t *table) get(fd int) *Handle {
	chunks := t.chunks.Load()
	if fd < 0 || chunks == nil || fd/chunk >= len(*chunks) {
		return nil
	}
	return (*chunks)[fd/chunk][fd%chunk].Load()
}

func (t *table) put(h *Handle) { t.slot(int(h.fd)).Store(h) }

// remove forgets h, unless its number already belongs to another.
func (t *table) remove(h *Handle) { t.slot(int(h.fd)).CompareAndSwap(h, nil) }

func (t *table) slot(fd int) *atomic.Pointer[Handle] {
	if chunks := t.chunks.Load(); chunks != nil && fd/chunk < len(*chunks) {
		return &(*chunks)[fd/chunk][fd%chunk]
	}
	t.grow(fd/chunk + 1)
	return t.slot(fd)
}

func (t *table) grow(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var grown []*[chunk]atomic.Pointer[Handle]
	if old := t.chunks.Load(); old != nil {
		grown = append(grown, *old...)
	}
	for len(grown) < n {
		grown = append(grown, new([chunk]atomic.Pointer[Handle]))
	}
	t.chunks.Store(&grown)
}
