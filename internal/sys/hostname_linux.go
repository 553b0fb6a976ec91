//go:build linux

package sys

import "golang.org/x/sys/unix"

// Sethostname sets the machine's name.
func Sethostname(host string) Errno {
	return retry(OpHostname, -1, func() error { return unix.Sethostname([]byte(host)) })
}
