package stream

import (
	"errors"
	"net"
)

// viewHandler is the loop's side of a view.
type viewHandler struct{ n *NetConn }

// Open implements Handler. The addresses are noted, for later the peer may
// have gone.
func (h viewHandler) Open(c *Conn) {
	n := h.n
	n.local, n.remote = known(c, c.LocalAddr()), known(c, c.RemoteAddr())
	if _, ok := c.filter.(HalfCloser); c.filter != nil && !ok {
		n.whole = true
	}
	if n.accepted != nil && !n.accepted(n) {
		c.Abort()
	}
}

// known returns an address that is never nil.
func known(c *Conn, addr net.Addr) net.Addr {
	switch {
	case addr != nil:
		return addr
	case c.handle.Kind() == "unix":
		return &net.UnixAddr{Net: "unix"}
	}
	return &net.TCPAddr{}
}

// Data implements Handler.
func (h viewHandler) Data(c *Conn, p []byte) int {
	n := h.n
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return len(p)
	}
	if n.off > len(n.in)/2 { // what was read must not pile up under a reader that lags
		n.in, n.off = n.in[:copy(n.in, n.in[n.off:])], 0
	}
	n.in = append(n.in, p...)
	if len(n.in)-n.off >= viewInput {
		n.held = true
		c.Pause()
	}
	n.read.cond.Broadcast()
	return len(p)
}

// Drained implements Handler.
func (viewHandler) Drained(*Conn) {}

// EOF implements Handler.
func (h viewHandler) EOF(*Conn) {
	h.n.mu.Lock()
	defer h.n.mu.Unlock()
	h.n.eof = true
	h.n.read.cond.Broadcast()
}

// Stop implements Stopper: what was written is sent, and nothing more can be.
func (h viewHandler) Stop(*Conn) {
	h.n.mu.Lock()
	h.n.broken = net.ErrClosed
	h.n.write.cond.Broadcast()
	h.n.mu.Unlock()
	h.n.farewell()
}

// Close implements Handler.
func (h viewHandler) Close(_ *Conn, err error) {
	n := h.n
	if err == nil || errors.Is(err, ErrAborted) {
		err = net.ErrClosed
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.broken, n.out = err, nil
	n.read.stop()
	n.write.stop()
}

// emptied is called when the kernel has taken all output that was kept.
func (h viewHandler) emptied() { h.n.flush() }

// flush gives the connection what was written, if nothing of before is left:
// so its buffer never comes to the high watermark, at which it would not be
// read, as a net.Conn must be. Loop-only.
func (n *NetConn) flush() {
	c := n.c
	n.mu.Lock()
	n.posted = false
	out, fin := n.out, n.fin
	switch {
	case c.phase != phaseOpen || c.broken || c.out.size > 0:
		n.mu.Unlock()
		return
	case c.holding() > 0: // its handshake's end will call
		n.mu.Unlock()
		return
	}
	n.out = nil
	n.mu.Unlock()
	if len(out) > 0 {
		c.Write(out)
	}
	if fin {
		_ = c.CloseWrite()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.out == nil {
		n.out = reuse(out)
	}
	n.write.cond.Broadcast()
}

// farewell sends the rest and closes. Loop-only.
func (n *NetConn) farewell() {
	n.mu.Lock()
	out := n.out
	n.out = nil
	n.mu.Unlock()
	if n.c.phase == phaseOpen {
		n.c.Write(out)
		n.c.Close()
	}
}

// emptier is a handler that is told when all output is sent.
type emptier interface{ emptied() }

// tellEmpty is called when a flush may have sent everything, and when a filter
// may hold nothing back any more.
func (c *Conn) tellEmpty() {
	if e, ok := c.handler.(emptier); ok && c.phase == phaseOpen && c.out.size == 0 && !c.broken {
		e.emptied()
	}
}
