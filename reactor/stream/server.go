package stream

import (
	"errors"
	"net"
	"sync"
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
	config   Config
	group    *reactor.Group
	listener *reactor.Handle
	fd       int
	addr     net.Addr
	loops    []*loop
	resting  bool // accepting has failed and is tried again soon; the listener's loop owns it

	mu     sync.Mutex
	conns  map[*Conn]struct{}
	closed bool
	empty  chan struct{} // closed when the server is closed and has no connection
}

// loop is what the server's connections on one loop share.
type loop struct {
	*reactor.Loop
	buffer []byte
}

// Serve listens on a TCP address, "127.0.0.1:0" for example, and serves until
// Close or Shutdown. The host must be an IP literal, or empty for every
// address.
func Serve(addr string, config Config) (*Server, error) {
	s, err := newServer(config)
	if err != nil {
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

func newServer(config Config) (*Server, error) {
	if config.Handler == nil {
		return nil, errors.New("stream: Config.Handler is required")
	}
	s := &Server{config: config.withDefaults(), group: config.Group, conns: make(map[*Conn]struct{}), empty: make(chan struct{})}
	if s.group == nil {
		g, err := reactor.Default()
		if err != nil {
			return nil, err
		}
		s.group = g
	}
	for _, l := range s.group.Loops() {
		s.loops = append(s.loops, &loop{Loop: l, buffer: make([]byte, bufferSize)})
	}
	return s, nil
}

// Addr returns the address the server listens on.
func (s *Server) Addr() net.Addr { return s.addr }

// open makes a connection of an accepted descriptor.
func (s *Server) open(fd int) {
	l := s.loops[s.group.Next().Index()]
	_ = sys.SetsockoptInt(fd, sys.IPPROTO_TCP, sys.TCP_NODELAY, 1)
	h, err := l.NewHandle(fd, "tcp")
	if err != nil {
		sys.Close(fd)
		return
	}
	c := &Conn{server: s, loop: l, handle: h, fd: fd}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		_ = h.Close()
		return
	}
	s.conns[c] = struct{}{}
	s.mu.Unlock()
	if err := h.SetHandler(c); err != nil {
		c.later(func() { c.finish(err) })
	}
}

// forget is told by a connection that it has closed.
func (s *Server) forget(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.checkEmpty()
}

func (s *Server) checkEmpty() {
	if !s.closed || len(s.conns) > 0 {
		return
	}
	select {
	case <-s.empty:
	default:
		close(s.empty)
	}
}
