// Package reactor owns descriptors and tells who asks when they are ready: it
// is the event loop under Pollux's sockets, TLS and select.
//
// A [Group] runs one [Loop] for each processor. A loop is one goroutine that
// owns a kernel event queue; "single-threaded" means that this goroutine
// alone calls what belongs to the loop, not that it owns a thread. An idle
// loop is a parked goroutine on Linux, and blocks no thread.
//
// A [Handle] is a descriptor registered with a loop, once and edge-triggered
// for its whole life. It remembers what the kernel said in one atomic word:
//
//	          edge: set bits, move the sequence number
//	kernel  ------------------------------------------> readiness word
//	                                                      |        ^
//	          told: subscribe, test again, wait           v        | Clear: only if the
//	callers <---------------------------------------- waiters      | sequence has not moved
//	   |                                                           |
//	   +--------- system call: EAGAIN, or short on a stream -------+
//
// Readiness may be stale in the ready direction: a call may find nothing, and
// clears what it disproved. In the not-ready direction it is exact for an
// armed handle once [Loop.Harvest] has looked into the kernel's queue.
//
// Goroutines wait with a [Waiter]; code that lives on the loop sets a
// [Handler]. Both may be used by anything that is [Pollable].
//
// The package knows descriptors and functions, no addresses, no buffers, no
// TLS. Use fdsock for sockets, reactor/stream for servers; use reactor itself
// to bring another kind of descriptor onto the loops.
//
// # Goroutines
//
// Every exported method may be called by any goroutine unless its comment
// says "Loop-only". What a loop calls (handlers, timers, posted functions)
// must not block.
//
// # Platforms
//
// epoll on Linux; kqueue on macOS and the BSDs, where an idle loop blocks one
// thread.
package reactor
