//go:build linux

package sys

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestSockaddrBytes looks at the kernel's form of an IPv6 address, in which
// the port and the flow are in network byte order.
func TestSockaddrBytes(t *testing.T) {
	sa := Sockaddr{Family: AF_INET6, Port: 0x1234, Flow: 0x0a0b0c0d, Scope: 7, Addr: netip.MustParseAddr("fe80::1")}
	var raw unix.RawSockaddrAny
	size, errno := sa.encode(&raw)
	if size != unix.SizeofSockaddrInet6 || errno != 0 {
		t.Fatalf("size %d, %v", size, errno)
	}
	b := (*[unix.SizeofSockaddrInet6]byte)(unsafe.Pointer(&raw))
	if got := [6]byte(b[2:8]); got != [6]byte{0x12, 0x34, 0x0a, 0x0b, 0x0c, 0x0d} {
		t.Errorf("port and flow are %x", got)
	}
	if b[8] != 0xfe || b[9] != 0x80 || b[23] != 1 {
		t.Errorf("the address is %x", b[8:24])
	}
}

// TestSockaddrRoundTrip encodes and decodes random addresses.
func TestSockaddrRoundTrip(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %#x", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 20_000 {
		sa := Sockaddr{Family: AF_INET6, Port: uint16(rnd.Uint32()), Flow: rnd.Uint32(), Scope: rnd.Uint32()}
		var ip [16]byte
		for i := range ip {
			ip[i] = byte(rnd.Uint32())
		}
		sa.Addr = netip.AddrFrom16(ip)
		switch rnd.IntN(3) {
		case 0:
			sa = Sockaddr{Family: AF_INET, Port: sa.Port, Addr: netip.AddrFrom4([4]byte(ip[:4]))}
		case 1:
			path := make([]byte, rnd.IntN(maxUnixPath+1))
			for i := range path {
				path[i] = byte(rnd.Uint32())
			}
			if len(path) > 0 {
				path[0] = 0 // an abstract name may be anything
			}
			sa = Sockaddr{Family: AF_UNIX, Path: string(path)}
		}
		var raw unix.RawSockaddrAny
		size, errno := sa.encode(&raw)
		if errno != 0 {
			t.Fatalf("%+v: %v", sa, errno)
		}
		if got := decode(&raw, size); got != sa {
			t.Fatalf("%+v became %+v", sa, got)
		}
	}
	if got := decode(new(unix.RawSockaddrAny), 0); got != (Sockaddr{}) {
		t.Errorf("no address is %+v", got)
	}
}
