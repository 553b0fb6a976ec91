package fdsock

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
)

// DialOptions are the optional arguments of CreateConnection.
type DialOptions struct {
	// Timeout is for each attempt, and stays the socket's. 0 means the default
	// timeout.
	Timeout time.Duration
	// Source is the local address to bind to, if it is not nil.
	Source Addr
	// AllErrors joins the errors of every attempt; without it the last is
	// returned.
	AllErrors bool
}

// CreateConnection connects to a host and port, trying its addresses one
// after the other: socket.create_connection.
func CreateConnection(host string, port int, opts DialOptions) (*Socket, error) {
	infos, err := GetAddrInfo(context.Background(), host, strconv.Itoa(port), Hints{Type: SOCK_STREAM})
	if err != nil {
		return nil, err
	}
	var failures []error
	for _, info := range infos {
		s, err := dial(info, opts)
		if err == nil {
			return s, nil
		}
		failures = append(failures, err)
	}
	if opts.AllErrors {
		return nil, errors.Join(failures...)
	}
	return nil, failures[len(failures)-1]
}

func dial(info AddrInfo, opts DialOptions) (*Socket, error) {
	s, err := New(info.Family, info.Type, info.Proto)
	if err != nil {
		return nil, err
	}
	if opts.Timeout != 0 {
		s.SetTimeout(opts.Timeout)
	}
	if opts.Source != nil {
		err = s.Bind(opts.Source)
	}
	if err == nil {
		err = s.Connect(info.Addr)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// ServerOptions are the optional arguments of CreateServer.
type ServerOptions struct {
	// Family is AF_INET (also if it is 0) or AF_INET6.
	Family int
	// Backlog is Listen's; 0 means its default.
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
	if opts.DualStack && opts.Family != AF_INET6 {
		return nil, &ValueError{"dualstack_ipv6 requires AF_INET6 family"}
	}
	if opts.DualStack && !HasDualStackIPv6() {
		return nil, &ValueError{"dualstack_ipv6 not supported on this platform"}
	}
	s, err := New(opts.Family, SOCK_STREAM, 0)
	if err != nil {
		return nil, err
	}
	if err := s.serve(Inet(host, port), opts); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Socket) serve(addr InetAddr, opts ServerOptions) error {
	if err := s.SetSockOpt(SOL_SOCKET, SO_REUSEADDR, 1); err != nil {
		return err
	}
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
		return fmt.Errorf("%w (while attempting to bind on address %v)", err, addr)
	}
	if opts.Backlog > 0 {
		return s.Listen(opts.Backlog)
	}
	return s.Listen()
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
