package stream

import (
	"net"
	"sync"
)

// NetListener is package net's view of a server: Accept returns a [*NetConn]
// for each connection. It carries programs that know nothing of loops, such as
// net/http.Server.
type NetListener struct {
	server *Server
	queue  chan *NetConn

	mu     sync.Mutex
	closed bool
}

// ListenNet listens like [Server.Listen] and returns package net's view.
// Config.Handler is not used. As many connections as Config.Backlog wait for
// Accept; more are reset. With a filter, Accept does not wait for a handshake.
// Each view keeps up to 128 KiB of input and 32 KiB of output for its callers,
// besides what Config.MaxBuffered bounds: Config.MaxConns bounds their sum.
func ListenNet(network, address string, config Config) (*NetListener, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	config.Backlog = config.withDefaults().Backlog
	l := &NetListener{queue: make(chan *NetConn, config.Backlog)}
	config.Handler = func(c *Conn) Handler { return viewHandler{newNetConn(c, l.offer)} }
	var err error
	if l.server, err = NewServer(config); err != nil {
		return nil, err
	}
	if _, err := l.server.Listen(network, address); err != nil {
		_ = l.server.Close()
		return nil, err
	}
	return l, nil
}

// Server returns the server behind the view, whose Close ends the connections
// too. Any goroutine.
func (l *NetListener) Server() *Server { return l.server }

// Addr implements net.Listener. Any goroutine.
func (l *NetListener) Addr() net.Addr { return l.server.Addr() }

// Accept implements net.Listener. Any goroutine, but not on a loop.
func (l *NetListener) Accept() (net.Conn, error) {
	select {
	case n, ok := <-l.queue:
		if ok {
			return n, nil
		}
	case <-l.server.empty: // the server was closed
	}
	return nil, &net.OpError{Op: "accept", Net: l.Addr().Network(), Addr: l.Addr(), Err: net.ErrClosed}
}

// offer has a connection wait for Accept, if there is room.
func (l *NetListener) offer(n *NetConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	select {
	case l.queue <- n:
		return true
	default:
		return false
	}
}

// Close implements net.Listener: nothing is accepted any more, what waits for
// Accept is reset, and what was accepted goes on. Any goroutine.
func (l *NetListener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return &net.OpError{Op: "close", Net: l.Addr().Network(), Addr: l.Addr(), Err: net.ErrClosed}
	}
	l.closed = true
	close(l.queue)
	l.server.refuse()
	for n := range l.queue {
		n.c.loop.post(n.c.Abort)
	}
	return nil
}
