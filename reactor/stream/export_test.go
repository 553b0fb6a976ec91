package stream

// ReadsPerTurn is how often one connection may call Data in a turn of its loop.
const ReadsPerTurn = readsPerTurn

// BufferSize is the most that one call of Data gets without a filter.
const BufferSize = bufferSize

// Descriptor returns the connection's.
func (c *Conn) Descriptor() int { return int(c.fd) }

// Requeue has Ready called once more.
func (c *Conn) Requeue() { c.handle.Requeue() }

// Adopt makes a connection of a descriptor.
func (s *Server) Adopt(fd int) { s.hub.open(fd, s.group.Next()) }

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
