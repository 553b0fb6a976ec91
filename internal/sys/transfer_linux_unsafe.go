//go:build linux

package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

const msgNoSignal = unix.MSG_NOSIGNAL

// zero gives empty slices an address that the kernel accepts.
var zero byte

func base(p []byte) unsafe.Pointer {
	if len(p) == 0 {
		return unsafe.Pointer(&zero)
	}
	return unsafe.Pointer(&p[0])
}

func recv(fd int, p []byte, flags int) (int, Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(base(p)), uintptr(len(p)), uintptr(flags), 0, 0)
	wrote(p, int(n))
	return int(n), errno
}

func send(fd int, p []byte, flags int) (int, Errno) {
	sending()
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(base(p)), uintptr(len(p)), uintptr(flags), 0, 0)
	sent(p, int(n))
	return int(n), errno
}

func read(fd int, p []byte) (int, Errno) {
	n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(base(p)), uintptr(len(p)))
	wrote(p, int(n))
	return int(n), errno
}

func write(fd int, p []byte) (int, Errno) {
	sending()
	n, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(base(p)), uintptr(len(p)))
	sent(p, int(n))
	return int(n), errno
}
