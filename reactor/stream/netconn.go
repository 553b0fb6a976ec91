package stream

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/pollux-net/pollux/internal/clock"
	"github.com/pollux-net/pollux/internal/sys"
)

// What a view keeps at most of either direction. Of the input one more buffer
// of the loop can come; reading goes on when less than a quarter is left.
const (
	viewInput  = 64 << 10
	viewOutput = 32 << 10
	// viewKeep is the largest buffer that an idle view keeps.
	viewKeep = 4 << 10
)

// NetConn is package net's view of a connection: its calls block the goroutine
// that makes them, and nothing else. In between is a bounded buffer for each
// direction, so that Write returns when the bytes are on their way and not
// when the peer has them, and a reader that is slow slows the peer down. All
// methods may be called by any goroutine, but not on a loop.
type NetConn struct {
	c             *Conn
	local, remote net.Addr
	accepted      func(*NetConn) bool // on Open; nil for dials
	whole         bool                // its filter cannot end one direction alone

	mu     sync.Mutex
	read   side
	write  side
	in     []byte // what was received, from off on
	off    int
	held   bool // the peer is not read, for in is full
	eof    bool
	out    []byte // what was written and has not come to the connection
	posted bool   // flush will be called
	busy   bool   // a Write is under way: the bytes of two do not mix
	fin    bool   // CloseWrite was called
	closed bool   // Close was called
	broken error  // why the connection has closed
}

// side is who waits for a direction, and until when.
type side struct {
	cond     sync.Cond
	deadline int64
	alarm    *clock.Alarm
}

func newNetConn(c *Conn, accepted func(*NetConn) bool) *NetConn {
	n := &NetConn{c: c, accepted: accepted}
	n.read = side{cond: sync.Cond{L: &n.mu}, deadline: clock.Never}
	n.write = side{cond: sync.Cond{L: &n.mu}, deadline: clock.Never}
	return n
}

// DialNet is [Client.Dial] for programs that want a net.Conn: it fits
// net/http.Transport.DialContext. A filter of the configuration applies. Any
// goroutine, but not on a loop.
func (h *hub) DialNet(ctx context.Context, network, address string) (net.Conn, error) {
	var n *NetConn
	opts := DialOptions{Filter: h.config.Filter, Handler: func(c *Conn) Handler {
		n = newNetConn(c, nil)
		return viewHandler{n}
	}}
	if _, err := h.DialWith(ctx, network, address, opts); err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	return n, nil
}

// Read implements net.Conn.
func (n *NetConn) Read(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for {
		switch {
		case n.closed:
			return 0, n.opError("read", net.ErrClosed)
		case n.read.expired():
			return 0, n.opError("read", os.ErrDeadlineExceeded)
		case len(p) == 0:
			return 0, nil
		case n.off < len(n.in):
			return n.consume(p), nil
		case n.eof:
			return 0, io.EOF
		case n.broken != nil:
			return 0, n.opError("read", n.broken)
		}
		n.read.cond.Wait()
	}
}

// consume takes input; call with mu held.
func (n *NetConn) consume(p []byte) int {
	k := copy(p, n.in[n.off:])
	if n.off += k; n.off == len(n.in) {
		n.in, n.off = reuse(n.in), 0
	}
	if n.held && len(n.in)-n.off < viewInput/4 {
		n.held = false
		n.c.loop.post(n.c.Resume)
	}
	return k
}

// reuse empties a buffer, and gives a large one up.
func reuse(p []byte) []byte {
	if cap(p) > viewKeep {
		return nil
	}
	return p[:0]
}

// Write implements net.Conn.
func (n *NetConn) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	total, mine := 0, false
	defer func() {
		if mine {
			n.busy = false
			n.write.cond.Broadcast()
		}
	}()
	for {
		if err := n.writable(); err != nil {
			return total, n.opError("write", err)
		}
		if mine = mine || !n.busy; mine {
			n.busy = true
			k := min(len(p)-total, viewOutput-len(n.out))
			n.out = append(n.out, p[total:total+k]...)
			total += k
			n.schedule()
			if total == len(p) {
				return total, nil
			}
		}
		n.write.cond.Wait()
	}
}

// writable tells why nothing can be written; call with mu held.
func (n *NetConn) writable() error {
	switch {
	case n.closed:
		return net.ErrClosed
	case n.write.expired():
		return os.ErrDeadlineExceeded
	case n.broken != nil:
		return n.broken
	case n.fin:
		return sys.EPIPE
	}
	return nil
}

// schedule has flush called; call with mu held.
func (n *NetConn) schedule() {
	if n.posted || len(n.out) == 0 {
		return
	}
	n.posted = n.c.loop.post(n.flush)
	if !n.posted && n.broken == nil {
		n.broken = net.ErrClosed
	}
}

// CloseWrite ends our direction when everything is sent; reading goes on. With
// a filter that is no [HalfCloser] it is [ErrHalfClose].
func (n *NetConn) CloseWrite() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return n.opError("close", net.ErrClosed)
	}
	if n.whole {
		return n.opError("close", ErrHalfClose)
	}
	n.fin = true
	n.write.cond.Broadcast()
	if !n.posted {
		n.posted = n.c.loop.post(n.flush)
	}
	return nil
}

// Close implements net.Conn. What was written is sent, within Config.Linger,
// after Close has returned.
func (n *NetConn) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return n.opError("close", net.ErrClosed)
	}
	n.closed = true
	n.read.stop()
	n.write.stop()
	n.in = nil
	n.c.loop.post(n.farewell)
	return nil
}

// LocalAddr implements net.Conn.
func (n *NetConn) LocalAddr() net.Addr { return n.local }

// RemoteAddr implements net.Conn. It is known for as long as the view is.
func (n *NetConn) RemoteAddr() net.Addr { return n.remote }

// Conn returns the connection itself, for its methods that any goroutine may
// call.
func (n *NetConn) Conn() *Conn { return n.c }

// SetDeadline implements net.Conn.
func (n *NetConn) SetDeadline(t time.Time) error { return n.setDeadline(t, &n.read, &n.write) }

// SetReadDeadline implements net.Conn.
func (n *NetConn) SetReadDeadline(t time.Time) error { return n.setDeadline(t, &n.read) }

// SetWriteDeadline implements net.Conn.
func (n *NetConn) SetWriteDeadline(t time.Time) error { return n.setDeadline(t, &n.write) }

func (n *NetConn) setDeadline(t time.Time, sides ...*side) error {
	deadline := clock.Of(t)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return n.opError("set", net.ErrClosed)
	}
	for _, s := range sides {
		s.set(deadline)
	}
	return nil
}

// set changes the deadline and wakes everybody, to look at it.
func (s *side) set(deadline int64) {
	s.deadline = deadline
	if s.alarm != nil {
		s.alarm.Stop()
	}
	if deadline != clock.Never && !s.expired() {
		if s.alarm == nil {
			a := clock.NewAlarm(s.ring)
			s.alarm = &a
		}
		s.alarm.Set(deadline)
	}
	s.cond.Broadcast()
}

func (s *side) ring() {
	s.cond.L.Lock()
	defer s.cond.L.Unlock()
	s.cond.Broadcast()
}

func (s *side) expired() bool { return s.deadline != clock.Never && clock.Now() >= s.deadline }

// stop ends all waiting.
func (s *side) stop() {
	if s.alarm != nil {
		s.alarm.Stop()
	}
	s.cond.Broadcast()
}

func (n *NetConn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: n.local.Network(), Source: n.local, Addr: n.remote, Err: err}
}
