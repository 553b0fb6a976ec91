// Package eyeballs has the terms of a race of connection attempts, which
// RFC 8305 calls Happy Eyeballs: for sockets that wait and for loops that do
// not.
package eyeballs

import "time"

const (
	// Delay is how long an attempt has to succeed before the next begins: the
	// Connection Attempt Delay of RFC 8305, section 5.
	Delay = 250 * time.Millisecond
	// MinDelay is the least that it may be.
	MinDelay = 10 * time.Millisecond
	// MaxAttempts is how many attempts there are at once.
	MaxAttempts = 8
)

// Interleave orders addresses so that the families take turns, beginning with
// the first one's. Within a family the order stays. There are two families: the
// first one's, and the others. Source: RFC 8305, section 4.
func Interleave[A any, F comparable](list []A, family func(A) F) []A {
	var first, second []A
	for _, a := range list {
		if family(a) == family(list[0]) {
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	all := make([]A, 0, len(list))
	for len(first) > 0 && len(second) > 0 {
		all = append(all, first[0], second[0])
		first, second = first[1:], second[1:]
	}
	return append(append(all, first...), second...)
}
