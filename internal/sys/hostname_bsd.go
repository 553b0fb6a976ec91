//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

// Sethostname fails: package unix has no call for it on these systems.
func Sethostname(string) Errno {
	if errno := inject(OpHostname, -1); errno != 0 {
		return errno
	}
	return ENOSYS
}
