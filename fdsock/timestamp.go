package fdsock

import (
	"encoding/binary"
	"time"
)

// Timestamps is when a datagram arrived or, from the error queue, was sent.
type Timestamps struct {
	Software time.Time // by the system's clock
	Hardware time.Time // by the clock of the network card, zero if it has none
}

// Timestamps decodes a piece of ancillary data that [TimestampOn], or on Linux
// [TimestampNS] or [Timestamping], has asked for; ok is false for any other.
// See the kernel's networking/timestamping.rst.
func (c ControlMessage) Timestamps() (t Timestamps, ok bool) {
	if c.Level != SOL_SOCKET {
		return t, false
	}
	switch kind, known := timestampTypes[c.Type]; {
	case !known:
		return t, false
	case kind != stampTriple:
		sec, part, ok := decodeTime(c.Data)
		if kind == stampMicro {
			part *= 1000
		}
		return Timestamps{Software: instant(sec, part)}, ok
	}
	one := len(c.Data) / 3 // software, unused, hardware
	sec, ns, ok := decodeTime(c.Data[:one])
	hwSec, hwNs, _ := decodeTime(c.Data[2*one:])
	return Timestamps{Software: instant(sec, ns), Hardware: instant(hwSec, hwNs)}, ok
}

// stamp is the form of a timestamp.
type stamp uint8

const (
	stampMicro  stamp = iota // struct timeval
	stampNano                // struct timespec
	stampTriple              // three of them
)

// instant is a time since 1970; 0 is none.
func instant(sec, ns int64) time.Time {
	if sec == 0 && ns == 0 {
		return time.Time{}
	}
	return time.Unix(sec, ns)
}

// decodeTime reads a struct timeval or timespec, whose length tells how wide
// its parts are.
func decodeTime(p []byte) (sec, part int64, ok bool) {
	switch len(p) {
	case 16:
		sec, part = int64(binary.NativeEndian.Uint64(p)), int64(binary.NativeEndian.Uint64(p[8:]))
		if part < 0 || part >= int64(time.Second) { // 32 bits and padding
			part = int64(binary.NativeEndian.Uint32(p[8:]))
		}
		return sec, part, true
	case 12:
		return int64(binary.NativeEndian.Uint64(p)), int64(binary.NativeEndian.Uint32(p[8:])), true
	case 8:
		return int64(int32(binary.NativeEndian.Uint32(p))), int64(binary.NativeEndian.Uint32(p[4:])), true
	}
	return 0, 0, false
}
