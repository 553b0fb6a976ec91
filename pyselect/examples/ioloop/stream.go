package main

import (
	"bytes"
	"errors"
	"time"

	"github.com/pollux-net/pollux/fdsock"
)

// stream is a connection that is read up to a delimiter and written to:
// Tornado's IOStream, as much of it as is needed.
type stream struct {
	loop     *IOLoop
	sock     *fdsock.Socket
	in, out  []byte
	limit    int // of in
	found    func(upTo []byte) error
	expires  *Timeout
	closing  bool // when out is sent
	busy     bool // an answer is to come before the next request is looked at
	onClosed func()
}

// newStream begins to watch a connection, which may be idle for a time.
func newStream(l *IOLoop, sock *fdsock.Socket, limit int, idle time.Duration, onClosed func()) (*stream, error) {
	sock.SetBlocking(false)
	s := &stream{loop: l, sock: sock, limit: limit, onClosed: onClosed}
	if err := l.AddHandler(sock, s.handle, READ); err != nil {
		return nil, errors.Join(err, sock.Close())
	}
	s.expires = l.AddTimeout(time.Now().Add(idle), s.close)
	return s, nil
}

func (s *stream) handle(events int) error {
	if events&WRITE != 0 {
		if err := s.flush(); err != nil || s.sock.Fileno() < 0 {
			return err
		}
	}
	if events&^WRITE == 0 || s.closing {
		if events&ERROR != 0 {
			return s.close()
		}
		return nil
	}
	p, err := s.sock.Recv(16 << 10)
	switch {
	case fdsock.BlockingIOError(err):
		return nil
	case err != nil || len(p) == 0 || len(s.in)+len(p) > s.limit:
		return s.close()
	}
	s.in = append(s.in, p...)
	return s.scan()
}

// scan gives found what is before the next delimiter.
func (s *stream) scan() error {
	for !s.closing && !s.busy {
		head, rest, there := bytes.Cut(s.in, []byte("\r\n\r\n"))
		if !there {
			return nil
		}
		s.in = rest
		if err := s.found(head); err != nil {
			return err
		}
	}
	return nil
}

// write sends p, now or when the peer takes it. While it waits nothing is read.
func (s *stream) write(p []byte) error {
	s.out = append(s.out, p...)
	return s.flush()
}

// end closes the connection when everything is sent.
func (s *stream) end() error {
	s.closing = true
	return s.flush()
}

func (s *stream) flush() error {
	n, err := s.sock.Send(s.out)
	if err != nil && !fdsock.BlockingIOError(err) {
		return s.close()
	}
	s.out = s.out[n:]
	switch {
	case len(s.out) > 0:
		return s.loop.UpdateHandler(s.sock, WRITE)
	case s.closing:
		return s.close()
	}
	return s.loop.UpdateHandler(s.sock, READ)
}

func (s *stream) close() error {
	if s.sock.Fileno() < 0 {
		return nil
	}
	s.closing = true
	s.loop.RemoveTimeout(s.expires)
	err := s.loop.RemoveHandler(s.sock)
	s.onClosed()
	return errors.Join(err, s.sock.Close())
}
