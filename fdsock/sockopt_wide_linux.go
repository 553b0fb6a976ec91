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
	value := binary.NativeEndian.Uint64(p[:])
	if errno == 0 && uint64(int(value)) != value {
		return 0, sys.EOVERFLOW // of 32 bits
	}
	return int(value), errno
}

func setWide(fd, level, name, value int) Errno {
	return sys.SetsockoptBytes(fd, level, name, binary.NativeEndian.AppendUint64(nil, uint64(value)), 0)
}
