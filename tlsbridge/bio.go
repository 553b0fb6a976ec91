package tlsbridge

import (
	"errors"
	"sync"
)

// MemoryBIO is Python's ssl.MemoryBIO: a queue of bytes in memory, which
// stands for one direction of a transport. The zero value is empty and ready.
// Any goroutine may call its methods.
//
// It grows with what is written and not read; bounding that is the business of
// whoever moves the bytes.
type MemoryBIO struct {
	mu    sync.Mutex
	data  []byte
	from  int // how much of data has been read
	ended bool
}

// keepBIO is how much memory an empty MemoryBIO keeps.
const keepBIO = 64 << 10

var errBIOEnded = errors.New("cannot write() after write_eof()")

// Write appends a copy of p, all of it. After WriteEOF it fails.
func (b *MemoryBIO) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return 0, &Error{Kind: KindSSL, Op: "write", Err: errBIOEnded}
	}
	b.append(p)
	return len(p), nil
}

func (b *MemoryBIO) append(p []byte) {
	if b.from > 0 && len(b.data)+len(p) > cap(b.data) {
		n := copy(b.data, b.data[b.from:])
		b.data, b.from = b.data[:n], 0
	}
	b.data = append(b.data, p...)
}

// Read removes and returns at most n bytes, all there are if n is negative.
// They are the caller's. An empty result says that there is nothing now, or,
// if EOF, ever.
func (b *MemoryBIO) Read(n int) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if there := len(b.data) - b.from; n < 0 || n > there {
		n = there
	}
	p := make([]byte, n)
	b.take(p)
	return p
}

// ReadInto is Read into p; it returns how many bytes came.
func (b *MemoryBIO) ReadInto(p []byte) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.take(p)
}

func (b *MemoryBIO) take(p []byte) int {
	n := copy(p, b.data[b.from:])
	b.from += n
	if b.from == len(b.data) {
		b.data, b.from = b.data[:0], 0
		if cap(b.data) > keepBIO {
			b.data = nil
		}
	}
	return n
}

// WriteEOF says that nothing will follow what was written.
func (b *MemoryBIO) WriteEOF() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
}

// Pending returns how many bytes there are to read.
func (b *MemoryBIO) Pending() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.data) - b.from
}

// EOF reports whether all has been read that will ever come.
func (b *MemoryBIO) EOF() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ended && b.from == len(b.data)
}
