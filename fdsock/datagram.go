package fdsock

import (
	"net/netip"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// RecvFromAddrPort is RecvFromInto for internet sockets, without an
// allocation. The address is not valid on a connected stream; an IPv6 one has
// no zone.
func (s *Socket) RecvFromAddrPort(p []byte, flags ...int) (n int, sender netip.AddrPort, err error) {
	how := union(flags)
	if s.kind == SOCK_STREAM { // nobody is the sender
		n, _, err = s.RecvFromInto(p, how)
		return n, sender, err
	}
	var from sys.Sockaddr
	c := Call{s: s}
	err = c.retry(opRecvFrom, reactor.Input, how, func(fd int) (errno Errno) {
		n, errno = sys.Recvfrom(fd, p, s.transferFlags(how), &from)
		return errno
	})
	if err != nil {
		return 0, sender, err
	}
	return n, netip.AddrPortFrom(from.Addr, from.Port), nil
}

// SendToAddrPort is SendTo for internet sockets, without an allocation. The
// zone of an IPv6 address is not looked at.
func (s *Socket) SendToAddrPort(p []byte, to netip.AddrPort, flags ...int) (n int, err error) {
	how := union(flags)
	if s.kind == SOCK_STREAM { // the kernel ignores the address
		return s.SendTo(p, InetAddr{IP: to.Addr(), Port: int(to.Port())}, how)
	}
	sa := sys.Sockaddr{Family: s.family, Addr: to.Addr(), Port: to.Port()}
	c := Call{s: s}
	err = c.retry(opSendTo, reactor.Output, how, func(fd int) (errno Errno) {
		n, errno = sys.Sendto(fd, p, s.transferFlags(how), &sa)
		return errno
	})
	if err != nil {
		return 0, at(InetAddr{IP: to.Addr(), Port: int(to.Port())}, err)
	}
	return n, nil
}
