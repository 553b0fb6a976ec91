//go:build linux

package sys

import (
	"encoding/binary"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

func socket(family, typ, proto int) (int, error) {
	return unix.Socket(family, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, proto)
}

func socketpair(family, typ, proto int) ([2]int, error) {
	return unix.Socketpair(family, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, proto)
}

func accept(fd int, shared bool) (int, Sockaddr, Errno) {
	const flags = unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC
	var (
		raw   unix.RawSockaddrAny
		size  = uint32(unsafe.Sizeof(raw))
		n     uintptr
		errno Errno
	)
	if shared {
		n, _, errno = unix.Syscall6(unix.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(&raw)),
			uintptr(unsafe.Pointer(&size)), flags, 0, 0)
	} else {
		n, _, errno = unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(&raw)),
			uintptr(unsafe.Pointer(&size)), flags, 0, 0)
	}
	if errno != 0 {
		return -1, Sockaddr{}, errno
	}
	return int(n), decode(&raw, size), 0
}

func connect(fd int, sa *Sockaddr, shared bool) Errno {
	var raw unix.RawSockaddrAny
	size, errno := sa.encode(&raw)
	if errno != 0 {
		return errno
	}
	if shared {
		_, _, errno = unix.Syscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&raw)), uintptr(size))
		return errno
	}
	_, _, errno = unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&raw)), uintptr(size))
	return errno
}

func bind(fd int, sa *Sockaddr) Errno {
	var raw unix.RawSockaddrAny
	size, errno := sa.encode(&raw)
	if errno != 0 {
		return errno
	}
	_, _, errno = unix.RawSyscall(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&raw)), uintptr(size))
	return errno
}

func getsockname(fd int) (Sockaddr, Errno) { return name(unix.SYS_GETSOCKNAME, fd) }

func getpeername(fd int) (Sockaddr, Errno) { return name(unix.SYS_GETPEERNAME, fd) }

func name(trap uintptr, fd int) (Sockaddr, Errno) {
	var raw unix.RawSockaddrAny
	size := uint32(unsafe.Sizeof(raw))
	_, _, errno := unix.RawSyscall(trap, uintptr(fd), uintptr(unsafe.Pointer(&raw)), uintptr(unsafe.Pointer(&size)))
	if errno != 0 {
		return Sockaddr{}, errno
	}
	return decode(&raw, size), 0
}

// decode reads a kernel address of size bytes. An address of size 0, as
// accept gives for some Unix sockets, has family AF_UNSPEC.
func decode(raw *unix.RawSockaddrAny, size uint32) Sockaddr {
	if size < 2 {
		return Sockaddr{}
	}
	sa := Sockaddr{Family: int(raw.Addr.Family)}
	switch sa.Family {
	case unix.AF_INET:
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(raw))
		sa.Port, sa.Addr = swapPort(in.Port), netip.AddrFrom4(in.Addr)
	case unix.AF_INET6:
		in := (*unix.RawSockaddrInet6)(unsafe.Pointer(raw))
		sa.Port, sa.Addr = swapPort(in.Port), netip.AddrFrom16(in.Addr)
		sa.Flow, sa.Scope = swapFlow(in.Flowinfo), in.Scope_id
	case unix.AF_UNIX:
		sa.Path = unixPath((*unix.RawSockaddrUnix)(unsafe.Pointer(raw)), int(size)-2)
	default:
		sa.Path = string(unsafe.Slice((*byte)(unsafe.Pointer(&raw.Addr.Data)), min(int(size), int(unsafe.Sizeof(*raw)))-2))
	}
	return sa
}

// unixPath returns the path of n bytes: abstract names keep every byte, file
// names end before the kernel's closing zero.
func unixPath(raw *unix.RawSockaddrUnix, n int) string {
	b := unsafe.Slice((*byte)(unsafe.Pointer(&raw.Path[0])), max(0, min(n, maxUnixPath)))
	if len(b) > 0 && b[0] != 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return string(b)
}

// encode writes sa into raw and returns its size in bytes.
func (sa *Sockaddr) encode(raw *unix.RawSockaddrAny) (uint32, Errno) {
	switch sa.Family {
	case unix.AF_INET:
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(raw))
		if !sa.Addr.Unmap().Is4() {
			return 0, EAFNOSUPPORT
		}
		*in = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: swapPort(sa.Port), Addr: sa.Addr.Unmap().As4()}
		return unix.SizeofSockaddrInet4, 0
	case unix.AF_INET6:
		in := (*unix.RawSockaddrInet6)(unsafe.Pointer(raw))
		if !sa.Addr.IsValid() {
			return 0, EAFNOSUPPORT
		}
		*in = unix.RawSockaddrInet6{
			Family: unix.AF_INET6, Port: swapPort(sa.Port), Addr: sa.Addr.As16(),
			Flowinfo: swapFlow(sa.Flow), Scope_id: sa.Scope,
		}
		return unix.SizeofSockaddrInet6, 0
	case unix.AF_UNIX:
		return sa.encodeUnix((*unix.RawSockaddrUnix)(unsafe.Pointer(raw)))
	}
	room := unsafe.Slice((*byte)(unsafe.Pointer(&raw.Addr.Data)), int(unsafe.Sizeof(*raw))-2)
	switch {
	case sa.Path == "":
		return 0, EAFNOSUPPORT
	case len(sa.Path) > len(room):
		return 0, ENAMETOOLONG
	}
	raw.Addr.Family = uint16(sa.Family)
	return uint32(2 + copy(room, sa.Path)), 0
}

func (sa *Sockaddr) encodeUnix(un *unix.RawSockaddrUnix) (uint32, Errno) {
	if !UnixPathFits(sa.Path) {
		return 0, ENAMETOOLONG
	}
	un.Family = unix.AF_UNIX
	for i := range len(sa.Path) {
		un.Path[i] = int8(sa.Path[i])
	}
	size := 2 + len(sa.Path)
	if sa.Path != "" && sa.Path[0] != 0 {
		un.Path[len(sa.Path)] = 0 // closes a file name; the memory may have been used before
		size++
	}
	return uint32(size), 0
}

// swapPort converts between host and network byte order.
func swapPort(p uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], p)
	return binary.NativeEndian.Uint16(b[:])
}

func swapFlow(f uint32) uint32 {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], f)
	return binary.NativeEndian.Uint32(b[:])
}
