package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// controlHeader is the length of a control message's header, with padding.
var controlHeader = unix.CmsgLen(0)

// CmsgLen returns CMSG_LEN(n): a control message with n bytes of data.
func CmsgLen(n int) int { return unix.CmsgLen(n) }

// CmsgSpace returns CMSG_SPACE(n): the room it takes, with padding.
func CmsgSpace(n int) int { return unix.CmsgSpace(n) }

// AppendControl appends a control message to b.
func AppendControl(b []byte, level, typ int, data []byte) []byte {
	start := len(b)
	b = append(b, make([]byte, unix.CmsgSpace(len(data)))...)
	h := (*unix.Cmsghdr)(unsafe.Pointer(&b[start]))
	h.Level, h.Type = int32(level), int32(typ)
	h.SetLen(unix.CmsgLen(len(data)))
	copy(b[start+controlHeader:], data)
	return b
}

// NextControl splits the first control message off b. The data of one that
// was cut off is what is there of it; ok is false if not even the header is.
func NextControl(b []byte) (level, typ int, data, rest []byte, ok bool) {
	if len(b) < controlHeader {
		return 0, 0, nil, nil, false
	}
	h := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
	length := min(int(h.Len), len(b)) // whatever the header says
	if length < controlHeader {
		return 0, 0, nil, nil, false
	}
	data = b[controlHeader:length]
	rest = b[min(unix.CmsgSpace(length-controlHeader), len(b)):]
	return int(h.Level), int(h.Type), data, rest, true
}
