package tlsbridge

import (
	"errors"
	"io"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// recordSize is the most plaintext that one record holds.
const recordSize = 16384

// DoHandshake negotiates the connection and verifies the peer. On a
// nonblocking socket it fails with SSLWantReadError or SSLWantWriteError and
// is to be called again; it succeeds when the handshake is complete, and
// again at once after that.
func (s *Socket) DoHandshake() error { return s.pump(&call{op: opHandshake}) }

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
	if len(p) == 0 {
		return 0, nil
	}
	c := call{op: opRead, p: p}
	switch err := s.pump(&c); {
	case err == nil:
		return c.n, nil
	case errors.Is(err, io.EOF):
		return 0, nil
	case errors.Is(err, engine.ErrTruncated) && !s.ragged && s.open():
		return 0, nil
	case errors.Is(err, errUnwrapped):
		return s.sock.RecvInto(p)
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
// runs at a time; the others wait for it, in addition to their own timeout.
func (s *Socket) Send(p []byte) (int, error) {
	if !s.writing.TryLock() {
		if s.GetTimeout() == 0 {
			return 0, opWrite.wantWrite
		}
		s.writing.Lock()
	}
	defer s.writing.Unlock()
	if len(p) < s.wrote {
		return 0, &Error{Kind: KindSSL, Op: opWrite.name, Library: "SSL", Reason: "BAD_LENGTH"}
	}
	err := s.pump(&call{op: opWrite, p: p})
	if errors.Is(err, errUnwrapped) {
		return s.sock.Send(p)
	}
	if errors.Is(err, opWrite.wantRead) || errors.Is(err, opWrite.wantWrite) || errors.Is(err, opWrite.timedOut) {
		return 0, err
	}
	s.wrote = 0
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// SendAll sends all of p, as Send does.
func (s *Socket) SendAll(p []byte) error {
	_, err := s.Send(p)
	return err
}

// Unwrap says farewell, waits for the peer's, and gives back the socket
// underneath, for whatever is spoken on it next: nothing that follows the
// peer's farewell has been read. The TLS socket then passes its calls on to it.
func (s *Socket) Unwrap() (*fdsock.Socket, error) {
	if err := s.pump(&call{op: opUnwrap}); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plain = true
	s.engine.Abort()
	s.sock.Handle().SetOwner(s.sock)
	return s.sock, nil
}
