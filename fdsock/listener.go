package fdsock

import (
	"net"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// Listener is a listening socket as a net.Listener. It shares the socket:
// closing either closes both. Accept waits until its own deadline, whatever
// the timeout of the socket. The path of a Unix socket stays after Close, as
// in Python.
type Listener struct{ view }

var _ net.Listener = (*Listener)(nil)

// Listener returns the socket, which must listen, as a net.Listener.
func (s *Socket) Listener() (*Listener, error) {
	listening := false
	err := s.do(opGetSockOpt, func(fd int) (errno Errno) {
		listening, errno = sys.Listening(fd)
		return errno
	})
	if err != nil {
		return nil, err
	}
	if !listening {
		return nil, &ValueError{"Listener: the socket does not listen"}
	}
	local, err := s.GetSockName()
	if err != nil {
		return nil, err
	}
	l := &Listener{}
	l.s, l.network, l.remote = s, s.network(), netAddr(local, s.kind) // errors name it as package net's do
	return l, nil
}

// Addr returns the address the socket is bound to.
func (l *Listener) Addr() net.Addr { return l.remote }

// Accept returns the next connection, a *[Conn].
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.accept()
	if err != nil {
		return nil, l.fail("accept", err)
	}
	return c, nil
}

func (l *Listener) accept() (*Conn, error) {
	for {
		w, err := l.begin(opAccept, reactor.Input)
		if err != nil {
			return nil, err
		}
		s, remote, err := l.s.acceptOne(&w)
		if ConnectionAbortedError(err) {
			continue // that connection has gone before it was accepted
		}
		if err != nil {
			return nil, err
		}
		c, err := s.conn(remote)
		if err != nil {
			_ = s.Close()
			return nil, err
		}
		return c, nil
	}
}
