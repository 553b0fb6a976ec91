//go:build darwin || dragonfly || freebsd

package poller

import (
	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
)

// wakeIdent is the waker's identifier in the outer queue.
const wakeIdent = 0

// waker wakes a thread in kevent through EVFILT_USER.
type waker struct{ kq int }

func newWaker(kq int) (waker, error) {
	var change [1]unix.Kevent_t
	unix.SetKevent(&change[0], wakeIdent, unix.EVFILT_USER, unix.EV_ADD|unix.EV_CLEAR)
	return waker{kq}, failed("kevent", sys.KqueueChange(kq, change[:]))
}

func (w waker) wake() {
	var change [1]unix.Kevent_t
	unix.SetKevent(&change[0], wakeIdent, unix.EVFILT_USER, 0)
	change[0].Fflags = unix.NOTE_TRIGGER
	sys.KqueueChange(w.kq, change[:])
}

func (w waker) close() {}
