//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

// MsgErrQueue is 0: only Linux has a queue of errors.
const MsgErrQueue = 0
