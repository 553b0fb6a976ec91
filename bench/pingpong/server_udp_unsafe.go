//go:build linux

package main

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

// serveUDPRaw is the least that an echo costs: a thread that blocks in
// recvfrom(2), on the kernel's own addresses.
func serveUDPRaw(cfg peer.Config) error {
	addr, err := netip.ParseAddrPort(cfg.Addr)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: addr.Addr().As4(), Port: int(addr.Port())}); err != nil {
		return err
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		return err
	}
	port := bound.(*unix.SockaddrInet4).Port
	cfg.Ready(netip.AddrPortFrom(addr.Addr(), uint16(port)).String())
	buffer := make([]byte, cfg.Buffer)
	p := uintptr(unsafe.Pointer(&buffer[0]))
	for {
		var from unix.RawSockaddrInet4
		size := uint32(unsafe.Sizeof(from))
		n, _, errno := unix.Syscall6(unix.SYS_RECVFROM, uintptr(fd), p, uintptr(len(buffer)), 0,
			uintptr(unsafe.Pointer(&from)), uintptr(unsafe.Pointer(&size)))
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return errno
		}
		_, _, errno = unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), p, n, 0, uintptr(unsafe.Pointer(&from)), uintptr(size))
		if errno != 0 {
			return errno
		}
	}
}
