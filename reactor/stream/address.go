package stream

import (
	"net"
	"net/netip"
	"strconv"

	"github.com/pollux-net/pollux/internal/sys"
)

// endpoint is an address in the least room, as every connection has one.
type endpoint struct {
	ip     [16]byte
	scope  uint32
	port   uint16
	family uint16 // 0: not known
}

func makeEndpoint(sa *sys.Sockaddr) endpoint {
	e := endpoint{scope: sa.Scope, port: sa.Port, family: uint16(sa.Family)}
	if sa.Addr.IsValid() {
		e.ip = sa.Addr.As16()
	}
	return e
}

// addr returns the address for others; path is for Unix sockets.
func (e *endpoint) addr(path string) net.Addr {
	switch int(e.family) {
	case 0:
		return nil
	case sys.AF_UNIX:
		return &net.UnixAddr{Name: path, Net: "unix"}
	}
	ip := netip.AddrFrom16(e.ip)
	if int(e.family) == sys.AF_INET {
		ip = ip.Unmap()
	}
	if e.scope != 0 {
		ip = ip.WithZone(strconv.FormatUint(uint64(e.scope), 10))
	}
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, e.port))
}

// meet learns the peer's address while the system still knows it: a connection
// that was reset has none, and Handler.Close may want to name it. Whoever has
// it from accept or connect has set it before.
func (c *Conn) meet() {
	if c.peer.family != 0 {
		return
	}
	if sa, ok := c.ask(sys.Getpeername); ok {
		c.peer = makeEndpoint(&sa)
	}
}

func (c *Conn) ask(get func(int) (sys.Sockaddr, sys.Errno)) (sys.Sockaddr, bool) {
	if _, ok := c.handle.Acquire(); !ok {
		return sys.Sockaddr{}, false
	}
	defer c.handle.Release()
	sa, errno := get(int(c.fd))
	return sa, errno == 0
}

// LocalAddr returns the connection's own address, nil once it is closed; in
// Handler.Close it is still there. Any goroutine.
func (c *Conn) LocalAddr() net.Addr {
	sa, ok := c.ask(sys.Getsockname)
	if !ok {
		return nil
	}
	e := makeEndpoint(&sa)
	return e.addr(sa.Path)
}

// RemoteAddr returns the peer's address, also when the connection is closed;
// nil when the peer had gone before the connection could ask. A Unix socket's
// peer has a name only if it was bound. Any goroutine.
func (c *Conn) RemoteAddr() net.Addr {
	if int(c.peer.family) != sys.AF_UNIX {
		return c.peer.addr("")
	}
	sa, _ := c.ask(sys.Getpeername)
	return c.peer.addr(sa.Path)
}
