package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

var (
	errNegative = errors.New("frame: length is negative")
	errVarint   = errors.New("frame: length is no varint of 64 bits")
)

// Length are frames that say in a header how long they are:
//
//	| Offset bytes | length, Size bytes | what remains |
//
// Zero fields take the defaults.
type Length struct {
	// Size of the length in bytes: 1, 2, 4 or 8. 4.
	Size int
	// Order of its bytes. binary.BigEndian.
	Order binary.ByteOrder
	// Offset is how many bytes of header precede the length.
	Offset int
	// Adjust is added to the length to give how many bytes follow it: for
	// a length that counts the whole frame, -(Offset + Size).
	Adjust int
	// Limit is how long a frame may be with its header, in bytes.
	// DefaultLimit.
	Limit int
	// Header leaves the header in the frame.
	Header bool
}

// Split implements [Splitter].
func (l *Length) Split(p []byte) ([]byte, int, error) {
	head, err := l.head()
	if err != nil || len(p) < head {
		return nil, 0, err
	}
	value := l.get(p[l.Offset:])
	if value > math.MaxInt64-math.MaxInt32 { // so that adding Adjust cannot overflow
		return nil, 0, ErrTooLong
	}
	rest := int64(value) + int64(l.Adjust)
	switch {
	case rest < 0:
		return nil, 0, errNegative
	case rest > int64(limitOr(l.Limit)-head):
		return nil, 0, ErrTooLong
	case int64(len(p)-head) < rest:
		return nil, 0, nil
	}
	end := head + int(rest)
	if l.Header {
		return p[:end:end], end, nil
	}
	return p[head:end:end], end, nil
}

// Append appends the frame of a payload to dst. With an Offset or Header, the
// payload starts with the header's Offset bytes.
func (l *Length) Append(dst, payload []byte) ([]byte, error) {
	head, err := l.head()
	if err != nil {
		return dst, err
	}
	if len(payload) < l.Offset {
		return dst, fmt.Errorf("frame: a payload of %d bytes has no header of %d", len(payload), l.Offset)
	}
	rest := len(payload) - l.Offset
	value := int64(rest) - int64(l.Adjust)
	switch {
	case rest > limitOr(l.Limit)-head, l.size() < 8 && value >= 1<<(8*l.size()):
		return dst, ErrTooLong
	case value < 0:
		return dst, errNegative
	}
	dst = append(dst, payload[:l.Offset]...)
	dst = l.put(dst, uint64(value))
	return append(dst, payload[l.Offset:]...), nil
}

// head returns how long the header is.
func (l *Length) head() (int, error) {
	switch l.size() {
	case 1, 2, 4, 8:
	default:
		return 0, fmt.Errorf("frame: a length of %d bytes", l.Size)
	}
	if l.Offset < 0 || l.Offset > math.MaxInt32-8 || l.Adjust < math.MinInt32 || l.Adjust > math.MaxInt32 {
		return 0, fmt.Errorf("frame: offset %d, adjustment %d", l.Offset, l.Adjust)
	}
	return l.Offset + l.size(), nil
}

func (l *Length) size() int {
	if l.Size == 0 {
		return 4
	}
	return l.Size
}

func (l *Length) order() binary.ByteOrder {
	if l.Order == nil {
		return binary.BigEndian
	}
	return l.Order
}

func (l *Length) get(p []byte) uint64 {
	switch l.size() {
	case 1:
		return uint64(p[0])
	case 2:
		return uint64(l.order().Uint16(p))
	case 4:
		return uint64(l.order().Uint32(p))
	default:
		return l.order().Uint64(p)
	}
}

func (l *Length) put(dst []byte, v uint64) []byte {
	var b [8]byte
	switch l.size() {
	case 1:
		b[0] = byte(v)
	case 2:
		l.order().PutUint16(b[:], uint16(v))
	case 4:
		l.order().PutUint32(b[:], uint32(v))
	default:
		l.order().PutUint64(b[:], v)
	}
	return append(dst, b[:l.size()]...)
}

// Varint are frames after their length as an unsigned varint, as Protocol
// Buffers write delimited messages. Limit is how long a frame may be without
// it, 0 is DefaultLimit.
type Varint struct{ Limit int }

// Split implements [Splitter].
func (v *Varint) Split(p []byte) ([]byte, int, error) {
	value, head := binary.Uvarint(p)
	switch {
	case head < 0:
		return nil, 0, errVarint
	case head == 0:
		if len(p) >= binary.MaxVarintLen64 {
			return nil, 0, errVarint
		}
		return nil, 0, nil
	case value > uint64(limitOr(v.Limit)):
		return nil, 0, ErrTooLong
	case uint64(len(p)-head) < value:
		return nil, 0, nil
	}
	end := head + int(value)
	return p[head:end:end], end, nil
}

// Append appends the frame of a payload to dst.
func (v *Varint) Append(dst, payload []byte) ([]byte, error) {
	if len(payload) > limitOr(v.Limit) {
		return dst, ErrTooLong
	}
	dst = binary.AppendUvarint(dst, uint64(len(payload)))
	return append(dst, payload...), nil
}
