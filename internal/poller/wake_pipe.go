//go:build netbsd || openbsd

package poller

import (
	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
)

// waker wakes a thread in kevent through a pipe: these systems have no
// EVFILT_USER in package unix.
type waker struct{ read, write int }

func newWaker(kq int) (waker, error) {
	fds, errno := sys.Pipe()
	if errno != 0 {
		return waker{}, failed("pipe2", errno)
	}
	w := waker{fds[0], fds[1]}
	var change [1]unix.Kevent_t
	unix.SetKevent(&change[0], w.read, unix.EVFILT_READ, unix.EV_ADD|unix.EV_CLEAR)
	if errno := sys.KqueueChange(kq, change[:]); errno != 0 {
		w.close()
		return waker{}, failed("kevent", errno)
	}
	return w, nil
}

// wake writes a byte, an edge each time. A full pipe is emptied first.
func (w waker) wake() {
	b := [1]byte{1}
	if _, errno := sys.Write(w.write, b[:]); errno == sys.EAGAIN {
		var drain [4096]byte
		sys.Read(w.read, drain[:])
		sys.Write(w.write, b[:])
	}
}

func (w waker) close() {
	sys.Close(w.read)
	sys.Close(w.write)
}
