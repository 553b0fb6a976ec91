//go:build linux

package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

func getsockopt(fd, level, name int, p []byte) (int, Errno) {
	size := uint32(len(p))
	_, _, errno := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(level), uintptr(name),
		uintptr(base(p)), uintptr(unsafe.Pointer(&size)), 0)
	return int(size), errno
}

func setsockopt(fd, level, name int, p []byte, nilLen int) Errno {
	at, size := base(p), len(p)
	if p == nil {
		at, size = nil, nilLen
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), uintptr(level), uintptr(name),
		uintptr(at), uintptr(size), 0)
	return errno
}
