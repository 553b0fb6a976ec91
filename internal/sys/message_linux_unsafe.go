//go:build linux

package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// message is the kernel's form of a Message.
type message struct {
	iov  []unix.Iovec
	hdr  unix.Msghdr
	name unix.RawSockaddrAny
}

// prepare fills the header from the buffers, of which at most limit bytes are
// used unless limit is negative.
func (m *Message) prepare(limit int) {
	m.iov = m.iov[:0]
	for _, b := range m.Buffers {
		if limit >= 0 && len(b) > limit {
			b = b[:limit]
		}
		if limit >= 0 {
			limit -= len(b)
		}
		v := unix.Iovec{Base: (*byte)(base(b))}
		v.SetLen(len(b))
		m.iov = append(m.iov, v)
	}
	m.hdr = unix.Msghdr{}
	if len(m.iov) > 0 {
		m.hdr.Iov = &m.iov[0]
		m.hdr.SetIovlen(len(m.iov))
	}
	if len(m.Control) > 0 {
		m.hdr.Control = &m.Control[0]
		m.hdr.SetControllen(len(m.Control))
	}
}

func recvmsg(fd int, m *Message, limit int) (int, Errno) {
	m.prepare(limit)
	m.hdr.Name = (*byte)(unsafe.Pointer(&m.name))
	m.hdr.Namelen = uint32(unsafe.Sizeof(m.name))
	n, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&m.hdr)), uintptr(m.Flags))
	clear(m.iov)
	if errno != 0 {
		return 0, errno
	}
	left := int(n)
	for _, b := range m.Buffers {
		k := min(left, len(b))
		wrote(b, k)
		left -= k
	}
	m.Addr = decode(&m.name, m.hdr.Namelen)
	m.ControlLen, m.RecvFlags = int(m.hdr.Controllen), int(m.hdr.Flags)
	return int(n), 0
}

func sendmsg(fd int, m *Message, limit int) (int, Errno) {
	m.prepare(limit)
	if m.Addr.Family != AF_UNSPEC {
		size, errno := m.Addr.encode(&m.name)
		if errno != 0 {
			return 0, errno
		}
		m.hdr.Name, m.hdr.Namelen = (*byte)(unsafe.Pointer(&m.name)), size
	}
	sending()
	n, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&m.hdr)), uintptr(m.Flags|msgNoSignal))
	clear(m.iov) // the buffers are the caller's again
	if errno != 0 {
		return 0, errno
	}
	left := int(n)
	for _, b := range m.Buffers {
		k := min(left, len(b))
		sent(b, k)
		left -= k
	}
	return int(n), 0
}
