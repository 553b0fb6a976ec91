// Package child runs the parts of a measurement as processes of their own,
// pinned to processors.
//
// A child says "READY" and a word, usually its address, when it can be used.
// Then it answers each line on its standard input with a line, and ends when
// its standard input does, so that none outlives its parent.
package child

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
	readyTimeout = 30 * time.Second
	stopTimeout  = 5 * time.Second // a race-enabled program takes one second to exit
)

// Child is a running process.
type Child struct {
	Ready  string // what came after READY
	cmd    *exec.Cmd
	stdin  io.WriteCloser // the child ends when it is closed
	stdout *bufio.Reader
}

// Start returns when the child has said READY.
func Start(cmd *exec.Cmd, cpus []int) (*Child, error) {
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
	c := &Child{cmd: cmd, stdin: stdin, stdout: bufio.NewReader(stdout)}
	late := time.AfterFunc(readyTimeout, c.Kill)
	c.Ready, err = readReady(c.stdout)
	late.Stop()
	if err != nil {
		return nil, fmt.Errorf("%w: %w: %s", err, c.Stop(), strings.TrimSpace(complaints.String()))
	}
	return c, nil
}

func readReady(stdout *bufio.Reader) (string, error) {
	line, err := stdout.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("it did not get ready: %w", err)
	}
	word, found := strings.CutPrefix(strings.TrimSpace(line), "READY ")
	if !found {
		return "", fmt.Errorf("it said %q, not READY", line)
	}
	return word, nil
}

// PID is the process id.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Ask sends a line and returns the child's answer, also a line. The child is
// killed when it takes longer than limit.
func (c *Child) Ask(line string, limit time.Duration) (string, error) {
	late := time.AfterFunc(limit, c.Kill)
	defer late.Stop()
	if _, err := io.WriteString(c.stdin, line+"\n"); err != nil {
		return "", err
	}
	answer, err := c.stdout.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("no answer to %q within %v: %w", line, limit, err)
	}
	return strings.TrimSpace(answer), nil
}

// Stop returns how the child ended, if not because it was stopped.
func (c *Child) Stop() error {
	_ = c.stdin.Close() // fails only if the child is gone already
	late := time.AfterFunc(stopTimeout, c.Kill)
	defer late.Stop()
	return c.cmd.Wait()
}

// Kill ends the child at once; Stop has to be called as well.
func (c *Child) Kill() { _ = c.cmd.Process.Kill() } // it may be gone already

// Serve answers the parent's lines in a child, and ends the process when the
// parent is gone, however that came about.
func Serve(answer func(line string) string) {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println(answer(lines.Text()))
	}
	os.Exit(0) // an error ends the wait as well
}

// Env is the environment without what would decide for the children.
func Env(extra ...string) []string {
	var env []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if name != "GOMAXPROCS" {
			env = append(env, entry)
		}
	}
	return append(env, extra...)
}

// Run runs a process to its end and returns what it printed.
func Run(cmd *exec.Cmd, cpus []int) ([]byte, error) {
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
