package engine

import "sync" //nolint:depguard // sync.Pool does no I/O, and idle engines must own no buffers

// maxPlaintext is the most plaintext a record can carry: RFC 8446 section 5.1.
const maxPlaintext = 16 << 10

// classes are the sizes of pooled memory: a short message, a hello or a packet
// of small records, one record of any size, and a 64 KiB write with its
// framing.
var classes = [...]int{512, 2 << 10, 18 << 10, 72 << 10}

// pools has one pool per class.
var pools [len(classes)]sync.Pool

// block is a piece of memory that a store holds.
type block struct {
	mem   []byte
	class int // index in pools, or -1 for memory of an odd size
}

func newBlock(size int) *block {
	for i, room := range classes {
		if size > room {
			continue
		}
		if b, ok := pools[i].Get().(*block); ok {
			return b
		}
		return &block{mem: make([]byte, room), class: i}
	}
	return &block{mem: make([]byte, size), class: -1}
}

func (b *block) free() {
	if b.class >= 0 {
		pools[b.class].Put(b)
	}
}

// store is a queue of bytes. Its memory comes from a pool and goes back the
// moment the queue is empty, so that an idle connection holds none.
type store struct {
	blk  *block
	data []byte // the queue, a part of blk.mem
}

func (s *store) len() int { return len(s.data) }

func (s *store) append(p []byte) {
	if len(p) == 0 {
		return
	}
	s.reserve(len(p))
	s.data = append(s.data, p...)
}

// reserve makes room for n more bytes.
func (s *store) reserve(n int) {
	need := len(s.data) + n
	if s.blk == nil {
		s.blk = newBlock(need)
		s.data = s.blk.mem[:0]
		return
	}
	if need <= cap(s.data) {
		return
	}
	// Sliding a queue that fills most of its block would copy it again for
	// every few bytes; a larger block makes the copies rare.
	if 2*need <= len(s.blk.mem) {
		s.data = s.blk.mem[:copy(s.blk.mem, s.data)]
		return
	}
	grown := newBlock(max(need, 2*len(s.blk.mem)))
	data := grown.mem[:copy(grown.mem, s.data)]
	s.blk.free()
	s.blk, s.data = grown, data
}

// room empties the store and returns memory of at least n bytes in it; keep
// says what of it is the new queue.
func (s *store) room(n int) []byte {
	s.release()
	s.blk = newBlock(n)
	return s.blk.mem
}

// keep makes the first n bytes of the block the queue.
func (s *store) keep(n int) {
	if n == 0 {
		s.release()
		return
	}
	s.data = s.blk.mem[:n]
}

// take moves bytes from the front of the queue to p.
func (s *store) take(p []byte) int {
	n := copy(p, s.data)
	s.drop(n)
	return n
}

// drop removes n bytes from the front.
func (s *store) drop(n int) {
	s.data = s.data[n:]
	if len(s.data) == 0 {
		s.release()
	}
}

func (s *store) release() {
	if s.blk != nil {
		s.blk.free()
	}
	s.blk, s.data = nil, nil
}
