//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package fdsock

// recvCloexec is 0: not all of these systems have such a flag, so received
// descriptors are made close-on-exec afterwards.
const recvCloexec = 0
