//go:build libpollux

package main

import (
	"sync"
	"sync/atomic"
)

// handles gives C numbers for Go values.
type handles[T any] struct {
	last atomic.Int64
	all  sync.Map // int64 -> T
}

func (h *handles[T]) add(v T) int64 {
	n := h.last.Add(1)
	h.all.Store(n, v)
	return n
}

func (h *handles[T]) get(n int64) (v T, ok bool) {
	a, ok := h.all.Load(n)
	if ok {
		v, ok = a.(T)
	}
	return v, ok
}

func (h *handles[T]) drop(n int64) { h.all.Delete(n) }
