package stream

// outbox is the output that the kernel has not taken yet, in order: a ring of
// chunks, of which it knows the last.
type outbox struct {
	last *chunk
	size int
}

// need returns how much memory p will take.
func (o *outbox) need(p int) int {
	if o.last != nil {
		p -= chunkSize - int(o.last.to)
	}
	return (max(p, 0) + chunkSize - 1) / chunkSize * chunkSize
}

func (o *outbox) add(l *loop, p []byte) {
	o.size += len(p)
	for len(p) > 0 {
		if o.last == nil || o.last.to == chunkSize {
			o.grow(l)
		}
		n := copy(o.last.data[o.last.to:], p)
		o.last.to += int32(n)
		p = p[n:]
	}
}

func (o *outbox) grow(l *loop) {
	c := l.takeChunk()
	if o.last == nil {
		c.next = c
	} else {
		c.next, o.last.next = o.last.next, c
	}
	o.last = c
}

// gather appends what is to be sent next, at most limit pieces.
func (o *outbox) gather(to [][]byte, limit int) [][]byte {
	if o.last == nil {
		return to
	}
	for c := o.last.next; len(to) < limit; c = c.next {
		to = append(to, c.data[c.from:c.to])
		if c == o.last {
			break
		}
	}
	return to
}

// sent drops the first n bytes.
func (o *outbox) sent(l *loop, n int) {
	o.size -= n
	for n > 0 {
		c := o.last.next
		k := min(n, int(c.to-c.from))
		c.from += int32(k)
		n -= k
		if c.from == c.to {
			o.drop(l)
		}
	}
}

func (o *outbox) drop(l *loop) {
	c := o.last.next
	if c == o.last {
		o.last = nil
	} else {
		o.last.next = c.next
	}
	l.putChunk(c)
}

func (o *outbox) release(l *loop) {
	for o.last != nil {
		o.drop(l)
	}
	o.size = 0
}
