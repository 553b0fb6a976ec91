package stream

import (
	"math/bits"

	"github.com/pollux-net/pollux/internal/sys"
)

// What a loop keeps for reuse, at most.
const (
	spareChunks = 64        // of output: 1 MiB
	spareBytes  = 256 << 10 // of input blocks, in each class, or one block
	leastBlock  = 1 << 10
	classes     = 12 // the largest block that is kept: 2 MiB
)

// chunkSize is a chunk's room: 16 KiB with what else it has.
const chunkSize = 16<<10 - 16

// chunk is a piece of output that waits for the kernel.
type chunk struct {
	next     *chunk
	from, to int32 // what of data is owed
	data     [chunkSize]byte
}

// block is input that the handler has not used up: buf[from:to].
type block struct {
	next     *block
	buf      []byte // its capacity is a power of two
	from, to int
}

func (b *block) bytes() []byte { return b.buf[b.from:b.to] }

// shared is what the connections of a hub on one loop have in common besides
// the loop. Loop-only, but for the counters.
type shared struct {
	hub    *hub
	counts counters

	chunks  *chunk // to be used again
	nChunks int
	blocks  [classes]*block
	nBlocks [classes]int

	offer   offer       // the call of Handler.Data in progress
	message sys.Message // for gathered output
	dirty   []*Conn     // what is to be done at the end of the turn, see touch
	sweeper func()      // sweep
	starved []*Conn     // not read because of MaxBuffered

	splices int    // SpliceFroms under way
	pipes   []pipe // of theirs, empty
}

// grows reports whether n more bytes may be held.
func (l *loop) grows(n int) bool { return l.held()+int64(n) <= l.hub.config.MaxBuffered }

func (l *loop) held() int64 { return l.counts.buffered.Load() }

// hold notes n more bytes of memory, or less, and has connections read again
// that had to wait for some.
func (l *loop) hold(n int) {
	l.counts.buffered.Add(int64(n))
	if n >= 0 || len(l.starved) == 0 || l.held() > l.hub.config.MaxBuffered/4*3 {
		return
	}
	for i, c := range l.starved {
		l.starved[i] = nil
		c.starved = false
		c.rested()
		c.handle.Requeue()
	}
	l.starved = l.starved[:0]
}

func (l *loop) takeChunk() *chunk {
	l.hold(chunkSize)
	c := l.chunks
	if c == nil {
		return new(chunk)
	}
	l.chunks, c.next = c.next, nil
	l.nChunks--
	return c
}

func (l *loop) putChunk(c *chunk) {
	l.hold(-chunkSize)
	if l.nChunks >= spareChunks {
		return
	}
	c.from, c.to, c.next = 0, 0, l.chunks
	l.chunks = c
	l.nChunks++
}

// blockSize is the size of the block for n bytes.
func blockSize(n int) int { return leastBlock << blockClass(n) }

func blockClass(n int) int {
	if n <= leastBlock {
		return 0
	}
	return bits.Len(uint(n-1) / leastBlock)
}

func (l *loop) takeBlock(n int) *block {
	class, size := blockClass(n), blockSize(n)
	l.hold(size)
	if class >= classes || l.blocks[class] == nil {
		return &block{buf: make([]byte, size)}
	}
	b := l.blocks[class]
	l.blocks[class], b.next = b.next, nil
	l.nBlocks[class]--
	return b
}

func (l *loop) putBlock(b *block) {
	size := len(b.buf)
	l.hold(-size)
	class := blockClass(size)
	if class >= classes || l.nBlocks[class] >= max(1, spareBytes/size) {
		return
	}
	b.from, b.to, b.next = 0, 0, l.blocks[class]
	l.blocks[class] = b
	l.nBlocks[class]++
}
