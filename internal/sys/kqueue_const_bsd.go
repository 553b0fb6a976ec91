//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import "golang.org/x/sys/unix"

// Filters, flags and notes of kevent(2).
const (
	EVFILT_READ   = unix.EVFILT_READ
	EVFILT_WRITE  = unix.EVFILT_WRITE
	EVFILT_AIO    = unix.EVFILT_AIO
	EVFILT_VNODE  = unix.EVFILT_VNODE
	EVFILT_PROC   = unix.EVFILT_PROC
	EVFILT_SIGNAL = unix.EVFILT_SIGNAL
	EVFILT_TIMER  = unix.EVFILT_TIMER

	EV_ADD      = unix.EV_ADD
	EV_DELETE   = unix.EV_DELETE
	EV_ENABLE   = unix.EV_ENABLE
	EV_DISABLE  = unix.EV_DISABLE
	EV_ONESHOT  = unix.EV_ONESHOT
	EV_CLEAR    = unix.EV_CLEAR
	EV_SYSFLAGS = unix.EV_SYSFLAGS
	EV_FLAG1    = unix.EV_FLAG1
	EV_EOF      = unix.EV_EOF
	EV_ERROR    = unix.EV_ERROR

	NOTE_LOWAT    = unix.NOTE_LOWAT
	NOTE_DELETE   = unix.NOTE_DELETE
	NOTE_WRITE    = unix.NOTE_WRITE
	NOTE_EXTEND   = unix.NOTE_EXTEND
	NOTE_ATTRIB   = unix.NOTE_ATTRIB
	NOTE_LINK     = unix.NOTE_LINK
	NOTE_RENAME   = unix.NOTE_RENAME
	NOTE_REVOKE   = unix.NOTE_REVOKE
	NOTE_EXIT     = unix.NOTE_EXIT
	NOTE_FORK     = unix.NOTE_FORK
	NOTE_EXEC     = unix.NOTE_EXEC
	NOTE_TRACK    = unix.NOTE_TRACK
	NOTE_CHILD    = unix.NOTE_CHILD
	NOTE_TRACKERR = unix.NOTE_TRACKERR
)
