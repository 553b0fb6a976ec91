package fdsock

import (
	"net"
	"net/netip"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// PacketConn is a datagram or raw socket as a net.PacketConn, and where it is
// connected as a net.Conn. It shares the socket: closing either closes both.
// Its calls wait until its own deadlines, whatever the timeout of the socket.
type PacketConn struct{ Conn }

var (
	_ net.PacketConn = (*PacketConn)(nil)
	_ net.Conn       = (*PacketConn)(nil)
)

// PacketConn returns the socket, which must be of type SOCK_DGRAM or SOCK_RAW,
// as a net.PacketConn. Packages such as golang.org/x/net/ipv4 take it as a
// *net.UDPConn.
func (s *Socket) PacketConn() (*PacketConn, error) {
	if s.kind != SOCK_DGRAM && s.kind != SOCK_RAW {
		return nil, &ValueError{"PacketConn: the socket is not of type SOCK_DGRAM or SOCK_RAW"}
	}
	local, err := s.GetSockName()
	if err != nil {
		return nil, err
	}
	remote, err := s.GetPeerName()
	if err != nil {
		remote = nil // it is not connected
	}
	c := &PacketConn{}
	c.show(s, local, remote)
	return c, nil
}

// ReadFrom receives a packet and its sender. The rest of a longer packet is
// lost.
func (c *PacketConn) ReadFrom(p []byte) (int, net.Addr, error) {
	m := newMessage(nil)
	defer m.release()
	m.single(p)
	n, err := c.receive(m)
	if err != nil {
		return 0, nil, err
	}
	return n, netAddr(m.sender(), c.s.kind), nil
}

// ReadFromUDPAddrPort is ReadFrom for UDP, without an allocation.
func (c *PacketConn) ReadFromUDPAddrPort(p []byte) (int, netip.AddrPort, error) {
	m := newMessage(nil)
	defer m.release()
	m.single(p)
	n, err := c.receive(m)
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	ip := m.Addr.Addr
	if m.Addr.Scope != 0 {
		ip = ip.WithZone(zone(InetAddr{IP: ip, ScopeID: m.Addr.Scope}))
	}
	return n, netip.AddrPortFrom(ip, m.Addr.Port), nil
}

// ReadMsgUDP receives a packet into p and its ancillary data into oob, with
// the flags of recvmsg(2). The socket must be UDP's.
func (c *PacketConn) ReadMsgUDP(p, oob []byte) (n, oobn, flags int, from *net.UDPAddr, err error) {
	m := newMessage(nil)
	defer m.release()
	m.single(p)
	m.Control = oob
	if n, err = c.receive(m); err != nil {
		return 0, 0, 0, nil, err
	}
	from, _ = netAddr(m.sender(), c.s.kind).(*net.UDPAddr)
	return n, m.ControlLen, m.RecvFlags, from, nil
}

// WriteTo sends p as one packet to an address: package net's, or one of this
// package.
func (c *PacketConn) WriteTo(p []byte, to net.Addr) (int, error) {
	m := newMessage(nil)
	defer m.release()
	m.single(p)
	return c.send(m, to)
}

// WriteToUDPAddrPort is WriteTo for UDP, without an allocation unless the
// address has a zone.
func (c *PacketConn) WriteToUDPAddrPort(p []byte, to netip.AddrPort) (int, error) {
	if to.Addr().Zone() != "" {
		return c.WriteTo(p, net.UDPAddrFromAddrPort(to))
	}
	m := newMessage(nil)
	defer m.release()
	m.single(p)
	m.Addr = sys.Sockaddr{Family: c.s.family, Addr: to.Addr(), Port: to.Port()}
	n, err := c.transmit(m)
	if err != nil {
		return n, c.failAt("write", net.UDPAddrFromAddrPort(to), err)
	}
	return n, nil
}

// WriteMsgUDP sends p as one packet with ancillary data, to the connected peer
// if the address is nil.
func (c *PacketConn) WriteMsgUDP(p, oob []byte, to *net.UDPAddr) (n, oobn int, err error) {
	m := newMessage(nil)
	defer m.release()
	m.single(p)
	m.Control = oob
	if to == nil {
		n, err = c.transmit(m)
		err = c.fail("write", err)
	} else {
		n, err = c.send(m, to)
	}
	if err != nil {
		return n, 0, err
	}
	return n, len(oob), nil
}

// receive receives a message.
func (c *PacketConn) receive(m *message) (int, error) {
	w, err := c.begin(opRecvFrom, reactor.Input)
	if err != nil {
		return 0, c.fail("read", err)
	}
	call := Call{s: c.s, wait: w}
	n, err := call.recvmsg(opRecvFrom, &m.Message)
	return n, c.fail("read", err)
}

// send sends a message to an address in package net's form.
func (c *PacketConn) send(m *message, to net.Addr) (int, error) {
	addr, err := FromNetAddr(to)
	if err != nil {
		return 0, c.failAt("write", to, err)
	}
	call := Call{s: c.s}
	if ia, ok := addr.(InetAddr); ok && c.s.family == AF_INET6 && ia.IP.Is4() {
		ia.IP = netip.AddrFrom16(ia.IP.As16()) // as package net does
		addr = ia
	}
	if m.Addr, err = addr.sockaddr(call.wait.context(), c.s.family); err != nil {
		return 0, c.failAt("write", to, c.s.addrError(opSendTo, addr, err))
	}
	n, err := c.transmit(m)
	return n, c.failAt("write", to, err)
}

// transmit sends a message whose address is in the kernel's form, or none.
func (c *PacketConn) transmit(m *message) (int, error) {
	w, err := c.begin(opSendTo, reactor.Output)
	if err != nil {
		return 0, err
	}
	call := Call{s: c.s, wait: w}
	return call.sendmsg(opSendTo, &m.Message)
}
