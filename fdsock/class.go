package fdsock

import (
	"errors"

	"github.com/pollux-net/pollux/internal/sys"
)

// classes maps error numbers to the subclasses of OSError, as PEP 3151 does.
var classes = map[Errno]string{
	sys.EAGAIN:       "BlockingIOError",
	sys.EALREADY:     "BlockingIOError",
	sys.EINPROGRESS:  "BlockingIOError",
	sys.EPIPE:        "BrokenPipeError",
	sys.ESHUTDOWN:    "BrokenPipeError",
	sys.ECHILD:       "ChildProcessError",
	sys.ECONNABORTED: "ConnectionAbortedError",
	sys.ECONNREFUSED: "ConnectionRefusedError",
	sys.ECONNRESET:   "ConnectionResetError",
	sys.EEXIST:       "FileExistsError",
	sys.ENOENT:       "FileNotFoundError",
	sys.EINTR:        "InterruptedError",
	sys.EISDIR:       "IsADirectoryError",
	sys.ENOTDIR:      "NotADirectoryError",
	sys.EACCES:       "PermissionError",
	sys.EPERM:        "PermissionError",
	sys.ESRCH:        "ProcessLookupError",
	sys.ETIMEDOUT:    "TimeoutError",
}

// className returns the class of an error number, OSError when it has no
// class of its own.
func className(errno Errno) string {
	if name, ok := classes[errno]; ok {
		return name
	}
	return "OSError"
}

// isClass reports whether an error number of the class is in err's chain. The
// resolver's own troubles do not count.
func isClass(err error, name string) bool {
	if e, ok := err.(*Error); ok { //nolint:errorlint // allocates nothing, and what follows is for the others
		return className(e.Errno) == name
	}
	var gai *GAIError
	var errno Errno
	return !errors.As(err, &gai) && errors.As(err, &errno) && className(errno) == name
}

// BlockingIOError reports whether err is a call that would have had to wait:
// EAGAIN, EALREADY or EINPROGRESS.
func BlockingIOError(err error) bool { return isClass(err, "BlockingIOError") }

// BrokenPipeError reports whether err is EPIPE or ESHUTDOWN.
func BrokenPipeError(err error) bool { return isClass(err, "BrokenPipeError") }

// ChildProcessError reports whether err is ECHILD.
func ChildProcessError(err error) bool { return isClass(err, "ChildProcessError") }

// ConnectionError reports whether err is of one of the classes that Python
// derives from it: [BrokenPipeError], [ConnectionAbortedError],
// [ConnectionRefusedError], [ConnectionResetError].
func ConnectionError(err error) bool {
	return BrokenPipeError(err) || ConnectionAbortedError(err) || ConnectionRefusedError(err) || ConnectionResetError(err)
}

// ConnectionAbortedError reports whether err is ECONNABORTED.
func ConnectionAbortedError(err error) bool { return isClass(err, "ConnectionAbortedError") }

// ConnectionRefusedError reports whether err is ECONNREFUSED.
func ConnectionRefusedError(err error) bool { return isClass(err, "ConnectionRefusedError") }

// ConnectionResetError reports whether err is ECONNRESET.
func ConnectionResetError(err error) bool { return isClass(err, "ConnectionResetError") }

// FileExistsError reports whether err is EEXIST; so does errors.Is(err,
// os.ErrExist).
func FileExistsError(err error) bool { return isClass(err, "FileExistsError") }

// FileNotFoundError reports whether err is ENOENT, as when the path of a Unix
// socket does not exist; so does errors.Is(err, os.ErrNotExist).
func FileNotFoundError(err error) bool { return isClass(err, "FileNotFoundError") }

// InterruptedError reports whether err is EINTR: a call on an [Interruptible]
// socket that a signal has cut short.
func InterruptedError(err error) bool { return isClass(err, "InterruptedError") }

// IsADirectoryError reports whether err is EISDIR.
func IsADirectoryError(err error) bool { return isClass(err, "IsADirectoryError") }

// NotADirectoryError reports whether err is ENOTDIR, as when the path of a
// Unix socket leads through a file.
func NotADirectoryError(err error) bool { return isClass(err, "NotADirectoryError") }

// PermissionError reports whether err is EACCES or EPERM; so does
// errors.Is(err, os.ErrPermission).
func PermissionError(err error) bool { return isClass(err, "PermissionError") }

// ProcessLookupError reports whether err is ESRCH.
func ProcessLookupError(err error) bool { return isClass(err, "ProcessLookupError") }

// TimeoutError reports whether err is a timeout, of the socket ([ErrTimeout])
// or of the kernel (ETIMEDOUT).
func TimeoutError(err error) bool { return errors.Is(err, ErrTimeout) || isClass(err, "TimeoutError") }
