//go:build race

package sys

import (
	"runtime"
	"unsafe"
)

// The race detector does not see what the kernel does to memory. These
// annotations tell it, as package syscall's do: a transfer reads or writes
// what it has moved of its buffer, and whatever was sent happened before it was received.

var ioSync byte

func wrote(p []byte, n int) {
	runtime.RaceAcquire(unsafe.Pointer(&ioSync))
	if n > 0 && n <= len(p) {
		runtime.RaceWriteRange(unsafe.Pointer(&p[0]), n)
	}
}

// sending comes before a call that takes data.
func sending() { runtime.RaceReleaseMerge(unsafe.Pointer(&ioSync)) }

// sent comes after it: only what the kernel took counts, or the attempts at a
// large transfer would cost the square of its size.
func sent(p []byte, n int) {
	if n > 0 && n <= len(p) {
		runtime.RaceReadRange(unsafe.Pointer(&p[0]), n)
	}
}
