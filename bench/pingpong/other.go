//go:build !linux

package main

import (
	"errors"
	"os/exec"
)

var errLinuxOnly = errors.New("measuring reads /proc and pins processes to processors: linux only")

func allowedCPUs() ([]int, error) { return nil, errLinuxOnly }

func startPinned(*exec.Cmd, []int) error { return errLinuxOnly }

func (load) run() (sample, error) { return sample{}, errLinuxOnly }

func serveUDPRaw(config) error { return errLinuxOnly }
