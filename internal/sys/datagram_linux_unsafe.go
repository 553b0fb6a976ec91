//go:build linux

package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

func recvfrom(fd int, p []byte, flags int, from *Sockaddr) (int, Errno) {
	var raw unix.RawSockaddrAny
	size := uint32(unsafe.Sizeof(raw))
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(base(p)), uintptr(len(p)), uintptr(flags),
		uintptr(unsafe.Pointer(&raw)), uintptr(unsafe.Pointer(&size)))
	if errno != 0 {
		return 0, errno
	}
	wrote(p, min(int(n), len(p)))
	*from = decode(&raw, size)
	return int(n), 0
}

func sendto(fd int, p []byte, flags int, to *Sockaddr) (int, Errno) {
	var raw unix.RawSockaddrAny
	size, errno := to.encode(&raw)
	if errno != 0 {
		return 0, errno
	}
	sending()
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(base(p)), uintptr(len(p)), uintptr(flags),
		uintptr(unsafe.Pointer(&raw)), uintptr(size))
	sent(p, int(n))
	return int(n), errno
}
