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

// took follows received bytes.
func (f *frames) took(p []byte) {
	if f.body > 0 {
		f.body -= len(p)
		return
	}
	f.have += copy(f.header[f.have:], p)
	if f.have == headerSize {
		f.have, f.body = 0, int(binary.BigEndian.Uint16(f.header[3:]))
	}
}
