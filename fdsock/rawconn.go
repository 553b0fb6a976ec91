package fdsock

import (
	"io"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// rawConn is a socket as a syscall.RawConn.
type rawConn struct {
	s *Socket
	v *view // whose deadlines count, nil for the socket's rules
}

// SyscallConn gives access to the descriptor for calls that this package does
// not make. It implements syscall.Conn.
//
// Control runs f once. Read and Write run f, which makes one nonblocking
// attempt, until it returns true, and wait in between until the socket is
// ready, as far as its timeout and deadlines allow: the errors are those of
// Recv and Send. The descriptor is nonblocking and stays open while f runs; f
// must not wait and must not keep it.
func (s *Socket) SyscallConn() (sys.RawConn, error) { return &rawConn{s: s}, nil }

// Control implements syscall.RawConn.
func (c *rawConn) Control(f func(fd uintptr)) error {
	if _, ok := c.s.handle.Acquire(); !ok {
		return c.fail("raw-control", &Error{Op: "control", Errno: sys.EBADF, closed: true})
	}
	defer c.s.handle.Release()
	f(uintptr(c.s.fd))
	return nil
}

// Read implements syscall.RawConn.
func (c *rawConn) Read(f func(fd uintptr) (done bool)) error {
	return c.fail("raw-read", c.until(opRecv, reactor.Input, f))
}

// Write implements syscall.RawConn.
func (c *rawConn) Write(f func(fd uintptr) (done bool)) error {
	return c.fail("raw-write", c.until(opSend, reactor.Output, f))
}

// until makes attempts until one says that it was the last.
func (c *rawConn) until(o op, mask reactor.Readiness, f func(fd uintptr) bool) error {
	w := wait{op: o, view: c.v}
	if err := w.overdue(c.s, mask); err != nil {
		return err
	}
	for {
		done, ok := c.attempt(mask, f)
		if !ok {
			return onClosed[o]
		}
		if done {
			return nil
		}
		if err := w.again(c.s, mask); err != nil {
			return err
		}
	}
}

func (c *rawConn) attempt(mask reactor.Readiness, f func(fd uintptr) bool) (done, ok bool) {
	h := c.s.handle
	before, ok := h.Acquire()
	if !ok {
		return false, false
	}
	defer h.Release()
	c.s.nonblocking(func() { done = f(uintptr(c.s.fd)) })
	if !done {
		h.Clear(before, mask)
	}
	return done, true
}

func (c *rawConn) fail(call string, err error) error {
	if c.v == nil {
		return err
	}
	return c.v.fail(call, err)
}

// FromConn returns a socket on a duplicate of the descriptor of a net.Conn, a
// net.Listener, a net.PacketConn, an *os.File or anything else that is a
// syscall.Conn. Connections that are not descriptors, those of crypto/tls for
// example, are refused with a [ValueError].
//
// Both share one kernel socket but nothing else: either may be used, has its
// own timeouts and deadlines, and must be closed. Data goes to whoever reads
// it first, so use the original no more, or only to close it, unless you know
// better. The descriptors share O_NONBLOCK, which package net needs: do not
// set [KernelFlag] while the original is in use. The Go runtime watches one
// descriptor and the reactor the other; neither disturbs the other. A
// *net.UnixListener removes its path when it is closed, see its
// SetUnlinkOnClose.
func FromConn(c io.Closer) (*Socket, error) {
	sc, ok := c.(sys.Conn)
	if !ok {
		return nil, &ValueError{"FromConn: the connection has no descriptor"}
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd, errno := -1, Errno(0)
	if err := raw.Control(func(old uintptr) { fd, errno = sys.Dup(int(old)) }); err != nil {
		return nil, err
	}
	if errno != 0 {
		return nil, fail(opDup, errno)
	}
	s, err := FromFD(fd, Detect, Detect, Detect)
	if err != nil {
		sys.Close(fd)
	}
	return s, err
}
