//go:build darwin || freebsd

package sys

import "golang.org/x/sys/unix"

// localLevel is the level of options of Unix sockets, SOL_LOCAL.
const localLevel = 0

// Peercred returns who is at the other end of a Unix socket; the kernel does
// not tell the process.
func Peercred(fd int) (pid, uid, gid int, errno Errno) {
	errno = retry(OpGetsockopt, fd, func() error {
		c, err := unix.GetsockoptXucred(fd, localLevel, unix.LOCAL_PEERCRED)
		if err != nil {
			return err
		}
		uid = int(c.Uid)
		if c.Ngroups > 0 {
			gid = int(c.Groups[0])
		}
		return nil
	})
	return 0, uid, gid, errno
}
