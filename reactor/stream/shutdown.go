package stream

import (
	"context"
	"fmt"
	"sync/atomic"
)

// Stopper is a [Handler] that is asked to come to an end when its server shuts
// down, instead of having the connection closed under it: it may finish an
// answer before it calls [Conn.Close].
type Stopper interface {
	Handler
	// Stop is called once, on the loop.
	Stop(c *Conn)
}

// ShutdownError says that Shutdown did not come to a good end.
type ShutdownError struct {
	Aborted int   // connections that had not finished and were ended
	Err     error // why: the context's error, or ErrLinger if it has not ended
}

// Error implements error.
func (e *ShutdownError) Error() string {
	return fmt.Sprintf("stream: shutdown aborted %d connections: %v", e.Aborted, e.Err)
}

// Unwrap returns the reason.
func (e *ShutdownError) Unwrap() error { return e.Err }

// Shutdown stops accepting and dialing, closes every connection once it has
// sent what it owes, or has a [Stopper] close it, and waits for that until the
// context ends; then it aborts the rest and says how many in
// a [*ShutdownError]. A peer that takes its time has it meanwhile; one that
// takes nothing for Config.Linger is given up, and counts. Connections that wait in the backlog are refused: the
// kernel resets them. It may be called again, and so may Close, before, after
// and meanwhile: what is closed stays so. Any goroutine, but not on a loop.
func (h *hub) Shutdown(ctx context.Context) error {
	h.draining.Store(true)
	h.stop(end)
	aborted, reason := 0, ErrLinger
	select {
	case <-h.empty:
	case <-ctx.Done():
		if aborted = h.abort(); aborted > 0 {
			reason = ctx.Err()
		}
	}
	if n := aborted + int(h.givenUp.Swap(0)); n > 0 {
		return &ShutdownError{Aborted: n, Err: reason}
	}
	return nil
}

// Close stops accepting and dialing, aborts every connection, and waits until
// all are closed. It may be called again. Any goroutine, but not on a loop.
func (h *hub) Close() error {
	h.abort()
	return nil
}

// abort aborts every connection and returns how many it were.
func (h *hub) abort() int {
	var n atomic.Int64
	h.stop(func(c *Conn) {
		if c.phase != phaseClosed {
			n.Add(1)
			c.Abort()
		}
	})
	<-h.empty
	return int(n.Load())
}

// end closes a connection in good order.
func end(c *Conn) {
	if !c.begun() {
		return
	}
	if s, ok := c.handler.(Stopper); ok && c.phase == phaseOpen {
		if c.more().stopped {
			return
		}
		c.more().stopped = true
		s.Stop(c)
		c.settle()
		return
	}
	c.Close()
}
