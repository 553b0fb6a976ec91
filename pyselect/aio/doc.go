// Package aio is the selector event loop of Python's asyncio for Go: callbacks
// for descriptors, soon and later, and the sock_* calls as futures, for
// programs that drive asyncio's loop themselves, or whose framework did. What
// async and await are for, goroutines do: see [Future.Wait].
//
// A [Loop] makes iterations on one goroutine, the one in [Loop.RunForever]. In
// each it asks its selector what is ready, which takes no longer than until the
// next timer, and then calls, in this order and first come first served, what
// was scheduled before, the readers and writers that are ready, and the timers
// that are due. What these schedule is called in the next iteration.
//
// A callback's error goes to the handler of [Loop.SetExceptionHandler]; without
// one it ends RunForever, for a library does not log. Panics are not caught. A
// callback must not block.
//
// Any goroutine may call any method, save where it says otherwise, and the loop
// notices at once: CallSoon and CallSoonThreadsafe are the same here.
//
// Source: asyncio's event loop in Python 3.11's library reference.
package aio
