//go:build linux

package sys

import "golang.org/x/sys/unix"

// MsgErrQueue is MSG_ERRQUEUE, which asks for the socket's queue of errors; 0
// where there is none. See recv(2).
const MsgErrQueue = unix.MSG_ERRQUEUE
