package tlsbridge

import (
	"errors"
	"io"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// DoHandshake negotiates the connection and verifies the peer. On a
// nonblocking socket it fails with SSLWantReadError or SSLWantWriteError and
// is to be called again; it succeeds when the handshake is complete, and
// again at once after that.
func (s *Socket) DoHandshake() error { return s.Resume(0).DoHandshake() }

// Recv receives at most n bytes. An empty result is the end of the stream.
// The caller owns the result.
func (s *Socket) Recv(n int) ([]byte, error) {
	if n < 0 {
		return nil, &ValueError{"negative buffersize in recv"}
	}
	p := make([]byte, n)
	n, err := s.RecvInto(p)
	return p[:n], err
}

// RecvInto receives into p, at most the rest of one record, and returns how
// many bytes came; 0 is the end of the stream, or an empty p.
func (s *Socket) RecvInto(p []byte) (int, error) {
	c := call{op: opRead, p: p}
	return s.recvInto(&c)
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
	case errors.Is(err, engine.ErrTruncated) && !s.opts.KeepRaggedEOFs && s.open():
		return 0, nil
	case errors.Is(err, errUnwrapped):
		return s.sock.RecvInto(c.p)
	default:
		return 0, err
	}
}

// open reports whether the handshake has been completed: an end before that
// is always an error.
func (s *Socket) open() bool { return s.state().HandshakeComplete }

// Send sends p. It is all or nothing: a nonblocking socket fails with
// SSLWantWriteError until everything has been taken, and wants to be called
// again with the same data. So does one whose timeout has passed. One Send
// runs at a time; the others wait for it.
func (s *Socket) Send(p []byte) (int, error) {
	c := call{op: opWrite, p: p}
	return s.send(&c)
}

func (s *Socket) send(c *call) (int, error) {
	if err := s.beginSend(c); err != nil {
		return 0, err
	}
	defer s.endSend()
	if len(c.p) < s.wrote {
		return 0, &Error{Kind: KindSSL, Op: opWrite.name, Library: "SSL", Reason: "BAD_LENGTH"}
	}
	err := s.pump(c)
	if errors.Is(err, errUnwrapped) {
		return s.sock.Send(c.p)
	}
	if opWrite.resumable(err) {
		return 0, err
	}
	s.wrote = 0
	if err != nil {
		return 0, err
	}
	return len(c.p), nil
}

// SendAll sends all of p, as Send does.
func (s *Socket) SendAll(p []byte) error {
	_, err := s.Send(p)
	return err
}

// SendFile sends what can be read from r, at most n bytes if n is not
// negative, and returns how many it sent. The socket must not be nonblocking.
func (s *Socket) SendFile(r io.Reader, n int64) (sent int64, err error) {
	if s.GetTimeout() == 0 {
		return 0, &ValueError{"non-blocking sockets are not supported"}
	}
	if n >= 0 {
		r = io.LimitReader(r, n)
	}
	buf := plaintexts.Get().(*[recordSize]byte)
	defer plaintexts.Put(buf)
	for {
		n, err := io.ReadFull(r, buf[:])
		if n > 0 {
			if _, err := s.Send(buf[:n]); err != nil {
				return sent, err
			}
			sent += int64(n)
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return sent, nil
		case err != nil:
			return sent, err
		}
	}
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

// Began returns when the call began to wait, 0 if it has not yet.
func (c *Call) Began() int64 { return c.began }

// DoHandshake is [Socket.DoHandshake].
func (c *Call) DoHandshake() error {
	k := call{op: opHandshake, since: c.began}
	err := c.s.pump(&k)
	c.began = k.since
	return err
}

// RecvInto is [Socket.RecvInto].
func (c *Call) RecvInto(p []byte) (int, error) {
	k := call{op: opRead, p: p, since: c.began}
	n, err := c.s.recvInto(&k)
	c.began = k.since
	return n, err
}

// Send is [Socket.Send]. After EINTR it is to be made again with the same p.
func (c *Call) Send(p []byte) (int, error) {
	k := call{op: opWrite, p: p, since: c.began}
	n, err := c.s.send(&k)
	c.began = k.since
	return n, err
}

// Unwrap is [Socket.Unwrap].
func (c *Call) Unwrap() (*fdsock.Socket, error) {
	k := call{op: opUnwrap, since: c.began}
	sock, err := c.s.unwrap(&k)
	c.began = k.since
	return sock, err
}
