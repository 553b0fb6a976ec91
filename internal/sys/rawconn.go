package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// RawConn is the standard library's syscall.RawConn.
type RawConn = syscall.RawConn

// Conn is the standard library's syscall.Conn: what has a RawConn.
type Conn = syscall.Conn

// Listening reports whether a socket listens.
func Listening(fd int) (bool, Errno) {
	value, errno := GetsockoptInt(fd, SOL_SOCKET, unix.SO_ACCEPTCONN)
	return value != 0, errno
}
