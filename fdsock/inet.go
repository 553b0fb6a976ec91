package fdsock

import (
	"encoding/binary"
	"math"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"github.com/pollux-net/pollux/internal/sys"
)

// InetAton packs an IPv4 address in any form of inet_aton(3): one to four
// numbers, decimal, octal (0…) or hexadecimal (0x…), the last of which fills
// what is left; anything may follow after white space.
func InetAton(s string) ([4]byte, error) {
	if i := strings.IndexAny(s, " \t\n\v\f\r"); i > 0 {
		s = s[:i]
	}
	packed, ok := aton(s)
	if !ok {
		return packed, &Error{Op: "inet_aton", Text: "illegal IP address string passed to inet_aton"}
	}
	return packed, nil
}

// aton reads one to four numbers of C's integer syntax.
func aton(s string) (packed [4]byte, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return packed, false
	}
	var value uint64
	for i, part := range parts {
		n, ok := cNumber(part)
		room := uint64(0xff)
		if i == len(parts)-1 {
			room = 1<<(8*(5-len(parts))) - 1
		}
		if !ok || n > room {
			return packed, false
		}
		if i == len(parts)-1 {
			value |= n
		} else {
			value |= n << (8 * (3 - i))
		}
	}
	binary.BigEndian.PutUint32(packed[:], uint32(value))
	return packed, true
}

func cNumber(s string) (uint64, bool) {
	base := 10
	switch {
	case s == "" || s[0] < '0' || s[0] > '9':
		return 0, false
	case strings.HasPrefix(s, "0x"), strings.HasPrefix(s, "0X"):
		s, base = s[2:], 16
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	}
	n, err := strconv.ParseUint(s, base, 64)
	return n, err == nil && !strings.Contains(s, "_")
}

// InetNtoa returns the dotted form of a packed IPv4 address.
func InetNtoa(packed []byte) (string, error) {
	if len(packed) != 4 {
		return "", &Error{Op: "inet_ntoa", Text: "packed IP wrong length for inet_ntoa"}
	}
	return netip.AddrFrom4([4]byte(packed)).String(), nil
}

// InetPton packs an address of the family in its strict form.
func InetPton(family int, s string) ([]byte, error) {
	ip, err := netip.ParseAddr(s)
	switch {
	case family != AF_INET && family != AF_INET6:
		return nil, &Error{Op: "inet_pton", Errno: sys.EAFNOSUPPORT}
	case err != nil || ip.Zone() != "" || ip.Is4() != (family == AF_INET):
		return nil, &Error{Op: "inet_pton", Text: "illegal IP address string passed to inet_pton"}
	}
	return ip.AsSlice(), nil
}

// InetNtop returns the text of a packed address of the family.
func InetNtop(family int, packed []byte) (string, error) {
	size := map[int]int{AF_INET: 4, AF_INET6: 16}[family]
	if size == 0 {
		return "", &ValueError{"unknown address family " + strconv.Itoa(family)}
	}
	if len(packed) != size {
		return "", &ValueError{"invalid length of packed IP address string"}
	}
	ip, _ := netip.AddrFromSlice(packed)
	return ntop(ip), nil
}

// ntop is inet_ntop(3): as netip, but ::a.b.c.d for what used to be
// IPv4-compatible addresses.
func ntop(ip netip.Addr) string {
	b := ip.As16()
	if ip.Is6() && [12]byte(b[:12]) == [12]byte{} && (b[12] != 0 || b[13] != 0) {
		return "::" + netip.AddrFrom4([4]byte(b[12:])).String()
	}
	return ip.String()
}

// bigEndian reports whether the machine has network byte order.
var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// Htons converts a 16-bit number from host to network byte order.
func Htons(x uint16) uint16 {
	if bigEndian {
		return x
	}
	return bits.ReverseBytes16(x)
}

// Ntohs converts a 16-bit number from network to host byte order.
func Ntohs(x uint16) uint16 { return Htons(x) }

// Htonl converts a 32-bit number from host to network byte order.
func Htonl(x uint32) uint32 {
	if bigEndian {
		return x
	}
	return bits.ReverseBytes32(x)
}

// Ntohl converts a 32-bit number from network to host byte order.
func Ntohl(x uint32) uint32 { return Htonl(x) }

// CheckedHtons is Htons for a number of any size: an [OverflowError] when it
// has more than 16 bits or a sign, as socket.htons of Python.
func CheckedHtons(x int) (uint16, error) { return checked16("htons", x) }

// CheckedNtohs is [CheckedHtons] the other way.
func CheckedNtohs(x int) (uint16, error) { return checked16("ntohs", x) }

func checked16(call string, x int) (uint16, error) {
	switch {
	case int64(x) > math.MaxInt32:
		return 0, &OverflowError{"signed integer is greater than maximum"}
	case int64(x) < math.MinInt32:
		return 0, &OverflowError{"signed integer is less than minimum"}
	case x < 0:
		return 0, &OverflowError{call + ": can't convert negative Python int to C 16-bit unsigned integer"}
	case x > math.MaxUint16:
		return 0, &OverflowError{call + ": Python int too large to convert to C 16-bit unsigned integer"}
	}
	return Htons(uint16(x)), nil
}

// CheckedHtonl is Htonl for a number of any size: an [OverflowError] when it
// has more than 32 bits or a sign, as socket.htonl of Python.
func CheckedHtonl(x int) (uint32, error) {
	switch {
	case x < 0:
		return 0, &OverflowError{"can't convert negative value to unsigned int"}
	case uint64(x) > math.MaxUint32:
		return 0, &OverflowError{"int larger than 32 bits"}
	}
	return Htonl(uint32(x)), nil
}

// CheckedNtohl is [CheckedHtonl] the other way.
func CheckedNtohl(x int) (uint32, error) { return CheckedHtonl(x) }

// maxControl bounds CMSG_LEN and CMSG_SPACE, as Python does.
const maxControl = 1<<31 - 1

// CMSGLen returns the length of a control message with n bytes of data.
func CMSGLen(n int) (int, error) {
	if n < 0 || n > maxControl-sys.CmsgLen(0) {
		return 0, &OverflowError{"CMSG_LEN() argument out of range"}
	}
	return sys.CmsgLen(n), nil
}

// CMSGSpace returns the room that a control message with n bytes of data
// takes, padding included: what RecvMsg's ancsize is made of.
func CMSGSpace(n int) (int, error) {
	if n < 0 || n > maxControl-sys.CmsgSpace(1) {
		return 0, &OverflowError{"CMSG_SPACE() argument out of range"}
	}
	return sys.CmsgSpace(n), nil
}
