package stream

import "iter"

// register is the set of a hub's connections: a ring through them, as a map's
// entry would cost each some tens of bytes. hub.mu guards it, and the links in
// the connections.
type register struct {
	first *Conn
	n     int
}

// links are a connection's place in the register; nil outside it.
type links struct{ next, prev *Conn }

func (r *register) add(c *Conn) {
	r.n++
	if r.first == nil {
		r.first, c.links = c, links{c, c}
		return
	}
	next, prev := r.first, r.first.links.prev
	c.links = links{next, prev}
	prev.links.next, next.links.prev = c, c
}

// remove takes a connection out, if it is in.
func (r *register) remove(c *Conn) {
	next, prev := c.links.next, c.links.prev
	if next == nil {
		return
	}
	r.n--
	prev.links.next, next.links.prev = next, prev
	if r.first == c {
		r.first = next
	}
	if r.n == 0 {
		r.first = nil
	}
	c.links = links{}
}

// all yields every connection; the one it yields may be removed.
func (r *register) all() iter.Seq[*Conn] {
	return func(yield func(*Conn) bool) {
		c := r.first
		for range r.n {
			next := c.links.next
			if !yield(c) {
				return
			}
			c = next
		}
	}
}
