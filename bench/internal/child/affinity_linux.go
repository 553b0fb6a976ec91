//go:build linux

package child

import (
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// maxCPU bounds the search for processors: the size of a unix.CPUSet.
const maxCPU = 1024

// AllowedCPUs lists the processors this process may run on.
func AllowedCPUs() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, err
	}
	var cpus []int
	for cpu := range maxCPU {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

// startPinned starts cmd on the given processors only: a child inherits the
// affinity of the thread which forks it. The Go runtime of a child counts its
// processors the same way, so GOMAXPROCS follows.
func startPinned(cmd *exec.Cmd, cpus []int) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var old, set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &old); err != nil {
		return err
	}
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return err
	}
	startErr := cmd.Start()
	if err := unix.SchedSetaffinity(0, &old); err != nil && startErr == nil {
		return err
	}
	return startErr
}
