// Package fdsock is Python's socket module for Go: the same calls, with the
// same results, error numbers and edge cases, in Go's case (recv_into is
// RecvInto), on nonblocking descriptors that belong to a reactor.
//
// Every call is a nonblocking system call. What happens when the kernel
// answers EAGAIN is decided by the socket's timeout alone:
//
//	timeout      SetTimeout        at EAGAIN
//	none         NoTimeout (< 0)   wait until ready
//	zero         0                 fail with EAGAIN, a BlockingIOError
//	positive     d                 wait until ready, or fail with ErrTimeout
//
// so a socket can be switched between the modes at any moment, also while
// other goroutines are inside a call: these go on by the new rule. Waiting
// parks the goroutine; no thread blocks.
//
// Data is read on demand and never ahead, so that backpressure, MSG_PEEK,
// resets and end of file are the kernel's own truth. As in Python, the end of
// a stream is an empty result without an error, not io.EOF.
//
// Any goroutine may call any method of a Socket, several at once. Close ends
// the calls of the others with EBADF.
//
// Sources: the socket module of Python 3.11's library reference; socket(7),
// tcp(7), unix(7), connect(2).
package fdsock
