package tlsbridge

import (
	"encoding/binary"
	"sync"
)

const (
	headerSize = 5
	// bodySize is the most that a record may hold: RFC 5246 section 6.2.3
	// allows 2048 bytes of expansion.
	bodySize = 16384 + 2048
)

type (
	recordBuffer [headerSize + bodySize]byte
	aheadBuffer  [aheadSize]byte
)

// records are buffers for one record.
var records = sync.Pool{New: func() any { return new(recordBuffer) }}

// aheads are buffers for what ReadAhead receives at once.
var aheads = sync.Pool{New: func() any { return new(aheadBuffer) }}

const aheadSize = 64 << 10

// frames follows the framing of received records, so that never a byte past
// the present one is read.
type frames struct {
	header [headerSize]byte
	have   int // bytes of the header that have come
	body   int // bytes of the body still to come
	last   int // length of the body of the latest header
}

// smallSize is how long a record is, with its header, that is worth a look at
// the whole of it before it is received.
const smallSize = 2 << 10

// small reports whether the next byte begins a record, and the one before it
// was small.
func (f *frames) small() bool {
	return f.have == 0 && f.body == 0 && f.last > 0 && f.last <= smallSize-headerSize
}

// firstRecord returns how much of p belongs to the record that it begins with.
// Of one that TLS does not have that is the header.
func firstRecord(p []byte) int {
	if len(p) <= headerSize {
		return len(p)
	}
	var f frames
	f.took(p[:headerSize])
	if !f.plausible() {
		return headerSize
	}
	return min(len(p), headerSize+f.body)
}

// want returns how many bytes the present header or body lacks.
func (f *frames) want() int {
	if f.body > 0 {
		return min(f.body, bodySize)
	}
	return headerSize - f.have
}

// due reports whether it is time to look at what has come: a whole record, or
// a header that TLS does not have, on whose body nobody should wait.
func (f *frames) due() bool { return f.have == 0 && (f.body == 0 || !f.plausible()) }

// plausible looks at the type, the version and the length.
func (f *frames) plausible() bool {
	return f.header[0] >= 20 && f.header[0] <= 24 && f.header[1] == 3 && f.body <= bodySize
}

// took follows received bytes, of one record at most.
func (f *frames) took(p []byte) {
	if f.body == 0 {
		n := copy(f.header[f.have:], p)
		f.have += n
		p = p[n:]
		if f.have < headerSize {
			return
		}
		f.body = int(binary.BigEndian.Uint16(f.header[3:]))
		f.have, f.last = 0, f.body
	}
	f.body -= len(p)
}
