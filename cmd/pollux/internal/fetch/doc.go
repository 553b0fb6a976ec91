// Package fetch makes one HTTP request, as an example of a client on Pollux's
// sockets: in blocking calls, or in nonblocking ones around pyselect.Select as
// Python programs have it. Only the parsing is net/http's.
//
// # Modes
//
// Every call goes through [link.call], which is the whole difference. Blocking,
// the socket's timeout is what is left of the request's time, and the call
// waits by itself. Nonblocking, the timeout is zero; a call that would have to
// wait fails with EAGAIN, EINPROGRESS, SSLWantReadError or SSLWantWriteError,
// is answered with a Select for what it wants, and made again.
//
// One goroutine makes a request. Cancelling its context closes the socket, and
// so ends whatever call is in progress.
package fetch
