//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package fdsock

import "github.com/pollux-net/pollux/internal/sys"

// wideOption is for Linux, whose vsock has integers of 64 bits.
func wideOption(int) bool { return false }

func getWide(int, int, int) (int, Errno) { return 0, sys.ENOSYS }

func setWide(int, int, int, int) Errno { return sys.ENOSYS }
