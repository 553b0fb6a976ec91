package procfs

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"
)

// Machine is the first line of /proc/stat: what all processors did together.
type Machine struct {
	Busy, Steal time.Duration
}

// ReadMachine reads it.
func ReadMachine() (Machine, error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return Machine{}, err
	}
	return parseMachine(stat)
}

// parseMachine counts user, nice, system, irq and softirq as busy. Guest time
// is part of user time (proc(5)).
func parseMachine(stat []byte) (Machine, error) {
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 9 || string(fields[0]) != "cpu" {
		return Machine{}, fmt.Errorf("/proc/stat: %q", line)
	}
	v, err := parseInts(fields[1:9])
	if err != nil {
		return Machine{}, fmt.Errorf("/proc/stat: %w", err)
	}
	busy := v[0] + v[1] + v[2] + v[5] + v[6]
	return Machine{Busy: time.Duration(busy) * tick, Steal: time.Duration(v[7]) * tick}, nil
}

// KernelRelease is for the reader only: unknown is an answer.
func KernelRelease() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(release))
}
