//go:build linux

package child

import "golang.org/x/sys/unix"

// RaiseDescriptors lets the process have as many descriptors as it may, at
// most want. Children may have as many.
func RaiseDescriptors(want uint64) (uint64, error) {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 0, err
	}
	if l.Cur >= want {
		return l.Cur, nil
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: want, Max: max(want, l.Max)}); err == nil {
		return want, nil
	}
	l.Cur = l.Max
	return l.Cur, unix.Setrlimit(unix.RLIMIT_NOFILE, &l)
}
