package stream

// Why a connection is not read for now, see Conn.away.
const (
	awayOffload = 1 << iota
	awaySplice  // what it is spliced to has no room
)

// Offload has work done on another goroutine, for what would hold up the loop:
// start gets it to run there, a pool's queue for example, and says if it will.
// The peer is not read meanwhile, and then is called on the loop when work has
// returned, unless the connection has closed. Offload reports what start said.
//
// Only one may be under way. Whatever work uses must not be used on the loop
// until then is called; a [Filter] whose Close comes first must leave it to
// work.
func (c *Conn) Offload(start func(work func()) bool, work, then func()) bool {
	if c.away&awayOffload != 0 {
		panic("stream: Offload during an Offload")
	}
	c.away |= awayOffload
	if start(func() {
		work()
		c.later(func() { c.back(then) })
	}) {
		return true
	}
	c.away &^= awayOffload
	return false
}

// back goes on after an Offload.
func (c *Conn) back(then func()) {
	c.away &^= awayOffload
	if c.phase == phaseClosed {
		return
	}
	c.rested()
	then()
	if c.phase != phaseClosed {
		c.handle.Requeue() // input may have waited meanwhile
	}
	c.settle()
}

// Fail closes the connection for a reason of its filter's that comes up outside
// Receive and Send. What is owed, an alert for example, is still sent.
func (c *Conn) Fail(err error) { c.giveUp(err) }
