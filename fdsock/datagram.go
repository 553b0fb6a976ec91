package fdsock

import (
	"net/netip"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// RecvFromAddrPort is RecvFromInto for internet sockets, without an
// allocation. The address is not valid on a connected stream; an IPv6 one has
// no zone.
func (s *Socket) RecvFromAddrPort(p []byte, flags ...int) (int, netip.AddrPort, error) {
	how := union(flags)
	if s.kind == SOCK_STREAM {
		return s.recvStreamFrom(p, how)
	}
	w := wait{op: opRecvFrom, once: how&onceFlags != 0}
	for {
		var from sys.Sockaddr
		n, errno := s.recvFrom(p, how, &from)
		if errno == 0 {
			return n, netip.AddrPortFrom(from.Addr, from.Port), nil
		}
		if err := s.recvAgain(&w, errno, how); err != nil {
			return 0, netip.AddrPort{}, err
		}
	}
}

// recvStreamFrom receives from a stream, where nobody is the sender.
func (s *Socket) recvStreamFrom(p []byte, flags int) (int, netip.AddrPort, error) {
	n, _, err := s.RecvFromInto(p, flags)
	return n, netip.AddrPort{}, err
}

// recvFrom makes one attempt to receive a datagram, or none when there is
// known to be nothing and the caller would wait anyway.
func (s *Socket) recvFrom(p []byte, flags int, from *sys.Sockaddr) (int, Errno) {
	before, ok := s.handle.Acquire()
	if !ok {
		return 0, errClosed
	}
	defer s.handle.Release()
	if before.Readiness()&reactor.Input == 0 && flags == 0 && s.timeout.Load() != 0 {
		return 0, errFutile
	}
	n, errno := sys.Recvfrom(s.fd, p, s.transferFlags(flags), from)
	if errno == sys.EAGAIN {
		s.handle.Clear(before, awaited(flags))
	}
	return n, errno
}

// SendToAddrPort is SendTo for internet sockets, without an allocation. The
// zone of an IPv6 address is not looked at.
func (s *Socket) SendToAddrPort(p []byte, to netip.AddrPort, flags ...int) (int, error) {
	how := union(flags)
	sa := sys.Sockaddr{Family: s.family, Addr: to.Addr(), Port: to.Port()}
	if s.kind == SOCK_STREAM {
		return s.sendStreamTo(p, &sa, how)
	}
	w := wait{op: opSendTo, once: how&MSG_DONTWAIT != 0}
	for {
		n, errno := s.sendTo(p, how, &sa)
		if errno == 0 {
			return n, nil
		}
		if errno != sys.EAGAIN {
			return 0, s.failed(opSendTo, errno)
		}
		if err := w.again(s, reactor.Output); err != nil {
			return 0, err
		}
	}
}

// sendStreamTo sends on a stream, where the kernel ignores the address.
func (s *Socket) sendStreamTo(p []byte, to *sys.Sockaddr, flags int) (int, error) {
	return s.SendTo(p, InetAddr{IP: to.Addr, Port: int(to.Port)}, flags)
}

func (s *Socket) sendTo(p []byte, flags int, to *sys.Sockaddr) (int, Errno) {
	before, ok := s.handle.Acquire()
	if !ok {
		return 0, errClosed
	}
	defer s.handle.Release()
	n, errno := sys.Sendto(s.fd, p, s.transferFlags(flags), to)
	if errno == sys.EAGAIN {
		s.handle.Clear(before, reactor.Output)
	}
	return n, errno
}
