//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import "golang.org/x/sys/unix"

func recvfrom(fd int, p []byte, flags int, from *Sockaddr) (int, Errno) {
	n, sa, err := unix.Recvfrom(fd, p, flags)
	if err != nil {
		return 0, errnoOf(err)
	}
	*from = decode(sa)
	return n, 0
}

func sendto(fd int, p []byte, flags int, to *Sockaddr) (int, Errno) {
	sa, errno := to.encode()
	if errno != 0 {
		return 0, errno
	}
	n, err := unix.SendmsgN(fd, p, nil, sa, flags)
	return n, errnoOf(err)
}
