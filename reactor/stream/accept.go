package stream

import (
	"net"
	"os"
	"slices"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// acceptor is a listener on its loop.
type acceptor struct {
	server *Server
	handle *reactor.Handle
	fd     int
	addr   net.Addr
	kind   string // of its connections: "tcp" or "unix"
	keeps  bool   // its connections stay on its loop
	path   string // of a Unix socket of ours, to be removed

	resting bool          // accepting has failed and is tried again soon; loop-only
	pause   time.Duration // the last rest, 0 when accepting has worked since; loop-only
	waiting bool          // for a place; guarded by hub.mu
}

// newAcceptor makes a listener of a descriptor, which it owns from now on.
func (s *Server) newAcceptor(on *loop, fd int) (*acceptor, error) {
	sa, errno := sys.Getsockname(fd)
	if errno != 0 {
		sys.Close(fd)
		return nil, opError("getsockname", "", errno)
	}
	handle, err := on.NewHandle(fd, kindOf(sa.Family)+" listener")
	if err != nil {
		sys.Close(fd)
		return nil, err
	}
	return &acceptor{server: s, handle: handle, fd: fd, addr: netAddr(sa), kind: kindOf(sa.Family)}, nil
}

// nextLoop spreads listeners over the loops.
func (s *Server) nextLoop() *loop {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loops[len(s.acceptors)%len(s.loops)]
}

// serve has connections accepted, by listeners that share an address.
func (s *Server) serve(all ...*acceptor) (net.Addr, error) {
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.acceptors, s.addrs = append(s.acceptors, all...), append(s.addrs, all[0].addr)
	}
	s.mu.Unlock()
	if closed {
		s.drop(all)
		return nil, ErrClosed
	}
	for _, a := range all {
		if err := a.handle.SetHandler(a); err != nil {
			s.drop(all)
			return nil, err
		}
	}
	s.reserve.fill()
	return all[0].addr, nil
}

// drop takes back listeners that could not be served.
func (s *Server) drop(all []*acceptor) {
	s.mu.Lock()
	s.acceptors = slices.DeleteFunc(s.acceptors, func(a *acceptor) bool { return slices.Contains(all, a) })
	s.addrs = slices.DeleteFunc(s.addrs, func(addr net.Addr) bool { return addr == all[0].addr })
	s.mu.Unlock()
	for _, a := range all {
		a.close()
	}
}

// close ends the listener. The path goes first, so that it never names a
// socket that nobody listens on.
func (a *acceptor) close() {
	if a.path != "" && a.handle.Fileno() >= 0 {
		_ = os.Remove(a.path)
	}
	_ = a.handle.Close()
}

// Ready accepts connections. Loop-only; part of reactor.Handler.
func (a *acceptor) Ready(h *reactor.Handle, _ reactor.Readiness) {
	if a.resting {
		return
	}
	for range acceptsPerTurn {
		t, ok := a.server.admit(a)
		if !ok {
			return
		}
		before, fd, peer, errno := a.accept()
		if errno == 0 {
			a.pause = 0
			a.open(fd, &peer, t)
			continue
		}
		a.server.giveBack(t)
		switch errno {
		case sys.EAGAIN:
			h.Clear(before, reactor.Input)
			return
		case sys.ECONNABORTED:
		default:
			a.rest(errno)
			return
		}
	}
	h.Requeue()
}

func (a *acceptor) accept() (reactor.Snapshot, int, sys.Sockaddr, sys.Errno) {
	before, ok := a.handle.Acquire()
	if !ok {
		return before, -1, sys.Sockaddr{}, sys.EAGAIN
	}
	defer a.handle.Release()
	fd, peer, errno := sys.Accept(a.fd)
	return before, fd, peer, errno
}

// open makes a connection of an accepted descriptor.
func (a *acceptor) open(fd int, peer *sys.Sockaddr, t ticket) {
	s := a.server
	if !s.identify(&t, peer) {
		s.counts.refused.Add(1)
		reset(fd)
		s.giveBack(t)
		return
	}
	if a.kind == "tcp" && !sys.AcceptInherits {
		_ = tcpOptions(&s.config, fd)
	}
	on := a.handle.Loop()
	if !a.keeps {
		on = s.group.Next()
	}
	s.open(fd, a.kind, on, t)
}
