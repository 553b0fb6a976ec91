//go:build linux

package fdsock

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/pollux-net/pollux/internal/sys"
)

// Families that Linux has besides.
const (
	AF_NETLINK = 16
	AF_PACKET  = 17
	AF_VSOCK   = 40
)

// NetlinkAddr is the address of a netlink socket, see netlink(7).
type NetlinkAddr struct{ PID, Groups uint32 }

// Network implements net.Addr.
func (a NetlinkAddr) Network() string { return "netlink" }

// String returns "pid/groups".
func (a NetlinkAddr) String() string { return fmt.Sprintf("%d/%#x", a.PID, a.Groups) }

func (a NetlinkAddr) sockaddr(_ context.Context, family int) (sys.Sockaddr, error) {
	b := binary.NativeEndian.AppendUint16(nil, 0)
	b = binary.NativeEndian.AppendUint32(b, a.PID)
	return exotic(family, AF_NETLINK, binary.NativeEndian.AppendUint32(b, a.Groups))
}

// VsockAddr is the address of a socket between a virtual machine and its
// host, see vsock(7).
type VsockAddr struct{ CID, Port uint32 }

// Network implements net.Addr.
func (a VsockAddr) Network() string { return "vsock" }

// String returns "cid:port".
func (a VsockAddr) String() string { return fmt.Sprintf("%d:%d", a.CID, a.Port) }

func (a VsockAddr) sockaddr(_ context.Context, family int) (sys.Sockaddr, error) {
	b := binary.NativeEndian.AppendUint16(nil, 0)
	b = binary.NativeEndian.AppendUint32(b, a.Port)
	b = binary.NativeEndian.AppendUint32(b, a.CID)
	return exotic(family, AF_VSOCK, append(b, 0, 0, 0, 0))
}

// PacketAddr is a link-layer address, see packet(7). Hardware is the raw
// hardware address, at most 8 bytes.
type PacketAddr struct {
	Interface    string
	Protocol     int // in host byte order
	PacketType   int
	HardwareType int
	Hardware     string
}

// Network implements net.Addr.
func (a PacketAddr) Network() string { return "packet" }

// String returns "interface/protocol".
func (a PacketAddr) String() string { return a.Interface + "/" + strconv.Itoa(a.Protocol) }

func (a PacketAddr) sockaddr(_ context.Context, family int) (sys.Sockaddr, error) {
	if len(a.Hardware) > 8 {
		return sys.Sockaddr{}, &ValueError{"Hardware address must be 8 bytes or less"}
	}
	index, err := IfNameToIndex(a.Interface)
	if err != nil {
		return sys.Sockaddr{}, sys.ENODEV
	}
	b := binary.BigEndian.AppendUint16(nil, uint16(a.Protocol))
	b = binary.NativeEndian.AppendUint32(b, uint32(index))
	b = binary.NativeEndian.AppendUint16(b, uint16(a.HardwareType))
	b = append(b, byte(a.PacketType), byte(len(a.Hardware)))
	b = append(b, a.Hardware...)
	return exotic(family, AF_PACKET, append(b, make([]byte, 8-len(a.Hardware))...))
}

// exotic makes the kernel's address of a family that it fits.
func exotic(family, want int, data []byte) (sys.Sockaddr, error) {
	if family != want {
		return sys.Sockaddr{}, sys.EAFNOSUPPORT
	}
	return sys.Sockaddr{Family: family, Path: string(data)}, nil
}

// fromExotic is the reverse, for the families above and any other.
func fromExotic(sa *sys.Sockaddr) Addr {
	b := []byte(sa.Path)
	word := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
	switch {
	case sa.Family == AF_NETLINK && len(b) >= 10:
		return NetlinkAddr{PID: word(2), Groups: word(6)}
	case sa.Family == AF_VSOCK && len(b) >= 10:
		return VsockAddr{Port: word(2), CID: word(6)}
	case sa.Family == AF_PACKET && len(b) >= 10:
		name, err := IfIndexToName(int(word(2)))
		if err != nil {
			name = ""
		}
		return PacketAddr{
			Interface: name, Protocol: int(binary.BigEndian.Uint16(b)),
			HardwareType: int(binary.NativeEndian.Uint16(b[6:])), PacketType: int(b[8]),
			Hardware: string(b[10:min(10+int(b[9]), len(b))]),
		}
	}
	return RawAddr{Family: sa.Family, Data: sa.Path}
}
