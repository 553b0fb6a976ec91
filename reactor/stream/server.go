package stream

import (
	"errors"
	"net"
)

// Server accepts connections at any number of listeners. Any goroutine may
// call its methods, but those that wait must not be called on a loop.
type Server struct{ hub }

// NewServer makes a server that does not listen yet: see [Server.Listen] and
// [Server.Adopt]. It must be ended with Close or Shutdown.
func NewServer(config Config) (*Server, error) {
	if config.Handler == nil {
		return nil, errors.New("stream: Config.Handler is required")
	}
	s := new(Server)
	if err := s.init(config); err != nil {
		return nil, err
	}
	return s, nil
}

// Serve listens on a TCP address, "127.0.0.1:0" for example, and serves until
// Close or Shutdown: NewServer and Listen in one.
func Serve(addr string, config Config) (*Server, error) {
	s, err := NewServer(config)
	if err != nil {
		return nil, err
	}
	if _, err := s.Listen("tcp", addr); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// Addr returns the address of the first listener, nil before there is one.
func (s *Server) Addr() net.Addr {
	if all := s.Addrs(); len(all) > 0 {
		return all[0]
	}
	return nil
}

// Addrs returns the addresses the server has been made to listen on, in that
// order, also when it has been shut down.
func (s *Server) Addrs() []net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]net.Addr(nil), s.addrs...)
}
