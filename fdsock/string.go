package fdsock

import (
	"fmt"
	"strings"
)

// String describes the socket for people, as repr() does in Python: its
// descriptor, kind and addresses, those that it has. Any goroutine; it asks the
// kernel for the addresses.
func (s *Socket) String() string {
	if s == nil {
		return "<nil>"
	}
	var b strings.Builder
	b.WriteString("<fdsock.Socket")
	fd := s.Fileno()
	if fd < 0 {
		b.WriteString(" [closed]")
	}
	fmt.Fprintf(&b, " fd=%d, family=%d, type=%d, proto=%d", fd, s.family, s.kind, s.proto)
	if name, err := s.GetSockName(); err == nil {
		fmt.Fprintf(&b, ", laddr=%q", name)
	}
	if name, err := s.GetPeerName(); err == nil {
		fmt.Fprintf(&b, ", raddr=%q", name)
	}
	b.WriteString(">")
	return b.String()
}
