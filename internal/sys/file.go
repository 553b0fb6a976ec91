package sys

import "golang.org/x/sys/unix"

// FileKind is what is behind a descriptor.
type FileKind uint8

// The kinds that transfers tell apart.
const (
	OtherFile FileKind = iota
	RegularFile
	PipeFile
	SocketFile
)

// Fstat returns the kind and, for a regular file, the length in bytes.
func Fstat(fd int) (kind FileKind, size int64, errno Errno) {
	var st unix.Stat_t
	if errno := retry(OpFcntl, fd, func() error { return unix.Fstat(fd, &st) }); errno != 0 {
		return OtherFile, 0, errno
	}
	switch uint32(st.Mode) & unix.S_IFMT { //nolint:unconvert // 16 bits wide on some systems
	case unix.S_IFREG:
		return RegularFile, st.Size, 0
	case unix.S_IFIFO:
		return PipeFile, 0, 0
	case unix.S_IFSOCK:
		return SocketFile, 0, 0
	}
	return OtherFile, 0, 0
}

// Sendfile sends at most n bytes of a file from an offset on, n > 0. It may
// wait for the disk, and leaves the file's position alone. ENOSYS where the
// system has no such call. See sendfile(2).
func Sendfile(socket, file int, offset int64, n int) (int, Errno) {
	for {
		limit, errno := injectCount(OpSendfile, socket, n)
		if errno == 0 {
			var sent int
			if sent, errno = sendfile(socket, file, offset, limit); errno == 0 {
				return sent, 0
			}
		}
		if errno != EINTR {
			return 0, errno
		}
	}
}

// injectCount asks the hook about a transfer of n bytes and returns how many
// the attempt may move.
func injectCount(op Op, fd, n int) (int, Errno) {
	h := installed.Load()
	if h == nil {
		return n, 0
	}
	f := (*h)(Call{Op: op, FD: fd, Len: n})
	if f.Max > 0 {
		n = min(n, f.Max)
	}
	return n, f.Errno
}
