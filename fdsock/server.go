package fdsock

import (
	"errors"
	"fmt"

	"github.com/pollux-net/pollux/internal/sys"
)

// ServerOptions are the optional arguments of CreateServer.
type ServerOptions struct {
	// Family is AF_INET (also if it is 0) or AF_INET6.
	Family int
	// Backlog is Listen's; 0 means its default, and a negative one counts as
	// none.
	Backlog int
	// ReusePort sets SO_REUSEPORT.
	ReusePort bool
	// DualStack makes an AF_INET6 server accept IPv4 connections too.
	DualStack bool
}

// CreateServer listens on a TCP address: socket.create_server. It sets
// SO_REUSEADDR, and IPV6_V6ONLY on an AF_INET6 socket unless DualStack.
func CreateServer(host string, port int, opts ServerOptions) (*Socket, error) {
	if opts.Family == AF_UNSPEC {
		opts.Family = AF_INET
	}
	if opts.DualStack && !HasDualStackIPv6() {
		return nil, &ValueError{"dualstack_ipv6 not supported on this platform"}
	}
	if opts.DualStack && opts.Family != AF_INET6 {
		return nil, &ValueError{"dualstack_ipv6 requires AF_INET6 family"}
	}
	s, err := New(opts.Family, SOCK_STREAM, 0)
	if err != nil {
		return nil, err
	}
	if err := s.serve(Inet(host, port), opts); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Socket) serve(addr InetAddr, opts ServerOptions) error {
	_ = s.SetSockOpt(SOL_SOCKET, SO_REUSEADDR, 1) // without it Bind may fail, and says so
	if opts.ReusePort {
		if err := s.SetSockOpt(SOL_SOCKET, SO_REUSEPORT, 1); err != nil {
			return err
		}
	}
	if opts.Family == AF_INET6 {
		only := 1
		if opts.DualStack {
			only = 0
		}
		if err := s.SetSockOpt(IPPROTO_IPV6, IPV6_V6ONLY, only); err != nil {
			return err
		}
	}
	if err := s.Bind(addr); err != nil {
		return bindError(addr, err)
	}
	if opts.Backlog != 0 {
		return s.Listen(opts.Backlog)
	}
	return s.Listen()
}

// bindError adds the address to the text of an error, as Python does.
func bindError(addr InetAddr, err error) error {
	where := fmt.Sprintf(" (while attempting to bind on address ('%s', %d))", addr.Host(), addr.Port)
	var e *Error
	if !errors.As(err, &e) || e.Errno == 0 {
		return fmt.Errorf("%w%s", err, where)
	}
	named := *e
	if named.Text == "" {
		named.Text = e.Errno.Error()
	}
	named.Text += where
	return &named
}

// HasDualStackIPv6 reports whether an AF_INET6 socket can accept IPv4
// connections.
func HasDualStackIPv6() bool {
	fd, errno := sys.Socket(AF_INET6, SOCK_STREAM, 0)
	if errno != 0 {
		return false
	}
	defer sys.Close(fd)
	return sys.SetsockoptInt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) == 0
}
