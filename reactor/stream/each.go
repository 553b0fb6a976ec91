package stream

import (
	"errors"

	"github.com/pollux-net/pollux/reactor"
)

// eachBatch is how many connections Each looks after before others' tasks come.
const eachBatch = 32

// Conns returns how many connections there are. Any goroutine.
func (h *hub) Conns() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.conns.n
}

// Each has do called for every connection that is open, on its loop: for a
// broadcast, for example. It returns at once; connections that come later are
// left out, and so are those that have begun to close when it is their turn.
// Any goroutine.
func (h *hub) Each(do func(*Conn)) {
	h.mu.Lock()
	lists := make(map[*loop][]*Conn)
	for c := range h.conns.all() {
		lists[c.loop] = append(lists[c.loop], c)
	}
	h.mu.Unlock()
	for l, list := range lists {
		l.each(list, do)
	}
}

// each works through a list in tasks of the loop.
func (l *loop) each(list []*Conn, do func(*Conn)) {
	l.post(func() {
		n := min(len(list), eachBatch)
		for _, c := range list[:n] {
			if c.phase == phaseOpen {
				do(c)
				c.settle()
			}
		}
		if n < len(list) {
			l.each(list[n:], do)
		}
	})
}

// post is Post that does not fail because of a full queue. It reports whether
// fn will be called. Any goroutine.
func (l *loop) post(fn func()) bool {
	err := l.Post(fn)
	if errors.Is(err, reactor.ErrQueueFull) {
		l.After(0, fn)
		return true
	}
	return err == nil
}
