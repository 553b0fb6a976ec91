package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	readyTimeout = 10 * time.Second
	stopTimeout  = 5 * time.Second // a race-enabled program takes one second to exit
)

// child is a running server.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer // the server ends when it is closed
	addr  string
}

// startServer returns when the server has said READY.
func startServer(cmd *exec.Cmd, cpus []int) (*child, error) {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var complaints strings.Builder
	cmd.Stderr = &complaints
	if err := startPinned(cmd, cpus); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, stdin: stdin}
	late := time.AfterFunc(readyTimeout, func() { _ = cmd.Process.Kill() })
	c.addr, err = readReady(stdout)
	late.Stop()
	if err != nil {
		return nil, fmt.Errorf("%w: %w: %s", err, c.stop(), strings.TrimSpace(complaints.String()))
	}
	return c, nil
}

func readReady(stdout io.Reader) (string, error) {
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("the server did not get ready: %w", err)
	}
	addr, found := strings.CutPrefix(strings.TrimSpace(line), "READY ")
	if !found {
		return "", fmt.Errorf("the server said %q, not READY", line)
	}
	return addr, nil
}

// stop returns how the server ended, if not because it was stopped.
func (c *child) stop() error {
	_ = c.stdin.Close() // fails only if the server is gone already
	late := time.AfterFunc(stopTimeout, func() { _ = c.cmd.Process.Kill() })
	defer late.Stop()
	return c.cmd.Wait()
}

// childEnv is the environment without what would decide for the servers.
func childEnv(extra ...string) []string {
	var env []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if name != "GOMAXPROCS" {
			env = append(env, entry)
		}
	}
	return append(env, extra...)
}

// runClient runs a client to its end and returns what it printed.
func runClient(cmd *exec.Cmd, cpus []int) ([]byte, error) {
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := startPinned(cmd, cpus); err != nil {
		return nil, err
	}
	if err := cmd.Wait(); err != nil {
		return nil, errors.Join(err, errors.New(strings.TrimSpace(stderr.String())))
	}
	return []byte(stdout.String()), nil
}
