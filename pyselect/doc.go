// Package pyselect is Python's select module for Go, on a reactor: it tells
// which descriptors are ready, and waits for them without blocking a thread.
//
// [Select] answers exactly as select(2) would, save that a TLS socket is
// readable when plaintext, end of file or an error waits, and not before. It
// has no limit on the number or the value of descriptors.
//
// The answer is found in two steps. The readiness that the reactor has noted
// singles out candidates, after a look into the kernel's queues so that none
// is missed; then one poll(2) with no timeout verifies them all, for a noted
// readiness may have been used up meanwhile.
//
// A [Poll] keeps a list of candidates, so that asking costs what there is to
// answer; a few descriptors are all asked about at once. An [Epoll] is a kernel
// epoll with the truth about TLS sockets put in, a Kqueue the kernel's own word.
//
// Any goroutine may call any function. Closing a watched socket ends a Select
// with EBADF, and a Poll with POLLNVAL; an Epoll forgets it, as the kernel
// does. A context ends the wait of the functions that take one.
//
// Sources: the select module of Python 3.11's library reference; select(2),
// poll(2), epoll(7), kqueue(2).
package pyselect
