//go:build race

package sys

import (
	"runtime"
	"unsafe"
)

// The race detector does not see what the kernel does to memory. These
// annotations tell it, as package syscall's do: a transfer reads or writes
// its buffer, and whatever was sent happened before it was received.

var ioSync byte

func wrote(p []byte, n int) {
	runtime.RaceAcquire(unsafe.Pointer(&ioSync))
	if n > 0 && n <= len(p) {
		runtime.RaceWriteRange(unsafe.Pointer(&p[0]), n)
	}
}

func reading(p []byte) {
	runtime.RaceReleaseMerge(unsafe.Pointer(&ioSync))
	if len(p) > 0 {
		runtime.RaceReadRange(unsafe.Pointer(&p[0]), len(p))
	}
}
