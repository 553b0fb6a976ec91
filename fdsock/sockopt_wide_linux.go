//go:build linux

package fdsock

import (
	"encoding/binary"

	"github.com/pollux-net/pollux/internal/sys"
)

// wideOption reports whether the integers of a level have 64 bits, as those of
// vsock do, see vsock(7).
func wideOption(level int) bool { return level == AF_VSOCK }

func getWide(fd, level, name int) (int, Errno) {
	var p [8]byte
	_, errno := sys.GetsockoptBytes(fd, level, name, p[:])
	return int(binary.NativeEndian.Uint64(p[:])), errno
}

func setWide(fd, level, name, value int) Errno {
	return sys.SetsockoptBytes(fd, level, name, binary.NativeEndian.AppendUint64(nil, uint64(value)), 0)
}
