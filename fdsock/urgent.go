package fdsock

import (
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// markAttempts bounds the attempts of one receive at the urgent mark.
const markAttempts = 100

// noteUrgent remembers that the connection has had urgent data: the kernel
// stops at its mark then, whether or not more is there.
func (s *Socket) noteUrgent(known reactor.Readiness, flags int) {
	if known&reactor.Priority != 0 || flags&MSG_OOB != 0 {
		s.urgent.Store(true)
	}
}

// misled reports whether a receive that has just failed is to be made again.
// At the urgent mark Linux fails with EAGAIN when a signal is pending, which
// the Go runtime sees to that there often is (SIGURG), also where there is
// data and no edge will follow. That poll(2) calls readable what stays empty
// happens there too, hence the bound.
func (s *Socket) misled(errno Errno, flags, attempts int) bool {
	if errno != sys.EAGAIN || flags&MSG_OOB != 0 || attempts >= markAttempts || !s.urgent.Load() {
		return false
	}
	fds := [1]sys.PollFD{{Fd: int32(s.fd), Events: sys.PollIn}}
	n, pollErrno := sys.PollNow(fds[:])
	return n > 0 && pollErrno == 0
}
