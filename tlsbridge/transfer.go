package tlsbridge

import (
	"errors"
	"io"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// DoHandshake negotiates the connection and verifies the peer. On a
// nonblocking socket it fails with SSLWantReadError or SSLWantWriteError and
// is to be called again; it succeeds when the handshake is complete, and
// again at once after that.
func (s *Socket) DoHandshake() error { return s.Resume(0).DoHandshake() }

// Recv receives at most n bytes, 1 GiB or less. An empty result is the end of the stream.
// The caller owns the result. Flags other than 0 are for after Unwrap.
func (s *Socket) Recv(n int, flags ...int) ([]byte, error) {
	p, err := room(n)
	if err != nil {
		return nil, err
	}
	n, err = s.RecvInto(p, flags...)
	return p[:n], err
}

// maxRoom is the most that a call makes room for, in bytes, as in fdsock.
const maxRoom = 1 << 30

// room makes room for n bytes to receive. More than one record never comes,
// but after Unwrap it may.
func room(n int) ([]byte, error) {
	switch {
	case n < 0:
		return nil, &ValueError{"negative buffersize in recv"}
	case n > maxRoom:
		return nil, &fdsock.Error{Op: opRead.name, Errno: sys.ENOMEM}
	}
	return make([]byte, n), nil
}

// RecvInto receives into p, at most the rest of one record, and returns how
// many bytes came; 0 is the end of the stream, or an empty p.
func (s *Socket) RecvInto(p []byte, flags ...int) (int, error) {
	c := s.call(opRead, p)
	if err := s.allow(&c, "recv_into", flags); err != nil {
		return 0, err
	}
	return s.recvInto(&c)
}

// TryRecv makes one attempt to receive into p, or to go on with the
// handshake, and never waits, whatever the timeout: it fails with
// SSLWantReadError or SSLWantWriteError instead.
func (s *Socket) TryRecv(p []byte, flags ...int) (int, error) {
	c := s.call(opRead, p)
	c.rule = once
	if err := s.allow(&c, "recv_into", flags); err != nil {
		return 0, err
	}
	return s.recvInto(&c)
}

// allow refuses flags, which TLS knows nothing of. They are for calls that are
// passed on to the socket underneath.
func (s *Socket) allow(c *call, name string, flags []int) error {
	for _, f := range flags {
		c.flags |= f
	}
	if c.flags == 0 || s.unwrapped() {
		return nil
	}
	return &ValueError{"non-zero flags not allowed in calls to " + name + "() on a TLS socket"}
}

// unwrapped reports whether calls are passed on.
func (s *Socket) unwrapped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.plain
}

func (s *Socket) recvInto(c *call) (int, error) {
	if len(c.p) == 0 {
		return 0, nil
	}
	switch err := s.pump(c); {
	case err == nil:
		return c.n, nil
	case errors.Is(err, io.EOF):
		return 0, nil
	case errors.Is(err, engine.ErrTruncated) && !s.opts.KeepRaggedEOFs && c.rule&strict == 0 && s.open():
		return 0, nil
	case errors.Is(err, errUnwrapped) && c.rule&once != 0:
		return s.sock.TryRecv(c.p, c.flags)
	case errors.Is(err, errUnwrapped):
		return c.wait.RecvInto(c.p, c.flags)
	default:
		return 0, err
	}
}

// open reports whether the handshake has been completed: an end before that
// is always an error.
func (s *Socket) open() bool { return s.state().HandshakeComplete }

// Send sends p. It is all or nothing: a nonblocking socket fails with
// SSLWantWriteError until everything has been taken, and wants to be called
// again with the same data. So does one whose timeout or deadline has passed.
// One Send runs at a time; the others wait for it. Flags other than 0 are for
// after Unwrap.
func (s *Socket) Send(p []byte, flags ...int) (int, error) {
	c := s.call(opWrite, p)
	if err := s.allow(&c, "send", flags); err != nil {
		return 0, err
	}
	return s.send(&c)
}

// TrySend is Send that never waits, whatever the timeout.
func (s *Socket) TrySend(p []byte, flags ...int) (int, error) {
	c := s.call(opWrite, p)
	c.rule = once
	if err := s.allow(&c, "send", flags); err != nil {
		return 0, err
	}
	return s.send(&c)
}

// SendAll sends all of p, as Send does.
func (s *Socket) SendAll(p []byte, flags ...int) error {
	c := s.call(opWrite, p)
	if err := s.allow(&c, "sendall", flags); err != nil {
		return err
	}
	_, err := s.send(&c)
	return err
}

func (s *Socket) send(c *call) (n int, err error) {
	if err := s.beginSend(c); err != nil {
		return 0, err
	}
	defer s.endSend()
	if c.rule&partial != 0 {
		s.wrote = 0 // a Send that was given up
	}
	if len(c.p) < s.wrote {
		return 0, &Error{Kind: KindSSL, Op: opWrite.name, Library: "SSL", Reason: "BAD_LENGTH"}
	}
	err = s.pump(c)
	switch {
	case errors.Is(err, errUnwrapped) && c.rule&once != 0:
		return s.sock.TrySend(c.p, c.flags)
	case errors.Is(err, errUnwrapped):
		return c.passSend()
	case c.rule&partial == 0 && opWrite.resumable(err):
		return 0, err
	}
	n, s.wrote = s.wrote, 0
	switch {
	case err == nil:
		return len(c.p), nil
	case c.rule&partial == 0:
		return 0, err
	}
	return n, err
}

// passSend sends on the socket underneath: all, where the caller counts what
// was sent.
func (c *call) passSend() (int, error) {
	if c.rule&partial != 0 {
		return c.wait.SendAll(c.p, c.flags)
	}
	return c.wait.Send(c.p, c.flags)
}

// Unwrap says farewell, waits for the peer's, and gives back the socket
// underneath, for whatever is spoken on it next: nothing that follows the
// peer's farewell has been read, unless the options said ReadAhead. The TLS
// socket then passes its calls on to it.
func (s *Socket) Unwrap() (*fdsock.Socket, error) { return s.Resume(0).Unwrap() }

func (s *Socket) unwrap(c *call) (*fdsock.Socket, error) {
	if err := s.pump(c); err != nil {
		return nil, err
	}
	return s.Drop(), nil
}

// Drop takes TLS off without a word to the peer, and gives back the socket
// underneath; calls are passed on to it from then on. It is what Python's
// shutdown and close do to an SSLSocket.
func (s *Socket) Drop() *fdsock.Socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plain {
		return s.sock
	}
	s.plain = true
	s.leftover = s.engine.TakeUnread()
	s.engine.Abort()
	s.sock.Handle().SetOwner(s.sock)
	return s.sock
}

// Leftover returns, once, what was received behind the peer's farewell: the
// beginning of what follows TLS. Only ReadAhead leaves any.
func (s *Socket) Leftover() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.leftover
	s.leftover = nil
	return p
}

// Call is one call on a socket that can be taken up again after it was
// interrupted, see [fdsock.Call]: making it again on the same Call goes on
// with it, its timeout counting from the first attempt. It belongs to one
// goroutine.
type Call struct {
	s     *Socket
	began int64
}

// Resume returns a call that began at a time of reactor.Now's clock, or begins
// now if that is 0. Any goroutine.
func (s *Socket) Resume(began int64) *Call { return &Call{s: s, began: began} }

func (c *Call) call(op *operation, p []byte) call {
	return call{op: op, p: p, wait: *c.s.sock.Resume(c.began)}
}

// Began returns when the call began to wait, 0 if it has not yet.
func (c *Call) Began() int64 { return c.began }

// DoHandshake is [Socket.DoHandshake].
func (c *Call) DoHandshake() error {
	k := c.call(opHandshake, nil)
	err := c.s.pump(&k)
	c.began = k.wait.Began()
	return err
}

// RecvInto is [Socket.RecvInto].
func (c *Call) RecvInto(p []byte) (int, error) {
	k := c.call(opRead, p)
	n, err := c.s.recvInto(&k)
	c.began = k.wait.Began()
	return n, err
}

// Send is [Socket.Send]. After EINTR it is to be made again with the same p.
func (c *Call) Send(p []byte) (int, error) {
	k := c.call(opWrite, p)
	n, err := c.s.send(&k)
	c.began = k.wait.Began()
	return n, err
}

// Unwrap is [Socket.Unwrap].
func (c *Call) Unwrap() (*fdsock.Socket, error) {
	k := c.call(opUnwrap, nil)
	sock, err := c.s.unwrap(&k)
	c.began = k.wait.Began()
	return sock, err
}
