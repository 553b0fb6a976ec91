//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package fdsock

import "github.com/pollux-net/pollux/internal/sys"

// TCPInfo fails with EOPNOTSUPP: the structures of these systems are not
// decoded here. GetSockOptBytes gives them as bytes.
func (s *Socket) TCPInfo() (TCPInfo, error) {
	return TCPInfo{}, &Error{Op: opGetSockOpt.String(), Errno: sys.EOPNOTSUPP, Text: "TCPInfo is decoded on Linux only"}
}
