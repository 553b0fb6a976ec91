package frame

import (
	"errors"
	"fmt"
)

// ErrTooLong is a frame longer than the splitter's limit. Nothing that follows
// it can be understood.
var ErrTooLong = errors.New("frame: too long")

// DefaultLimit is the limit of splitters whose Limit is 0, in bytes.
const DefaultLimit = 64 << 10

// Splitter finds frames. It may keep state between calls, and so belongs to
// one stream.
type Splitter interface {
	// Split looks for one frame at the start of p. It returns the frame, a
	// part of p, and how many bytes of p it takes with what surrounds it;
	// taken is 0 while the frame is not complete. Bytes that it did not take
	// are at the start of the next call's p. An error is final.
	Split(p []byte) (frame []byte, taken int, err error)
}

// Each calls fn with every complete frame at the start of p, until fn returns
// false, and returns how many bytes they took. An error comes after the frames
// before it.
func Each(s Splitter, p []byte, fn func(frame []byte) bool) (used int, err error) {
	for used < len(p) {
		f, taken, err := s.Split(p[used:])
		if err != nil || taken == 0 {
			return used, err
		}
		used += taken
		if !fn(f) {
			break
		}
	}
	return used, nil
}

// Fixed are frames of one size in bytes, at least 1.
type Fixed int

// Split implements [Splitter].
func (f Fixed) Split(p []byte) ([]byte, int, error) {
	switch n := int(f); {
	case n < 1:
		return nil, 0, fmt.Errorf("frame: fixed size of %d", n)
	case len(p) < n:
		return nil, 0, nil
	default:
		return p[:n:n], n, nil
	}
}

// Append appends payload, which must have the size.
func (f Fixed) Append(dst, payload []byte) ([]byte, error) {
	if len(payload) != int(f) {
		return dst, fmt.Errorf("frame: %d bytes in a frame of %d", len(payload), int(f))
	}
	return append(dst, payload...), nil
}

// limitOr returns the limit that is in force.
func limitOr(limit int) int {
	if limit <= 0 {
		return DefaultLimit
	}
	return limit
}
