// Package sys makes every system call of Pollux. Together with
// internal/poller it is the only importer of golang.org/x/sys/unix.
//
// The calls are thin: they take and return plain integers, byte slices and
// the portable [Sockaddr], report failure as an [Errno] (0 means success) and
// allocate nothing on the transfer paths. Three rules live here and nowhere
// else:
//
//   - EINTR is retried here. No caller ever sees it.
//   - Descriptors are created nonblocking and close-on-exec.
//   - Each attempt first asks the installed [Hook], so that tests can inject
//     errors and short transfers, and count calls.
//
// On Linux calls that cannot block use raw system calls, which skip the
// scheduler's entry and exit bookkeeping (3.3 µs against 4.1 µs for a
// read+write pair). They must therefore only ever be made on nonblocking
// descriptors: a raw call that blocks holds its processor.
//
// Any goroutine may call any function.
package sys
