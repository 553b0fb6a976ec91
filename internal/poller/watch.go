package poller

import "github.com/pollux-net/pollux/internal/sys"

// Watch is a level-triggered queue for descriptors that do not belong to a
// loop. Its own descriptor is readable while one of them is ready, so that it
// can be watched in turn. It is not safe for concurrent use; the conditions
// are asked of the descriptors themselves.
type Watch struct{ queue watchQueue }

// watchQueue is what each platform's queue does for a Watch.
type watchQueue interface {
	watch(fd int, read, write, urgent bool) sys.Errno
	watchEvents(fd int, events int16) sys.Errno
	descriptor() int
	Close()
}

// NewWatch makes an empty Watch.
func NewWatch() (*Watch, error) {
	q, err := newWatchQueue()
	if err != nil {
		return nil, err
	}
	return &Watch{q}, nil
}

// Add watches fd for the given conditions; adding it again adds conditions.
// Descriptors that are always ready, such as regular files, are not watched,
// which is not an error.
func (w *Watch) Add(fd int, read, write, urgent bool) sys.Errno {
	return w.queue.watch(fd, read, write, urgent)
}

// AddEvents is Add for the event bits of poll(2). On Linux nothing else makes
// the queue readable, save a hang-up or an error; kqueue only knows input and
// output.
func (w *Watch) AddEvents(fd int, events int16) sys.Errno {
	return w.queue.watchEvents(fd, events)
}

// Fd returns the queue's descriptor.
func (w *Watch) Fd() int { return w.queue.descriptor() }

// Close closes the queue, unless somebody else owns its descriptor.
func (w *Watch) Close() { w.queue.Close() }
