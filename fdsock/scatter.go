package fdsock

import (
	"net/netip"

	"github.com/pollux-net/pollux/internal/sys"
)

// RecvMsgAddrPort is [Socket.RecvMsgInto] without an allocation, for internet
// sockets and connected ones: the ancillary data goes into control, of which
// it fills controlLen bytes (see [NextControl]), and the sender is not valid
// where there is none. The flags it returns are MSG_TRUNC, MSG_CTRUNC and so on.
func (s *Socket) RecvMsgAddrPort(buffers [][]byte, control []byte, flags ...int) (
	n, controlLen, outFlags int, from netip.AddrPort, err error,
) {
	m := newMessage(flags)
	defer m.release()
	m.Buffers, m.Control = buffers, control
	c := Call{s: s}
	if n, err = c.recvmsg(opRecvMsg, &m.Message); n == 0 && err != nil {
		return 0, 0, 0, netip.AddrPort{}, err
	}
	return n, m.ControlLen, m.RecvFlags, netip.AddrPortFrom(m.Addr.Addr, m.Addr.Port), err
}

// SendMsgAddrPort is [Socket.SendMsg] without an allocation, for internet
// sockets and connected ones: control is ancillary data in the kernel's form
// (see [AppendControl]), and an address that is not valid stands for the
// connected peer.
func (s *Socket) SendMsgAddrPort(buffers [][]byte, control []byte, to netip.AddrPort, flags ...int) (int, error) {
	m := newMessage(flags)
	defer m.release()
	m.Buffers, m.Control = buffers, control
	if to.IsValid() {
		m.Addr = sys.Sockaddr{Family: s.family, Addr: to.Addr(), Port: to.Port()}
	}
	c := Call{s: s}
	return c.sendmsg(opSendMsg, &m.Message)
}

// NextControl splits the first message off ancillary data in the kernel's
// form. Its data is a part of control; that of one that was cut off is what is
// there. It is false when no message is left.
func NextControl(control []byte) (m ControlMessage, rest []byte, ok bool) {
	m.Level, m.Type, m.Data, rest, ok = sys.NextControl(control)
	return m, rest, ok
}

// AppendControl appends a message in the kernel's form to control, which must
// be empty or hold such messages only.
func AppendControl(control []byte, m ControlMessage) []byte {
	return sys.AppendControl(control, m.Level, m.Type, m.Data)
}
