package main

import (
	"bytes"
	"fmt"
	"os"
	"time"
)

// machine is the first line of /proc/stat: what all processors did together.
type machine struct {
	busy, steal time.Duration
}

func readMachine() (machine, error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return machine{}, err
	}
	return parseMachine(stat)
}

// parseMachine counts user, nice, system, irq and softirq as busy. Guest time
// is part of user time (proc(5)).
func parseMachine(stat []byte) (machine, error) {
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 9 || string(fields[0]) != "cpu" {
		return machine{}, fmt.Errorf("/proc/stat: %q", line)
	}
	v, err := parseInts(fields[1:9])
	if err != nil {
		return machine{}, fmt.Errorf("/proc/stat: %w", err)
	}
	busy := v[0] + v[1] + v[2] + v[5] + v[6]
	return machine{busy: time.Duration(busy) * tick, steal: time.Duration(v[7]) * tick}, nil
}

// snapshot is everything that is read at both ends of the measurement.
type snapshot struct {
	at             time.Time
	server, client accounts
	machine        machine
}

func takeSnapshot(serverPID int) (s snapshot, err error) {
	if s.server, err = readAccounts(serverPID); err != nil {
		return s, fmt.Errorf("server's accounts: %w", err)
	}
	if s.client, err = readAccounts(os.Getpid()); err != nil {
		return s, fmt.Errorf("client's accounts: %w", err)
	}
	s.machine, err = readMachine()
	s.at = time.Now()
	return s, err
}

// since fills a sample with all that snapshots know.
func (s snapshot) since(before snapshot) sample {
	server, client := s.server.since(before.server), s.client.since(before.client)
	busy := s.machine.busy - before.machine.busy
	return sample{
		Elapsed:   s.at.Sub(before.at),
		CPU:       server.cpu,
		User:      server.user,
		System:    server.system,
		Switches:  server.switches,
		ClientCPU: client.cpu,
		Others:    max(0, busy-server.cpu-client.cpu),
		Steal:     s.machine.steal - before.machine.steal,
	}
}
