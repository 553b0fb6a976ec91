package fdsock

import (
	"math"
	"sync"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// ControlMessage is a piece of ancillary data: Python's (cmsg_level,
// cmsg_type, cmsg_data).
type ControlMessage struct {
	Level, Type int
	Data        []byte
}

// Received is what RecvMsgInto tells besides the data.
type Received struct {
	N         int              // bytes of data
	Ancillary []ControlMessage // the last may be cut off, see MSG_CTRUNC
	Flags     int              // MSG_TRUNC, MSG_CTRUNC, MSG_OOB, MSG_EOR
	Addr      Addr             // the sender; nil on a connected stream
}

// message is the scratch area of one transfer.
type message struct {
	sys.Message
	one     [1][]byte // the buffers of a call that has but one
	control []byte

	last     sys.Sockaddr // the sender of an earlier message,
	lastAddr Addr         // and what it was turned into
}

var messages = sync.Pool{New: func() any { return new(message) }}

func newMessage(flags []int) *message {
	m := messages.Get().(*message)
	m.Flags = union(flags) // the rest is as release leaves it
	return m
}

// maxControlKept is the most room for ancillary data that the pool keeps.
const maxControlKept = 64 << 10

// single makes p the only buffer.
func (m *message) single(p []byte) {
	m.one[0] = p
	m.Buffers = m.one[:]
}

func (m *message) release() {
	m.one[0], m.Buffers, m.Control = nil, nil, nil
	if cap(m.control) > maxControlKept {
		m.control = nil
	}
	m.Addr = sys.Sockaddr{}
	messages.Put(m)
}

// RecvFrom receives at most n bytes, and who sent them; the address is nil on
// a connected stream. The rest of a longer datagram is lost. An error that ends
// MSG_WAITALL comes with the part that was there before, see [Socket.RecvInto].
func (s *Socket) RecvFrom(n int, flags ...int) ([]byte, Addr, error) {
	p, err := room(opRecvFrom, n)
	if err != nil {
		return nil, nil, err
	}
	n, from, err := s.RecvFromInto(p, flags...)
	return p[:min(n, len(p))], from, err
}

// RecvFromInto is RecvFrom into p. With MSG_TRUNC the count is the
// datagram's, which may be more than p holds.
func (s *Socket) RecvFromInto(p []byte, flags ...int) (int, Addr, error) {
	c := Call{s: s}
	return c.RecvFromInto(p, flags...)
}

// RecvFromInto is [Socket.RecvFromInto].
func (c *Call) RecvFromInto(p []byte, flags ...int) (int, Addr, error) {
	m := newMessage(flags)
	defer m.release()
	m.single(p)
	n, err := c.recvmsg(opRecvFrom, &m.Message)
	if n == 0 && err != nil {
		return 0, nil, err
	}
	return n, m.sender(), err // also the part that MSG_WAITALL had before the error
}

// RecvMsg receives at most n bytes of data and ancsize bytes of ancillary
// data (see CMSG_SPACE).
func (s *Socket) RecvMsg(n, ancsize int, flags ...int) ([]byte, Received, error) {
	p, err := room(opRecvMsg, n)
	if err != nil {
		return nil, Received{}, err
	}
	got, err := s.RecvMsgInto([][]byte{p}, ancsize, flags...)
	return p[:min(got.N, n)], got, err
}

// RecvMsgInto scatters a message over the buffers, filling one after the
// other.
func (s *Socket) RecvMsgInto(buffers [][]byte, ancsize int, flags ...int) (Received, error) {
	c := Call{s: s}
	return c.RecvMsgInto(buffers, ancsize, flags...)
}

// RecvMsgInto is [Socket.RecvMsgInto].
func (c *Call) RecvMsgInto(buffers [][]byte, ancsize int, flags ...int) (Received, error) {
	if ancsize < 0 || ancsize > math.MaxInt32 {
		return Received{}, &ValueError{"invalid ancillary data buffer length"}
	}
	m := newMessage(flags)
	defer m.release()
	m.Buffers = buffers
	if cap(m.control) < ancsize {
		m.control = make([]byte, ancsize)
	}
	m.Control = m.control[:ancsize]
	n, err := c.recvmsg(opRecvMsg, &m.Message)
	if n == 0 && err != nil {
		return Received{}, err
	}
	return Received{
		N: n, Flags: m.RecvFlags, Addr: m.sender(),
		Ancillary: parseControl(m.Control[:m.ControlLen]),
	}, err
}

// sender returns the address of a received message, nil if it has none. The
// same sender again costs no allocation.
func (m *message) sender() Addr {
	if m.Addr.Family == AF_UNSPEC {
		return nil
	}
	if m.lastAddr == nil || m.last != m.Addr {
		m.last, m.lastAddr = m.Addr, fromSockaddr(&m.Addr)
	}
	return m.lastAddr
}

func parseControl(b []byte) []ControlMessage {
	var list []ControlMessage
	for {
		m, rest, ok := NextControl(b)
		if !ok {
			return list
		}
		m.Data = append([]byte(nil), m.Data...)
		list, b = append(list, m), rest
	}
}

// SendTo sends p to an address. A datagram goes as a whole.
func (s *Socket) SendTo(p []byte, to Addr, flags ...int) (int, error) {
	c := Call{s: s}
	return c.SendTo(p, to, flags...)
}

// SendTo is [Socket.SendTo].
func (c *Call) SendTo(p []byte, to Addr, flags ...int) (int, error) {
	sa, err := kernelAddr(c.wait.context(), to, c.s.family)
	if err != nil {
		return 0, c.wait.orCanceled(c.s.addrError(opSendTo, to, err))
	}
	m := newMessage(flags)
	defer m.release()
	m.single(p)
	m.Addr = sa
	n, err := c.sendmsg(opSendTo, &m.Message)
	return n, at(to, err)
}

// at names the address in an error of the kernel's. Would-block, timeout and
// the like, which are made once, stay as they are.
func at(to Addr, err error) error {
	e, ok := err.(*Error) //nolint:errorlint // one that was made for this very call
	if !ok || e.Addr != nil || e.Errno == 0 || e.closed || e.Errno == sys.EAGAIN || e.Errno == sys.EINTR {
		return err
	}
	named := *e
	named.Addr = to
	return &named
}

// SendMsg gathers the buffers into one message, with ancillary data, for the
// connected peer or, if to is not nil, for that address. It returns how many
// bytes of data were sent.
func (s *Socket) SendMsg(buffers [][]byte, ancillary []ControlMessage, to Addr, flags ...int) (int, error) {
	c := Call{s: s}
	return c.SendMsg(buffers, ancillary, to, flags...)
}

// SendMsg is [Socket.SendMsg].
func (c *Call) SendMsg(buffers [][]byte, ancillary []ControlMessage, to Addr, flags ...int) (int, error) {
	m := newMessage(flags)
	defer m.release()
	m.Buffers = buffers
	if to != nil {
		sa, err := to.sockaddr(c.wait.context(), c.s.family)
		if err != nil {
			return 0, c.s.addrError(opSendMsg, to, err)
		}
		m.Addr = sa
	}
	m.control = m.control[:0]
	for _, a := range ancillary {
		m.control = sys.AppendControl(m.control, a.Level, a.Type, a.Data)
	}
	m.Control = m.control
	n, err := c.sendmsg(opSendMsg, &m.Message)
	if to != nil {
		err = at(to, err)
	}
	return n, err
}

// recvmsg receives a message, waiting as the timeout allows. On a stream
// without a timeout MSG_WAITALL fills the buffers, up to the next ancillary
// data, whether there is room for that or not.
func (c *Call) recvmsg(o op, m *sys.Message) (got int, err error) {
	flags := m.Flags
	m.Flags = c.s.transferFlags(flags)
	var from sys.Sockaddr
	for room := m.Len(); ; {
		n := 0
		err = c.retry(o, reactor.Input, flags, func(fd int) (errno Errno) {
			n, errno = sys.Recvmsg(fd, m)
			return errno
		})
		got += n
		if n == 0 && got > 0 {
			m.Addr = from // what ended the call has no sender
		}
		switch {
		case got > 0 && suffices(err):
			return got, nil
		case err != nil, n == 0, got >= room, m.ControlLen > 0, m.RecvFlags&MSG_CTRUNC != 0, !c.fills(flags):
			return got, err
		}
		m.Buffers, from = skip(m.Buffers, n), m.Addr
	}
}

// fills reports whether a receive that came short goes on.
func (c *Call) fills(flags int) bool {
	return flags&MSG_WAITALL != 0 && flags&(unwaited|MSG_PEEK) == 0 && c.s.kind == SOCK_STREAM && c.wait.timeout(c.s) < 0
}

// sendmsg sends a message, waiting as the timeout allows. On a stream without
// a timeout all of it is sent, as a blocking sendmsg(2) has it; the ancillary
// data goes with the first part.
func (c *Call) sendmsg(o op, m *sys.Message) (sent int, err error) {
	flags := m.Flags
	m.Flags = c.s.transferFlags(flags)
	for {
		n := 0
		err = c.retry(o, reactor.Output, flags, func(fd int) (errno Errno) {
			n, errno = sys.Sendmsg(fd, m)
			return errno
		})
		sent += n
		if sent > 0 && suffices(err) {
			return sent, nil
		}
		if err != nil || n == m.Len() || c.s.kind != SOCK_STREAM || flags&MSG_DONTWAIT != 0 || c.wait.timeout(c.s) >= 0 {
			return sent, err
		}
		m.Buffers, m.Control = skip(m.Buffers, n), nil
	}
}

// skip returns the buffers without their first n bytes.
func skip(buffers [][]byte, n int) [][]byte {
	for len(buffers) > 0 && n >= len(buffers[0]) {
		n -= len(buffers[0])
		buffers = buffers[1:]
	}
	if n == 0 || len(buffers) == 0 {
		return buffers
	}
	rest := append([][]byte(nil), buffers...) // the caller's slice stays as it is
	rest[0] = rest[0][n:]
	return rest
}

// retry makes attempts until one does not say EAGAIN, waiting for the
// conditions in between.
func (c *Call) retry(o op, mask reactor.Readiness, flags int, attempt func(fd int) Errno) error {
	s, w := c.s, &c.wait
	w.op, w.once = o, flags&MSG_DONTWAIT != 0
	receives := mask == reactor.Input
	if receives {
		w.once, mask = flags&onceFlags != 0, awaited(flags)
	}
	pause := firstNap
	for {
		errno := s.once(mask, flags, receives, attempt)
		if mask == 0 || errno != sys.EAGAIN && errno != errFutile {
			return s.failed(o, errno)
		}
		var err error
		if errno == errFutile {
			err = w.ready(s, mask)
		} else if !receives && w.timeout(s) != 0 && s.crowded() {
			pause, err = w.againLater(s, pause)
		} else {
			err = w.again(s, mask)
		}
		if err != nil {
			return err
		}
	}
}

// once makes one attempt, or none that is known to be futile when the caller
// would wait anyway, and notes that the conditions do not hold if the kernel
// says EAGAIN.
func (s *Socket) once(mask reactor.Readiness, flags int, receives bool, attempt func(fd int) Errno) Errno {
	before, ok := s.handle.Acquire()
	if !ok {
		return errClosed
	}
	defer s.handle.Release()
	known := before.Readiness()
	if receives && s.futile(known, flags) {
		return errFutile
	}
	errno := attempt(s.fd)
	if receives {
		s.noteUrgent(known, flags)
		for i := 1; s.misled(errno, flags, i); i++ {
			errno = attempt(s.fd)
		}
	}
	if errno == sys.EAGAIN {
		s.handle.Clear(before, mask)
	}
	return errno
}
