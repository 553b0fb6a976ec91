//go:build linux

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// rawCall makes the bare system call of a scenario: poll(2) for select, too,
// whose own call ends at 1024 descriptors.
func rawCall(kind string, fds []int) (call func() (int, error), stop func(), err error) {
	if kind != "epoll" {
		list := make([]unix.PollFd, len(fds))
		for i, fd := range fds {
			list[i] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
		}
		return again(func() (int, error) { return unix.Poll(list, 0) }), func() {}, nil
	}
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, nil, err
	}
	for _, fd := range fds {
		if err := unix.EpollCtl(epfd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}); err != nil {
			return nil, nil, fmt.Errorf("epoll_ctl: %w", err)
		}
	}
	events := make([]unix.EpollEvent, 1023)
	return again(func() (int, error) { return unix.EpollWait(epfd, events, 0) }), func() { _ = unix.Close(epfd) }, nil
}

// again makes a call until it is not interrupted: the Go runtime sends signals.
func again(call func() (int, error)) func() (int, error) {
	return func() (int, error) {
		for {
			n, err := call()
			if err != unix.EINTR { //nolint:errorlint // package unix returns bare numbers
				return n, err
			}
		}
	}
}
