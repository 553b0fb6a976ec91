package main

import (
	"fmt"
	"os"
	"time"

	"github.com/pollux-net/pollux/internal/procfs"
)

// snapshot is everything that is read at both ends of the measurement.
type snapshot struct {
	at             time.Time
	server, client procfs.Accounts
	machine        procfs.Machine
}

func takeSnapshot(serverPID int) (s snapshot, err error) {
	if s.server, err = procfs.Read(serverPID); err != nil {
		return s, fmt.Errorf("server's accounts: %w", err)
	}
	if s.client, err = procfs.Read(os.Getpid()); err != nil {
		return s, fmt.Errorf("client's accounts: %w", err)
	}
	s.machine, err = procfs.ReadMachine()
	s.at = time.Now()
	return s, err
}

// since fills a sample with all that snapshots know.
func (s snapshot) since(before snapshot) sample {
	server, client := s.server.Since(before.server), s.client.Since(before.client)
	busy := s.machine.Busy - before.machine.Busy
	return sample{
		Elapsed:   s.at.Sub(before.at),
		CPU:       server.CPU,
		User:      server.User,
		System:    server.System,
		Switches:  server.Switches,
		ClientCPU: client.CPU,
		Others:    max(0, busy-server.CPU-client.CPU),
		Steal:     s.machine.Steal - before.machine.Steal,
	}
}
