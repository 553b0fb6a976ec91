// Package waits counts the calls that wait in package pyselect just now. The
// tests of the packages on it read that: they cannot see it otherwise, and must
// not sleep until it is probably so.
package waits

import "sync/atomic"

// Now is how many there are.
var Now atomic.Int64
