//go:build linux

package main

import (
	"io"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// eventQueue is an epoll descriptor with room for the events of one wait.
type eventQueue struct {
	fd     int
	events [512]unix.EpollEvent
}

func newEventQueue() (*eventQueue, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	return &eventQueue{fd: fd}, err
}

// add watches fd for its whole life; events carry index in their Fd.
func (q *eventQueue) add(fd int, index int32) error {
	const events = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLET&0xffffffff
	return unix.EpollCtl(q.fd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: index})
}

// wait returns no events after the timeout or a signal.
func (q *eventQueue) wait(timeout time.Duration) ([]unix.EpollEvent, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(q.fd),
		uintptr(unsafe.Pointer(&q.events[0])), uintptr(len(q.events)),
		uintptr(timeout.Milliseconds()), 0, 0)
	if errno == unix.EINTR {
		return nil, nil
	}
	if errno != 0 {
		return nil, errno
	}
	return q.events[:n], nil
}

// tryRead returns 0 if there is nothing to read and io.ErrUnexpectedEOF if
// there never will be.
func tryRead(fd int, p []byte) (int, error) {
	n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	if errno == 0 && n == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	return transferred(n, errno)
}

// tryWrite returns 0 if there is no room.
func tryWrite(fd int, p []byte) (int, error) {
	n, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	return transferred(n, errno)
}

func transferred(n uintptr, errno unix.Errno) (int, error) {
	if errno == unix.EAGAIN || errno == unix.EINTR {
		return 0, nil
	}
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// connectTCP returns a blocking socket whose transfers give up after timeout.
// Its close is a reset, so that thousands of connections leave no TIME_WAIT.
func connectTCP(addr netip.AddrPort, timeout time.Duration) (fd int, err error) {
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	limit := unix.NsecToTimeval(timeout.Nanoseconds())
	for _, set := range []func() error{
		func() error { return unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit) },
		func() error { return unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit) },
		func() error { return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) },
		func() error {
			return unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		},
		func() error {
			return unix.Connect(fd, &unix.SockaddrInet4{Addr: addr.Addr().As4(), Port: int(addr.Port())})
		},
	} {
		if err := set(); err != nil {
			_ = unix.Close(fd) // the error above says more
			return -1, err
		}
	}
	return fd, nil
}

// connectUDP returns a blocking socket that talks to addr alone.
func connectUDP(addr netip.AddrPort, timeout time.Duration) (fd int, err error) {
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	limit := unix.NsecToTimeval(timeout.Nanoseconds())
	err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit)
	if err == nil {
		err = unix.Connect(fd, &unix.SockaddrInet4{Addr: addr.Addr().As4(), Port: int(addr.Port())})
	}
	if err != nil {
		_ = unix.Close(fd) // the error above says more
		return -1, err
	}
	return fd, nil
}

func setNonblock(fd int) error { return unix.SetNonblock(fd, true) }

// fdStream is a blocking descriptor as an io.ReadWriter.
type fdStream int

func (f fdStream) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(int(f), p)
		if err == unix.EINTR {
			continue
		}
		if n == 0 && err == nil && len(p) > 0 {
			return 0, io.EOF
		}
		return max(n, 0), err
	}
}

func (f fdStream) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n, err := unix.Write(int(f), p[written:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}
