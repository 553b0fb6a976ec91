//go:build linux

package sys

import "golang.org/x/sys/unix"

// Peercred returns who is at the other end of a Unix socket. Without a peer it
// is ENOTCONN.
func Peercred(fd int) (pid, uid, gid int, errno Errno) {
	errno = retry(OpGetsockopt, fd, func() error {
		c, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err != nil {
			return err
		}
		if pid, uid, gid = int(c.Pid), int(c.Uid), int(c.Gid); c.Pid == 0 && c.Uid == ^uint32(0) {
			return ENOTCONN
		}
		return nil
	})
	return pid, uid, gid, errno
}
