package stream

import (
	"errors"
	"net"
	"net/netip"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// listen opens the listener. An empty host is every address of both families,
// or of IPv4 where there is no IPv6.
func (s *Server) listen(addr string) error {
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return err
	}
	ap := tcp.AddrPort()
	if ap.Addr().IsValid() {
		return s.listenAt(addr, netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()))
	}
	err = s.listenAt(addr, netip.AddrPortFrom(netip.IPv6Unspecified(), ap.Port()))
	if errors.Is(err, sys.EAFNOSUPPORT) || errors.Is(err, sys.EADDRNOTAVAIL) {
		err = s.listenAt(addr, netip.AddrPortFrom(netip.IPv4Unspecified(), ap.Port()))
	}
	return err
}

func (s *Server) listenAt(addr string, ap netip.AddrPort) (err error) {
	sa := sys.Inet(ap)
	fd, errno := sys.Socket(sa.Family, sys.SOCK_STREAM, 0)
	if errno != 0 {
		return opError("socket", addr, errno)
	}
	if op, errno := listenOn(fd, &sa); errno != 0 {
		sys.Close(fd)
		return opError(op, addr, errno)
	}
	bound, _ := sys.Getsockname(fd)
	s.addr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(bound.Addr, bound.Port))
	s.fd = fd
	if s.listener, err = s.group.Loops()[0].NewHandle(fd, "tcp listener"); err != nil {
		sys.Close(fd)
	}
	return err
}

func listenOn(fd int, sa *sys.Sockaddr) (string, sys.Errno) {
	if errno := sys.SetsockoptInt(fd, sys.SOL_SOCKET, sys.SO_REUSEADDR, 1); errno != 0 {
		return "setsockopt", errno
	}
	if sa.Addr == netip.IPv6Unspecified() {
		_ = sys.SetsockoptInt(fd, sys.IPPROTO_IPV6, sys.IPV6_V6ONLY, 0) // refused on OpenBSD, which serves one family
	}
	if errno := sys.Bind(fd, sa); errno != 0 {
		return "bind", errno
	}
	return "listen", sys.Listen(fd, backlog)
}

func opError(op, addr string, errno sys.Errno) error {
	return &Error{Op: op, Addr: addr, Errno: errno}
}

// Ready accepts connections. Loop-only; part of reactor.Handler.
func (s *Server) Ready(h *reactor.Handle, _ reactor.Readiness) {
	if s.resting {
		return
	}
	for range acceptsPerTurn {
		before, fd, errno := s.accept(h)
		switch errno {
		case 0:
			s.open(fd)
		case sys.EAGAIN:
			h.Clear(before, reactor.Input)
			return
		case sys.ECONNABORTED:
		default:
			s.rest(h)
			return
		}
	}
	h.Requeue()
}

func (s *Server) accept(h *reactor.Handle) (reactor.Snapshot, int, sys.Errno) {
	before, ok := h.Acquire()
	if !ok {
		return before, -1, sys.EAGAIN
	}
	defer h.Release()
	fd, _, errno := sys.Accept(s.fd)
	return before, fd, errno
}

// rest has accepting tried again in a while: the process is out of descriptors
// or memory, or a connection came with an error of the network, see accept(2).
// No edge would tell of the connections that wait meanwhile.
func (s *Server) rest(h *reactor.Handle) {
	s.resting = true
	h.Loop().After(acceptPause, func() {
		s.resting = false
		h.Requeue()
	})
}
