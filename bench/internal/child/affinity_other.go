//go:build !linux

package child

import (
	"errors"
	"os/exec"
)

// ErrLinuxOnly says that measuring needs Linux.
var ErrLinuxOnly = errors.New("measuring reads /proc and pins processes to processors: linux only")

// AllowedCPUs fails.
func AllowedCPUs() ([]int, error) { return nil, ErrLinuxOnly }

// RaiseDescriptors fails.
func RaiseDescriptors(uint64) (uint64, error) { return 0, ErrLinuxOnly }

func startPinned(*exec.Cmd, []int) error { return ErrLinuxOnly }
