package stream

import "context"

// Shutdown stops accepting, closes every connection once it has sent what it
// owes, and waits for that until the context ends; then it aborts the rest.
// It returns the context's error in that case.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop(func(c *Conn) { c.Close() })
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
		_ = s.Close()
		return ctx.Err()
	}
}

// Close stops accepting, aborts every connection, and waits until all are
// closed.
func (s *Server) Close() error {
	s.stop(func(c *Conn) { c.Abort() })
	<-s.empty
	return nil
}

// stop closes the listener and has end called for each connection, on its
// loop.
func (s *Server) stop(end func(*Conn)) {
	_ = s.listener.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c := range s.conns {
		if err := c.loop.Post(func() { end(c) }); err != nil {
			delete(s.conns, c) // its loop has ended, and with it the connection
		}
	}
	s.checkEmpty()
}
