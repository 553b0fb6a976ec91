package stream

import "context"

// Stopper is a [Handler] that is asked to come to an end when its server shuts
// down, instead of having the connection closed under it: it may finish an
// answer before it calls [Conn.Close].
type Stopper interface {
	Handler
	// Stop is called once, on the loop.
	Stop(c *Conn)
}

// Shutdown stops accepting, closes every connection once it has sent what it
// owes, or has a [Stopper] close it, and waits for that until the context
// ends; then it aborts the rest. It returns the context's error in that case.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop(end)
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
		_ = s.Close()
		return ctx.Err()
	}
}

// end closes a connection in good order.
func end(c *Conn) {
	if !c.begun() {
		return
	}
	if h, ok := c.handler.(Stopper); ok && c.phase == phaseOpen {
		h.Stop(c)
		c.settle()
		return
	}
	c.Close()
}

// Close stops accepting, aborts every connection, and waits until all are
// closed. Not on a loop.
func (s *Server) Close() error {
	s.stop(func(c *Conn) { c.Abort() })
	<-s.empty
	return nil
}

// stop closes the listener and has do called for each connection.
func (s *Server) stop(do func(*Conn)) {
	_ = s.listener.Close()
	s.hub.stop(do)
}
