//go:build linux

package main

import "golang.org/x/sys/unix"

// limitDescriptors sets both limits, so that the process cannot raise its own.
func limitDescriptors(pid, n int) error {
	limit := unix.Rlimit{Cur: uint64(n), Max: uint64(n)}
	return unix.Prlimit(pid, unix.RLIMIT_NOFILE, &limit, nil)
}

// lowerPriority has the scheduler prefer the live connections, which share the
// processor with the bad ones.
func lowerPriority() error { return unix.Setpriority(unix.PRIO_PROCESS, 0, 10) }
