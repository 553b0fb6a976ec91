package stream

import (
	"net"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

const (
	backlog = 1024
	// acceptsPerTurn and readsPerTurn bound what one descriptor may take of a
	// loop's turn.
	acceptsPerTurn = 64
	readsPerTurn   = 4
	bufferSize     = 64 << 10
	// acceptPause is how long the listener rests when the process is out of
	// descriptors or memory.
	acceptPause = 50 * time.Millisecond
)

// Server accepts connections. Any goroutine may call its methods.
type Server struct {
	hub
	listener *reactor.Handle
	fd       int
	addr     net.Addr
	resting  bool // accepting has failed and is tried again soon; the listener's loop owns it
}

// Serve listens on a TCP address, "127.0.0.1:0" for example, and serves until
// Close or Shutdown. The host must be an IP literal, or empty for every
// address.
func Serve(addr string, config Config) (*Server, error) {
	s := new(Server)
	if err := s.init(config); err != nil {
		return nil, err
	}
	if err := s.listen(addr); err != nil {
		return nil, err
	}
	if err := s.listener.SetHandler(s); err != nil {
		_ = s.listener.Close()
		return nil, err
	}
	return s, nil
}

// Addr returns the address the server listens on.
func (s *Server) Addr() net.Addr { return s.addr }

// open makes a connection of an accepted descriptor.
func (s *Server) open(fd int) {
	_ = sys.SetsockoptInt(fd, sys.IPPROTO_TCP, sys.TCP_NODELAY, 1)
	s.hub.open(fd, s.group.Next())
}
