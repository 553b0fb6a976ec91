package fdsock

import (
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// Recv receives at most n bytes. An empty result is the end of the stream.
// The caller owns the result.
func (s *Socket) Recv(n int, flags ...int) ([]byte, error) {
	if n < 0 {
		return nil, &ValueError{"negative buffersize in recv"}
	}
	p := make([]byte, n)
	n, err := s.RecvInto(p, flags...)
	return p[:n], err
}

// RecvInto receives into p and returns how many bytes came; 0 is the end of
// the stream, or an empty p. The flags are MSG_ constants.
func (s *Socket) RecvInto(p []byte, flags ...int) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	how := 0
	for _, f := range flags {
		how |= f
	}
	w := wait{op: opRecv}
	for {
		n, errno := s.recv(p, how)
		if errno == 0 {
			return n, nil
		}
		if errno != sys.EAGAIN || how&MSG_DONTWAIT != 0 {
			return 0, s.failed(opRecv, errno)
		}
		if err := w.ready(s, reactor.Input); err != nil {
			return 0, err
		}
	}
}

// errClosed is an attempt on a closed socket: no number that the kernel uses.
const errClosed = Errno(1 << 20)

// failed makes the error of an attempt.
func (s *Socket) failed(o op, errno Errno) error {
	if errno == errClosed {
		return onClosed[o]
	}
	return fail(o, errno)
}

// recv makes one attempt to receive, or none when it is known to be futile
// and the caller would wait anyway.
func (s *Socket) recv(p []byte, flags int) (int, Errno) {
	before, ok := s.handle.Acquire()
	if !ok {
		return 0, errClosed
	}
	defer s.handle.Release()
	known := before.Readiness()
	plain := flags&^MSG_DONTWAIT == 0
	if known&(reactor.Input|reactor.Priority) == 0 && plain && s.timeout.Load() != 0 {
		return 0, sys.EAGAIN
	}
	n, errno := sys.Recv(s.fd, p, flags)
	switch {
	case errno == sys.EAGAIN:
		s.handle.Clear(before, reactor.Input)
	case errno == 0 && n > 0 && n < len(p) && plain && known&^(reactor.Readable|reactor.Writable) == 0 && s.stream():
		// All there was, see epoll(7): the next edge says when there is more.
		// Not so at the urgent mark or near the end of the stream.
		s.handle.Clear(before, reactor.Readable)
	}
	return n, errno
}

// Send sends p and returns how many bytes the kernel took. Without a timeout
// that is all of p, as a blocking send(2) has it; otherwise at least one.
func (s *Socket) Send(p []byte, flags ...int) (int, error) {
	how := 0
	for _, f := range flags {
		how |= f
	}
	w := wait{op: opSend}
	sent := 0
	for {
		n, errno := s.send(p[sent:], how)
		sent += n
		if errno == 0 && (sent == len(p) || how&MSG_DONTWAIT != 0 || s.timeout.Load() >= 0) {
			return sent, nil
		}
		if errno != 0 && sent > 0 && errno != sys.EAGAIN {
			return sent, nil // the kernel reports the error at the next call
		}
		if errno != 0 && errno != sys.EAGAIN || errno == sys.EAGAIN && how&MSG_DONTWAIT != 0 {
			return 0, s.failed(opSend, errno)
		}
		if err := w.ready(s, reactor.Output); err != nil {
			return sent, err
		}
	}
}

// SendAll sends all of p. The timeout is for the whole call; after an error
// it is not known how much was sent.
func (s *Socket) SendAll(p []byte, flags ...int) error {
	how := 0
	for _, f := range flags {
		how |= f
	}
	w := wait{op: opSendAll}
	for {
		n, errno := s.send(p, how)
		if p = p[n:]; errno == 0 && len(p) == 0 {
			return nil
		}
		if errno != 0 && (errno != sys.EAGAIN || how&MSG_DONTWAIT != 0) {
			return s.failed(opSendAll, errno)
		}
		if err := w.ready(s, reactor.Output); err != nil {
			return err
		}
	}
}

// send makes one attempt to send.
func (s *Socket) send(p []byte, flags int) (int, Errno) {
	before, ok := s.handle.Acquire()
	if !ok {
		return 0, errClosed
	}
	defer s.handle.Release()
	n, errno := sys.Send(s.fd, p, flags)
	if errno == sys.EAGAIN || errno == 0 && n < len(p) && s.stream() {
		s.handle.Clear(before, reactor.Writable)
	}
	return n, errno
}
