package sys

import "golang.org/x/sys/unix"

// Errno is a kernel error number; 0 means no error. It is the standard
// library's syscall.Errno.
type Errno = unix.Errno

// The error numbers that Pollux itself tells apart.
const (
	EACCES        = unix.EACCES
	EADDRINUSE    = unix.EADDRINUSE
	EADDRNOTAVAIL = unix.EADDRNOTAVAIL
	EAFNOSUPPORT  = unix.EAFNOSUPPORT
	EAGAIN        = unix.EAGAIN
	EALREADY      = unix.EALREADY
	EBADF         = unix.EBADF
	EBUSY         = unix.EBUSY
	ECHILD        = unix.ECHILD
	ECONNABORTED  = unix.ECONNABORTED
	ECONNREFUSED  = unix.ECONNREFUSED
	ECONNRESET    = unix.ECONNRESET
	EOVERFLOW     = unix.EOVERFLOW
	EEXIST        = unix.EEXIST
	EINPROGRESS   = unix.EINPROGRESS
	EINTR         = unix.EINTR
	EINVAL        = unix.EINVAL
	EISCONN       = unix.EISCONN
	EISDIR        = unix.EISDIR
	EMFILE        = unix.EMFILE
	ENAMETOOLONG  = unix.ENAMETOOLONG
	ENFILE        = unix.ENFILE
	ENOBUFS       = unix.ENOBUFS
	ENODEV        = unix.ENODEV
	ENOENT        = unix.ENOENT
	ENOMEM        = unix.ENOMEM
	ENOSYS        = unix.ENOSYS
	ENOTCONN      = unix.ENOTCONN
	ENOTDIR       = unix.ENOTDIR
	ENOTSOCK      = unix.ENOTSOCK
	ENXIO         = unix.ENXIO
	EOPNOTSUPP    = unix.EOPNOTSUPP
	EPERM         = unix.EPERM
	EPIPE         = unix.EPIPE
	ESHUTDOWN     = unix.ESHUTDOWN
	ESRCH         = unix.ESRCH
	ETIMEDOUT     = unix.ETIMEDOUT
	EWOULDBLOCK   = unix.EWOULDBLOCK
)

// ErrnoName returns the symbolic name of e, "ECONNRESET" for example, or ""
// when the platform has none.
func ErrnoName(e Errno) string { return unix.ErrnoName(e) }

// errnoOf extracts the error number from an error made by package unix.
func errnoOf(err error) Errno {
	if err == nil {
		return 0
	}
	if e, ok := err.(Errno); ok { //nolint:errorlint // unix returns bare numbers, and this is on hot paths
		return e
	}
	return EINVAL
}
