package stream

import (
	"errors"
	"net"
	"net/netip"
	"os"

	"github.com/pollux-net/pollux/internal/sys"
)

// Listen adds a listener, and returns the address it is bound to. The networks
// are "tcp", "tcp4", "tcp6" and "unix".
//
// A TCP host is an IP literal, or empty for every address: of both families
// with "tcp", or of IPv4 where there is no IPv6. A Unix address is a path,
// which is removed when the server ends, or on Linux an abstract name with an @
// before it. Source: net.Listen.
func (s *Server) Listen(network, address string) (net.Addr, error) {
	switch network {
	case "tcp", "tcp4", "tcp6":
		return s.listenTCP(network, address)
	case "unix":
		return s.listenUnix(address)
	}
	return nil, net.UnknownNetworkError(network)
}

func (s *Server) listenTCP(network, address string) (net.Addr, error) {
	tcp, err := net.ResolveTCPAddr(network, address)
	if err != nil {
		return nil, err
	}
	ap := tcp.AddrPort()
	if ap.Addr().IsValid() {
		return s.listenAt(network, address, netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()))
	}
	v4 := netip.AddrPortFrom(netip.IPv4Unspecified(), ap.Port())
	if network == "tcp4" {
		return s.listenAt(network, address, v4)
	}
	addr, err := s.listenAt(network, address, netip.AddrPortFrom(netip.IPv6Unspecified(), ap.Port()))
	if network == "tcp" && (errors.Is(err, sys.EAFNOSUPPORT) || errors.Is(err, sys.EADDRNOTAVAIL)) {
		return s.listenAt(network, address, v4)
	}
	return addr, err
}

func (s *Server) listenAt(network, address string, ap netip.AddrPort) (net.Addr, error) {
	sa, err := inetSockaddr(ap)
	if err != nil {
		return nil, err
	}
	bind := func(fd int) (string, sys.Errno) { return s.bindTCP(fd, network, &sa) }
	if s.config.Spread == SpreadReusePort {
		return s.listenShared(address, &sa, bind)
	}
	a, err := s.listener(s.nextLoop(), address, &sa, bind)
	if err != nil {
		return nil, err
	}
	return s.serve(a)
}

// listenShared opens a listener for each loop. The first finds a port for all.
func (s *Server) listenShared(address string, sa *sys.Sockaddr, bind func(fd int) (string, sys.Errno)) (net.Addr, error) {
	var all []*acceptor
	for _, l := range s.loops {
		a, err := s.listener(l, address, sa, bind)
		if err != nil {
			for _, a := range all {
				a.close()
			}
			return nil, err
		}
		a.keeps = true
		sa.Port = uint16(a.addr.(*net.TCPAddr).Port)
		all = append(all, a)
	}
	return s.serve(all...)
}

// bindTCP prepares a listener's socket.
func (s *Server) bindTCP(fd int, network string, sa *sys.Sockaddr) (string, sys.Errno) {
	if errno := sys.SetsockoptInt(fd, sys.SOL_SOCKET, sys.SO_REUSEADDR, 1); errno != 0 {
		return "setsockopt", errno
	}
	if s.config.Spread == SpreadReusePort {
		if errno := sys.SetReusePort(fd); errno != 0 {
			return "setsockopt SO_REUSEPORT", errno
		}
	}
	if sa.Family == sys.AF_INET6 {
		only := 0
		if network == "tcp6" {
			only = 1
		}
		_ = sys.SetsockoptInt(fd, sys.IPPROTO_IPV6, sys.IPV6_V6ONLY, only) // refused on OpenBSD, which serves one family
	}
	if sys.AcceptInherits {
		if errno := tcpOptions(&s.config, fd); errno != 0 {
			return "setsockopt", errno
		}
	}
	return "bind", sys.Bind(fd, sa)
}

func (s *Server) listenUnix(path string) (net.Addr, error) {
	sa := unixSockaddr(path)
	if path == "" {
		return nil, opError("bind", path, sys.EINVAL) // the kernel would make a name up
	}
	bound := false
	a, err := s.listener(s.nextLoop(), path, &sa, func(fd int) (string, sys.Errno) {
		errno := sys.Bind(fd, &sa)
		bound = errno == 0
		return "bind", errno
	})
	if err != nil {
		if bound && path[0] != '@' {
			_ = os.Remove(path)
		}
		return nil, err
	}
	if path[0] != '@' {
		a.path = path
	}
	return s.serve(a)
}

// listener opens a listener's socket, which bind gives its address.
func (s *Server) listener(on *loop, address string, sa *sys.Sockaddr, bind func(fd int) (string, sys.Errno)) (*acceptor, error) {
	fd, errno := sys.Socket(sa.Family, sys.SOCK_STREAM, 0)
	if errno != 0 {
		return nil, opError("socket", address, errno)
	}
	op, errno := bind(fd)
	if errno == 0 {
		op, errno = "listen", sys.Listen(fd, s.config.Backlog)
	}
	if errno != 0 {
		sys.Close(fd)
		return nil, opError(op, address, errno)
	}
	return s.newAcceptor(on, fd)
}

// tcpOptions sets what the configuration says of TCP connections.
func tcpOptions(c *Config, fd int) sys.Errno {
	if !c.Delay {
		if errno := sys.SetNoDelay(fd, true); errno != 0 {
			return errno
		}
	}
	if k := c.KeepAlive; k.Enable {
		return sys.SetKeepAlive(fd, seconds(k.Idle, 15), seconds(k.Interval, 15), orElse(k.Count, 9))
	}
	return 0
}

func opError(op, addr string, errno sys.Errno) error {
	return &Error{Op: op, Addr: addr, Errno: errno}
}
