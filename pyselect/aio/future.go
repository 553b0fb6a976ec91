package aio

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// Future is a result that comes later: Python's Future.
type Future[T any] struct {
	loop    *Loop
	settled chan struct{} // closed when there is a result

	mu        sync.Mutex
	done      bool
	value     T
	err       error
	callbacks []func(*Future[T])
	abandon   func() // ends what would give the result
	ending    func() // called when there is one, with mu held
}

// NewFuture returns a future without a result, for callbacks on a loop. It
// panics if that is nil.
func NewFuture[T any](l *Loop) *Future[T] {
	if l == nil {
		panic("aio: NewFuture without a loop")
	}
	return &Future[T]{loop: l, settled: make(chan struct{})}
}

// SetResult gives the future its result; [ErrInvalidState] if it has one. Any
// goroutine.
func (f *Future[T]) SetResult(v T) error { return f.settle(v, nil) }

// SetException has the future fail; [ErrInvalidState] if it has a result. Any
// goroutine.
func (f *Future[T]) SetException(err error) error {
	var zero T
	return f.settle(zero, err)
}

// Cancel has the future fail with [ErrCancelled], and ends the call on a socket
// that would have given its result; false if it has one. What such a call
// received at the same time, on the loop's goroutine, is lost. Any goroutine.
func (f *Future[T]) Cancel() bool {
	if f.SetException(ErrCancelled) != nil {
		return false
	}
	f.mu.Lock()
	abandon := f.abandon
	f.mu.Unlock()
	if abandon != nil {
		abandon()
	}
	return true
}

func (f *Future[T]) settle(v T, err error) error {
	f.mu.Lock()
	if f.done {
		f.mu.Unlock()
		return ErrInvalidState
	}
	f.done, f.value, f.err = true, v, err
	if f.ending != nil {
		f.ending()
	}
	callbacks := f.callbacks
	f.callbacks = nil
	close(f.settled)
	f.mu.Unlock()
	for _, c := range callbacks {
		f.soon(c)
	}
	return nil
}

// soon schedules a callback, whatever else is: a future has few.
func (f *Future[T]) soon(c func(*Future[T])) {
	l := f.loop
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.ready = append(l.ready, &Handle{loop: l, call: func() error { c(f); return nil }})
		l.wake()
	}
}

// Done reports whether the future has a result, or was cancelled. Any goroutine.
func (f *Future[T]) Done() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.done
}

// Cancelled reports whether the future was cancelled. Any goroutine.
func (f *Future[T]) Cancelled() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Is(f.err, ErrCancelled)
}

// Result returns the result; [ErrInvalidState] if there is none yet. Any
// goroutine.
func (f *Future[T]) Result() (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.done {
		return f.value, ErrInvalidState
	}
	return f.value, f.err
}

// AddDoneCallback has the loop call c, in an iteration after the one in which
// the result has come. A loop that is closed calls nothing. It panics if c is
// nil. Any goroutine.
func (f *Future[T]) AddDoneCallback(c func(*Future[T])) {
	if c == nil {
		panic("aio: AddDoneCallback of nil")
	}
	f.mu.Lock()
	done := f.done
	if !done {
		f.callbacks = append(f.callbacks, c)
	}
	f.mu.Unlock()
	if done {
		f.soon(c)
	}
}

// Wait waits for the result, as Python's await does, or until the context ends.
// Any goroutine but the loop's, which would wait for itself.
func (f *Future[T]) Wait(ctx context.Context) (T, error) {
	select {
	case <-f.settled:
		return f.Result()
	case <-ctx.Done():
		var zero T
		return zero, ctx.Err()
	}
}

// RunUntilComplete runs the loop until the future has its result, and returns
// it. It fails as RunForever does, and with [ErrNotCompleted] when the loop was
// stopped before.
func RunUntilComplete[T any](l *Loop, f *Future[T]) (T, error) {
	var over atomic.Bool
	f.AddDoneCallback(func(*Future[T]) {
		if !over.Load() {
			l.Stop()
		}
	})
	err := l.RunForever()
	over.Store(true)
	var zero T
	switch {
	case err != nil:
		return zero, err
	case !f.Done():
		return zero, ErrNotCompleted
	}
	return f.Result()
}
