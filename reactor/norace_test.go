//go:build !race

package reactor

// Race says that the race detector is on: it makes code slower, and allocate.
const Race = false
