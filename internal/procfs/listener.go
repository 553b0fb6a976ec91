package procfs

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrNoListener says that no process of this machine that may be looked at
// listens at an address.
var ErrNoListener = errors.New("no process here is seen to listen there")

// Listener returns the process that listens at a TCP address, or at one that
// covers it; of several the one with the lowest number.
func Listener(addr netip.AddrPort) (pid int, err error) {
	var inodes []string
	for _, table := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile("/proc/net/" + table)
		if errors.Is(err, os.ErrNotExist) {
			continue // a kernel without IPv6
		}
		if err != nil {
			return 0, err
		}
		inodes = append(inodes, tcpListeners(string(text), addr)...)
	}
	return holder(inodes)
}

// UnixListener returns the process that listens at a path.
func UnixListener(path string) (pid int, err error) {
	text, err := os.ReadFile("/proc/net/unix")
	if err != nil {
		return 0, err
	}
	return holder(unixListeners(string(text), path))
}

// listening is the state of a listener in /proc/net/tcp.
const listening = "0A"

// tcpListeners finds the inodes of listeners in /proc/net/tcp or tcp6.
func tcpListeners(table string, addr netip.AddrPort) []string {
	var inodes []string
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 10 || f[3] != listening {
			continue
		}
		local, err := parseHexAddr(f[1])
		if err == nil && local.Port() == addr.Port() && (local.Addr().IsUnspecified() || local.Addr() == addr.Addr().Unmap()) {
			inodes = append(inodes, f[9])
		}
	}
	return inodes
}

// parseHexAddr reads an address as the tables have it: words of four bytes in
// the machine's order, which is little-endian on all that this is used on.
func parseHexAddr(text string) (netip.AddrPort, error) {
	host, port, _ := strings.Cut(text, ":")
	number, err := strconv.ParseUint(port, 16, 16)
	if err != nil || len(host) != 8 && len(host) != 32 {
		return netip.AddrPort{}, fmt.Errorf("address %q", text)
	}
	raw := make([]byte, 0, 16)
	for ; host != ""; host = host[8:] {
		word, err := strconv.ParseUint(host[:8], 16, 32)
		if err != nil {
			return netip.AddrPort{}, fmt.Errorf("address %q: %w", text, err)
		}
		raw = append(raw, byte(word), byte(word>>8), byte(word>>16), byte(word>>24))
	}
	ip, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(ip.Unmap(), uint16(number)), nil
}

// unixListeners finds the inodes of listeners in /proc/net/unix.
func unixListeners(table, path string) []string {
	const accepts = 1 << 16 // __SO_ACCEPTCON
	var inodes []string
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 8 || f[7] != path {
			continue
		}
		if flags, err := strconv.ParseUint(f[3], 16, 64); err == nil && flags&accepts != 0 {
			inodes = append(inodes, f[6])
		}
	}
	return inodes
}

// holder returns the process that has one of the sockets open.
func holder(inodes []string) (pid int, err error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil || pid != 0 && n > pid {
			continue
		}
		if holds(n, inodes) {
			pid = n
		}
	}
	if pid == 0 {
		return 0, ErrNoListener
	}
	return pid, nil
}

// holds reports whether a process has one of the sockets open. Of others'
// processes only root is told.
func holds(pid int, inodes []string) bool {
	dir := procFile(pid, "fd")
	fds, _ := os.ReadDir(dir)
	return slices.ContainsFunc(fds, func(fd os.DirEntry) bool {
		link, err := os.Readlink(filepath.Join(dir, fd.Name()))
		inode, socket := strings.CutPrefix(link, "socket:[")
		return err == nil && socket && slices.Contains(inodes, strings.TrimSuffix(inode, "]"))
	})
}
