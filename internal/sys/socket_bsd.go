//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// msgNoSignal is 0: the Go runtime turns SIGPIPE on other descriptors than
// standard output and error into EPIPE.
const msgNoSignal = 0

func recv(fd int, p []byte, flags int) (int, Errno) {
	if flags == 0 {
		n, err := unix.Read(fd, p)
		return n, errnoOf(err)
	}
	n, _, err := unix.Recvfrom(fd, p, flags)
	return n, errnoOf(err)
}

func send(fd int, p []byte, flags int) (int, Errno) {
	if flags == 0 {
		n, err := unix.Write(fd, p)
		return n, errnoOf(err)
	}
	n, err := unix.SendmsgN(fd, p, nil, nil, flags)
	return n, errnoOf(err)
}

func read(fd int, p []byte) (int, Errno) {
	n, err := unix.Read(fd, p)
	return n, errnoOf(err)
}

func write(fd int, p []byte) (int, Errno) {
	n, err := unix.Write(fd, p)
	return n, errnoOf(err)
}

// adopt makes a new descriptor nonblocking and close-on-exec. The fork lock
// keeps it from a child between the two steps.
func adopt(fd int, err error) (int, error) {
	if err != nil {
		return -1, err
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func socket(family, typ, proto int) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return adopt(unix.Socket(family, typ, proto))
}

func socketpair(family, typ, proto int) ([2]int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := unix.Socketpair(family, typ, proto)
	if err != nil {
		return fds, err
	}
	return fds, adoptPair(fds)
}

// adoptPair adopts both descriptors, or closes both.
func adoptPair(fds [2]int) error {
	if _, err := adopt(fds[0], nil); err != nil {
		_ = unix.Close(fds[1])
		return err
	}
	if _, err := adopt(fds[1], nil); err != nil {
		_ = unix.Close(fds[0])
		return err
	}
	return nil
}

// accept tells the scheduler in any case, as package unix does.
func accept(fd int, _ bool) (int, Sockaddr, Errno) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	nfd, from, err := unix.Accept(fd)
	if nfd, err = adopt(nfd, err); err != nil {
		return -1, Sockaddr{}, errnoOf(err)
	}
	return nfd, decode(from), 0
}

func connect(fd int, sa *Sockaddr, _ bool) Errno {
	to, errno := sa.encode()
	if errno != 0 {
		return errno
	}
	return errnoOf(unix.Connect(fd, to))
}

func bind(fd int, sa *Sockaddr) Errno {
	to, errno := sa.encode()
	if errno != 0 {
		return errno
	}
	return errnoOf(unix.Bind(fd, to))
}

func getsockname(fd int) (Sockaddr, Errno) {
	sa, err := unix.Getsockname(fd)
	return decode(sa), errnoOf(err)
}

func getpeername(fd int) (Sockaddr, Errno) {
	sa, err := unix.Getpeername(fd)
	return decode(sa), errnoOf(err)
}

func decode(from unix.Sockaddr) Sockaddr {
	switch sa := from.(type) {
	case *unix.SockaddrInet4:
		return Sockaddr{Family: unix.AF_INET, Port: uint16(sa.Port), Addr: netip.AddrFrom4(sa.Addr)}
	case *unix.SockaddrInet6:
		return Sockaddr{Family: unix.AF_INET6, Port: uint16(sa.Port), Addr: netip.AddrFrom16(sa.Addr), Scope: sa.ZoneId}
	case *unix.SockaddrUnix:
		return Sockaddr{Family: unix.AF_UNIX, Path: sa.Name}
	}
	return Sockaddr{}
}

func (sa *Sockaddr) encode() (unix.Sockaddr, Errno) {
	switch sa.Family {
	case unix.AF_INET:
		if !sa.Addr.Unmap().Is4() {
			return nil, EAFNOSUPPORT
		}
		return &unix.SockaddrInet4{Port: int(sa.Port), Addr: sa.Addr.Unmap().As4()}, 0
	case unix.AF_INET6:
		if !sa.Addr.IsValid() {
			return nil, EAFNOSUPPORT
		}
		return &unix.SockaddrInet6{Port: int(sa.Port), Addr: sa.Addr.As16(), ZoneId: sa.Scope}, 0
	case unix.AF_UNIX:
		if len(sa.Path) >= maxUnixPath {
			return nil, ENAMETOOLONG
		}
		return &unix.SockaddrUnix{Name: sa.Path}, 0
	}
	return nil, EAFNOSUPPORT
}
