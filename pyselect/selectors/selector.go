package selectors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pollux-net/pollux/pyselect"
)

// What to wait for, and what has come.
const (
	EVENT_READ  = 1
	EVENT_WRITE = 2
)

// Object is anything with a descriptor; [pyselect.FD] is a bare one.
type Object = pyselect.Object

// SelectorKey is a registration, as it was when it was asked for.
type SelectorKey struct {
	Fileobj Object
	FD      int
	Events  int // EVENT_READ, EVENT_WRITE or both
	Data    any
}

// Ready is one answer of Select: a key, and which of its events have come.
type Ready struct {
	Key    SelectorKey
	Events int
}

// Selector is Python's BaseSelector. A hang-up or an error counts as both
// events, as far as they are asked for.
type Selector interface {
	// Register adds an object. A bad event mask or descriptor is a
	// [*pyselect.ValueError], one that is registered a [*KeyError]; what the
	// kernel refuses is a [*pyselect.Error], and then nothing is registered.
	Register(o Object, events int, data any) (SelectorKey, error)
	// Unregister removes an object, which may be closed by now; it is a
	// [*KeyError] if it is not registered.
	Unregister(o Object) (SelectorKey, error)
	// Modify changes events and data. Another object with the descriptor of one
	// that is registered, a TLS socket of the plain one, takes its place, in the
	// key too: Python's SelectSelector does so, and the others keep the old one.
	// If the kernel refuses, the object is no longer registered.
	Modify(o Object, events int, data any) (SelectorKey, error)
	// Select waits until something is ready, or the timeout has passed:
	// [pyselect.Forever] for none; 0 and other negative ones do not wait.
	Select(timeout time.Duration) ([]Ready, error)
	// SelectContext is Select that fails with the context's error when it
	// would have to wait and the context has ended.
	SelectContext(ctx context.Context, timeout time.Duration) ([]Ready, error)
	// GetKey returns an object's key; [ErrClosed] after Close.
	GetKey(o Object) (SelectorKey, error)
	// GetMap returns a view of the keys, which follows them.
	GetMap() *Map
	// Close forgets every key and ends a Select in progress. Closing again
	// does nothing.
	Close() error
}

// ErrClosed is Python's RuntimeError("Selector is closed").
var ErrClosed = errors.New("Selector is closed")

// KeyError is a key that Python refuses with a KeyError.
type KeyError struct{ Text string }

// Error implements error.
func (e *KeyError) Error() string { return e.Text }

// name describes an object for an error.
func name(o Object) string {
	switch o := o.(type) {
	case nil:
		return "None"
	case pyselect.FD:
		return fmt.Sprint(int(o))
	default:
		return fmt.Sprintf("<%T fd=%d>", o, o.Fileno())
	}
}
