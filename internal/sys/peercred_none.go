//go:build dragonfly || netbsd || openbsd

package sys

// Peercred is not offered for these systems by package unix.
func Peercred(int) (pid, uid, gid int, errno Errno) { return 0, 0, 0, EOPNOTSUPP }
