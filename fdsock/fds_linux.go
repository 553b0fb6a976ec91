//go:build linux

package fdsock

// recvCloexec makes received descriptors close-on-exec from the start.
const recvCloexec = MSG_CMSG_CLOEXEC
