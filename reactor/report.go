package reactor

import (
	"net/netip"
	"strconv"

	"github.com/pollux-net/pollux/internal/sys"
)

// report describes the handle for an [OpenHandlesError].
func (h *Handle) report() OpenHandle {
	r := OpenHandle{FD: int(h.fd), Kind: h.origin.kind, Created: h.origin.created}
	if _, ok := h.Acquire(); ok {
		r.Local = address(sys.Getsockname(int(h.fd)))
		r.Peer = address(sys.Getpeername(int(h.fd)))
		h.Release()
	}
	return r
}

// address writes an address for people, "" for none.
func address(sa sys.Sockaddr, errno sys.Errno) string {
	switch {
	case errno != 0:
		return ""
	case sa.Family == sys.AF_UNIX && sa.Path != "":
		return strconv.Quote(sa.Path)
	case sa.Family == sys.AF_INET || sa.Family == sys.AF_INET6:
		return netip.AddrPortFrom(sa.Addr, sa.Port).String()
	}
	return ""
}
