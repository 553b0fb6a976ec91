package lab

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/pollux-net/pollux/bench/internal/child"
	"github.com/pollux-net/pollux/bench/internal/peer"
)

// Lab has the servers ready to run.
type Lab struct {
	self     string // this program
	programs *peer.Programs
	CPUs     []int // the processors that may be used
	Server   []int // of them, one for a server with one loop
	Client   []int // and for its client
}

// Open builds servers in a directory of the caller's, for the program self.
func Open(self, dir string, servers []peer.Server) (*Lab, error) {
	cpus, err := child.AllowedCPUs()
	if err != nil {
		return nil, err
	}
	l := &Lab{self: self, CPUs: cpus}
	l.Server, l.Client = child.Placement(1, cpus)
	l.programs, err = peer.Build(self, servers, dir)
	return l, err
}

// With opens a lab of this program for as long as it is used.
func With(servers []peer.Server, use func(l *Lab) error) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "pollux-bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	l, err := Open(self, dir, servers)
	if err != nil {
		return err
	}
	return use(l)
}

// Command is a part of this program, to be run in a child.
func (l *Lab) Command(args ...string) *exec.Cmd {
	cmd := exec.Command(l.self, args...)
	cmd.Env = child.Env()
	return cmd
}

// Absent tells why there is no such server here.
func (l *Lab) Absent(s peer.Server) error { return l.programs.Absent(s) }

// Serve runs a server for as long as it is used.
func (l *Lab) Serve(s peer.Server, loops, buffer int, cpus []int, use func(server *child.Child) error) (err error) {
	if err := l.Absent(s); err != nil {
		return err
	}
	server, err := child.Start(l.programs.Command(s, loops, buffer), cpus)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	defer func() {
		if stopErr := server.Stop(); err == nil && stopErr != nil {
			err = fmt.Errorf("the server ended badly: %w", stopErr)
		}
	}()
	return use(server)
}
