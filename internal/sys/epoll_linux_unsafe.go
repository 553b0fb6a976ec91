//go:build linux

package sys

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

// EpollEvent is struct epoll_event; its 64 bits of data are read and written
// through EpollData and EpollAdd.
type EpollEvent = unix.EpollEvent

// The epoll(7) event bits.
const (
	EPOLLIN    = unix.EPOLLIN
	EPOLLOUT   = unix.EPOLLOUT
	EPOLLPRI   = unix.EPOLLPRI
	EPOLLRDHUP = unix.EPOLLRDHUP
	EPOLLHUP   = unix.EPOLLHUP
	EPOLLERR   = unix.EPOLLERR
	EPOLLET    = 1 << 31
)

// BigEndian reports the byte order of the machine.
var BigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// EpollCreate makes a close-on-exec epoll descriptor. It is marked
// nonblocking, which has no effect on epoll_wait but makes the Go runtime
// willing to poll it.
func EpollCreate() (fd int, errno Errno) {
	fd = -1
	errno = retry(OpQueueCreate, -1, func() (err error) {
		if fd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
			return err
		}
		if err = unix.SetNonblock(fd, true); err != nil {
			_ = unix.Close(fd)
			fd = -1
		}
		return err
	})
	return fd, errno
}

// EpollAdd registers fd with the given event bits and data.
func EpollAdd(epfd, fd int, events uint32, data uint64) Errno {
	ev := EpollEvent{Events: events, Fd: int32(data), Pad: int32(data >> 32)}
	return epollCtl(epfd, unix.EPOLL_CTL_ADD, fd, &ev)
}

// EpollMod changes the event bits and data of fd.
func EpollMod(epfd, fd int, events uint32, data uint64) Errno {
	ev := EpollEvent{Events: events, Fd: int32(data), Pad: int32(data >> 32)}
	return epollCtl(epfd, unix.EPOLL_CTL_MOD, fd, &ev)
}

// EpollDel removes fd.
func EpollDel(epfd, fd int) Errno {
	var ev EpollEvent
	return epollCtl(epfd, unix.EPOLL_CTL_DEL, fd, &ev)
}

// EpollData returns the data an event was registered with.
func EpollData(ev *EpollEvent) uint64 { return uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32 }

func epollCtl(epfd, op, fd int, ev *EpollEvent) Errno {
	for {
		errno := inject(OpQueueControl, fd)
		if errno == 0 {
			_, _, errno = unix.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(epfd), uintptr(op), uintptr(fd), uintptr(unsafe.Pointer(ev)), 0, 0)
		}
		if errno != EINTR {
			return errno
		}
	}
}

// EpollWait takes the events there are, without waiting.
func EpollWait(epfd int, events []EpollEvent) (int, Errno) {
	for {
		errno := inject(OpQueueWait, epfd)
		if errno == 0 {
			var n uintptr
			n, _, errno = unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(&events[0])),
				uintptr(len(events)), 0, 0, 0)
			if errno == 0 {
				return int(n), 0
			}
		}
		if errno != EINTR {
			return 0, errno
		}
	}
}

// EpollWaitBlocking waits on the calling thread for at most ns nanoseconds,
// rounded up to a millisecond, or without limit when ns is negative. An
// interrupted wait returns no events.
func EpollWaitBlocking(epfd int, events []EpollEvent, ns int64) (int, Errno) {
	ms := -1
	if ns >= 0 {
		ms = int(min((ns+999_999)/1_000_000, 1<<30))
	}
	errno := inject(OpQueueWait, epfd)
	n := 0
	if errno == 0 {
		var err error
		n, err = unix.EpollWait(epfd, events, ms)
		errno = errnoOf(err)
	}
	if errno == EINTR {
		return 0, 0
	}
	return max(n, 0), errno
}

// Eventfd makes a nonblocking eventfd.
func Eventfd() (fd int, errno Errno) {
	fd = -1
	errno = retry(OpWakeCreate, -1, func() (err error) {
		fd, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
		return err
	})
	return fd, errno
}
