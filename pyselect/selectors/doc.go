// Package selectors is Python's selectors module for Go: sockets and other
// objects are registered for reading or writing with a datum, and Select
// returns the keys of those that are ready.
//
// [NewDefaultSelector] gives what the platform does best: an [EpollSelector]
// on Linux, a [KqueueSelector] on macOS and the BSDs. [PollSelector] and
// [SelectSelector] are everywhere. There is no DevpollSelector: Pollux does
// not run on Solaris.
//
// Any goroutine may call any method, also while another waits in Select: what
// is registered meanwhile is waited for at once.
//
// Source: the selectors module of Python 3.11's library reference.
package selectors
