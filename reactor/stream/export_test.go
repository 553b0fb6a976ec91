package stream

import "github.com/pollux-net/pollux/reactor"

// ReadsPerTurn is how often one connection may call Data in a turn of its loop.
const ReadsPerTurn = readsPerTurn

// BufferSize is the most that one call of Data gets without a filter.
const BufferSize = bufferSize

// Descriptor returns a connection's descriptor. Loop-only.
func Descriptor(c *Conn) int { return int(c.fd) }

// LoopOf returns a connection's loop. Any goroutine.
func LoopOf(c *Conn) *reactor.Loop { return c.loop.Loop }

// Subscriber is whom a connection counts to.
var Subscriber = subscriber

// Requeue has Ready called once more.
func (c *Conn) Requeue() { c.handle.Requeue() }

// StartWithout starts a connection whose handler is made so.
func StartWithout(factory func(*Conn) Handler) {
	h := &hub{config: Config{Handler: factory}}
	c := &Conn{loop: &loop{shared: shared{hub: h}}, peer: endpoint{family: 1}}
	c.start()
}

// LoopNow is the time of the loop's turn.
func (c *Conn) LoopNow() int64 { return c.loop.Now() }

// DataPerTurn is how often a connection may call Data in a turn.
const DataPerTurn = dataPerTurn

// FlushPerTurn is how much of what is owed is sent in a turn.
const FlushPerTurn = flushPerTurn

// Retry sends what is owed as if an edge had come.
func (c *Conn) Retry() { c.flush() }

// Open makes a connection of a descriptor.
func Open(s *Server, fd int) { s.open(fd, "tcp", s.group.Next(), ticket{}) }

// Room returns how many bytes of input a view holds, and has memory for.
func (n *NetConn) Room() (held, room int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.in) - n.off, cap(n.in)
}
