// Package poller waits for readiness: it hides the kernel's event queue
// (epoll, kqueue) and the way a goroutine sleeps until the queue has
// something to say. The two are separate axes.
//
// # The queue
//
// A [Queue] watches descriptors edge-triggered, for reading and writing, from
// [Queue.Add] to [Queue.Remove], with no change in between. An event carries
// the [Token] its descriptor was added with, never the descriptor, so that a
// reused number is not mistaken for its predecessor. A backend must:
//
//   - report the present readiness soon after Add, as if it were an edge;
//   - report an edge at least once after each change of readiness, merged or
//     repeated edges being allowed, and with every bit that holds just then;
//   - report end of file and errors unasked;
//   - deliver, once Remove has returned, no event of that registration that
//     was not fetched before;
//   - answer [Queue.Fetch] at once, from any goroutine, one at a time.
//
// # Parking
//
// A [Parker] suspends the one goroutine that owns the queue until the queue
// is readable, a deadline passes or another goroutine calls Wake. On Linux an
// epoll descriptor is itself pollable, so the goroutine parks in the Go
// runtime's own poller and no thread is blocked (park_runtime.go). Where the
// runtime cannot poll the queue's descriptor, the goroutine blocks its thread
// in a second, outer queue that watches the first (park_thread.go): the
// events stay in the inner queue until Fetch takes them, so that a goroutine
// that looks into the queue meanwhile sees every one.
//
// To port the package, write the counterpart of epoll.go or kqueue.go and
// name it in open_*.go; the conformance tests run over all there is.
package poller
