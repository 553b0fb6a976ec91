package fdsock

import (
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// TryRecvPart is [Socket.TryRecv] for somebody who must leave in the kernel
// what is not theirs: it looks at what there is, as far as p has room, asks
// part how many of those bytes to take, and receives so many, into p. part is
// not called without bytes; its answer is at most their number, and more than
// none. No other receive may be in progress.
//
// These are two system calls. But the first says how much there is, so that
// none is needed to learn that nothing is left.
func (s *Socket) TryRecvPart(p []byte, part func(p []byte) int) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, errno := s.recvPart(p, part)
	if errno != 0 {
		return 0, s.failed(opRecv, errno)
	}
	return n, nil
}

func (s *Socket) recvPart(p []byte, part func(p []byte) int) (int, Errno) {
	before, ok := s.handle.Acquire()
	if !ok {
		return 0, errClosed
	}
	defer s.handle.Release()
	known := before.Readiness()
	s.noteUrgent(known, 0)
	flags := s.transferFlags(MSG_DONTWAIT)
	there, errno := sys.Recv(s.fd, p, flags|MSG_PEEK)
	for i := 1; s.misled(errno, flags, i); i++ {
		there, errno = sys.Recv(s.fd, p, flags|MSG_PEEK)
	}
	if errno == sys.EAGAIN {
		s.handle.Clear(before, awaited(0))
	}
	if there == 0 || errno != 0 {
		return 0, errno // what is peeked at that is an end stays one
	}
	n, errno := sys.Recv(s.fd, p[:part(p[:there])], flags)
	if n == there && there < len(p) && s.drained(known) {
		s.handle.Clear(before, reactor.Readable)
	}
	return n, errno
}
