package fdsock

import (
	"fmt"
	"io"
	"net"

	"github.com/pollux-net/pollux/reactor"
)

// Conn is a connected socket as a net.Conn. It shares the socket: closing
// either closes both. Its calls wait as package net's do, until its own
// deadlines: the timeout and the deadlines of the socket count for the calls
// of the socket alone.
type Conn struct {
	view
	packets bool // a read of nothing is an empty packet, not the end
}

var _ net.Conn = (*Conn)(nil)

// Conn returns the socket, which must be connected, as a net.Conn. Package
// net, net/http and crypto/tls take it as one of theirs.
func (s *Socket) Conn() (*Conn, error) {
	remote, err := s.GetPeerName()
	if err != nil {
		return nil, fmt.Errorf("Conn: the socket is not connected: %w", err)
	}
	return s.conn(remote)
}

func (s *Socket) conn(remote Addr) (*Conn, error) {
	local, err := s.GetSockName()
	if err != nil {
		return nil, err
	}
	c := &Conn{}
	c.show(s, local, remote)
	return c, nil
}

// show makes a new view one of the socket.
func (c *Conn) show(s *Socket, local, remote Addr) {
	c.s, c.network = s, s.network()
	c.local, c.remote = netAddr(local, s.kind), netAddr(remote, s.kind)
	c.packets = s.kind == SOCK_DGRAM || s.kind == SOCK_RAW
}

// LocalAddr returns the local address the socket had when the view was made.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the peer's address at that time, nil if there was none.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// Read implements io.Reader; the end of a stream is io.EOF.
func (c *Conn) Read(p []byte) (int, error) {
	w, err := c.begin(opRecv, reactor.Input)
	if err != nil || len(p) == 0 {
		return 0, c.fail("read", err)
	}
	n, err := c.s.recvInto(&w, p, 0)
	if n == 0 && err == nil && !c.packets {
		return 0, io.EOF
	}
	return n, c.fail("read", err)
}

// Write implements io.Writer: it writes all of p, or says how much was
// written. Writes of several goroutines come one after the other.
func (c *Conn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	w, err := c.begin(opSend, reactor.Output)
	if err != nil {
		return 0, c.fail("write", err)
	}
	n, err := c.s.sendAll(&w, p, 0)
	return n, c.fail("write", err)
}

// ReadFrom implements io.ReaderFrom: it writes what r has, by sendfile(2) or
// splice(2) where the kernel can, see [Socket.ReadFrom]. While it waits for r
// others may write; what r gives at once stays together.
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	if c.s.kind != SOCK_STREAM {
		return io.Copy(struct{ io.Writer }{c}, r)
	}
	w, err := c.begin(opSend, reactor.Output)
	if err != nil {
		return 0, c.fail("readfrom", err)
	}
	n, err := c.s.readFrom(&w, r)
	return n, c.fail("readfrom", err)
}

// WriteTo implements io.WriterTo: it hands on what is received until the end,
// by splice(2) where the kernel can, see [Socket.WriteTo].
func (c *Conn) WriteTo(dst io.Writer) (int64, error) {
	if c.s.kind != SOCK_STREAM {
		return io.Copy(dst, struct{ io.Reader }{c})
	}
	w, err := c.begin(opRecv, reactor.Input)
	if err != nil {
		return 0, c.fail("writeto", err)
	}
	n, err := c.s.writeTo(&w, dst)
	return n, c.fail("writeto", err)
}

// CloseRead ends receiving: shutdown with SHUT_RD.
func (c *Conn) CloseRead() error { return c.fail("close", c.s.Shutdown(SHUT_RD)) }

// CloseWrite ends sending, the peer reads the end: shutdown with SHUT_WR.
func (c *Conn) CloseWrite() error { return c.fail("close", c.s.Shutdown(SHUT_WR)) }
