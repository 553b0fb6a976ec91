package stream

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
)

// inetSockaddr returns the kernel's form of an address, whose zone is the name
// of an interface or its number.
func inetSockaddr(ap netip.AddrPort) (sys.Sockaddr, error) {
	sa := sys.Inet(netip.AddrPortFrom(ap.Addr().WithZone(""), ap.Port()))
	zone := ap.Addr().Zone()
	if zone == "" {
		return sa, nil
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		sa.Scope = uint32(n)
		return sa, nil
	}
	i, err := net.InterfaceByName(zone)
	if err != nil {
		return sa, fmt.Errorf("stream: zone of %v: %w", ap, err)
	}
	sa.Scope = uint32(i.Index)
	return sa, nil
}

// unixSockaddr returns the kernel's form of a Unix address. As in package net
// an @ begins an abstract name, which only Linux has.
func unixSockaddr(name string) sys.Sockaddr {
	if name != "" && name[0] == '@' && runtime.GOOS == "linux" {
		name = "\x00" + name[1:]
	}
	return sys.Sockaddr{Family: sys.AF_UNIX, Path: name}
}

// netAddr returns package net's form of an address.
func netAddr(sa sys.Sockaddr) net.Addr {
	if sa.Family == sys.AF_UNIX {
		name := sa.Path
		if name != "" && name[0] == 0 {
			name = "@" + name[1:]
		}
		return &net.UnixAddr{Net: "unix", Name: name}
	}
	ip := sa.Addr
	if sa.Scope != 0 && ip.Is6() {
		ip = ip.WithZone(strconv.FormatUint(uint64(sa.Scope), 10))
	}
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, sa.Port))
}

// kindOf is the word that reports have for a connection of a family.
func kindOf(family int) string {
	if family == sys.AF_UNIX {
		return "unix"
	}
	return "tcp"
}

// seconds rounds up; 0 is the default, and less is left to the system.
func seconds(d time.Duration, otherwise int) int {
	if d == 0 {
		return otherwise
	}
	return int((d-1)/time.Second) + 1
}

func orElse(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
