// Package programtest runs the examples as a user would: each in a process of
// its own, ended by a signal.
package programtest

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// variable has a test binary be the program that it tests.
const variable = "POLLUX_EXAMPLE_AS_PROGRAM"

// patience is how long a process may take to begin or to end.
const patience = 30 * time.Second

// Main is the TestMain of a program's tests.
func Main(m *testing.M, main func()) {
	if os.Getenv(variable) == "" {
		os.Exit(m.Run())
	}
	main()
	os.Exit(0)
}

// Process is a program that runs.
type Process struct {
	cmd   *exec.Cmd
	lines chan string
}

// Start runs the program, and ends it when the test ends.
func Start(tb testing.TB, args ...string) *Process {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	p := &Process{cmd: exec.Command(self, args...), lines: make(chan string, 100)}
	p.cmd.Env = append(os.Environ(), variable+"=1", "GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0")
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	tb.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		for range p.lines { // until the process has ended
		}
		_ = p.cmd.Wait()
	})
	return p
}

// Line returns what follows the prefix in the next line of output, which must
// begin with it.
func (p *Process) Line(tb testing.TB, prefix string) string {
	tb.Helper()
	select {
	case line, ok := <-p.lines:
		rest, is := strings.CutPrefix(line, prefix)
		if !ok || !is {
			tb.Fatalf("the program says %q, want %q", line, prefix)
		}
		return rest
	case <-time.After(patience):
		tb.Fatalf("the program does not say %q", prefix)
		panic("unreachable")
	}
}

// Stop interrupts the program, which must end without an error, having said
// only this much more.
func (p *Process) Stop(tb testing.TB, lines ...string) {
	tb.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		tb.Fatal(err)
	}
	for _, line := range lines {
		if rest := p.Line(tb, line); rest != "" {
			tb.Errorf("the program says %q after %q", rest, line)
		}
	}
	for line := range p.lines {
		tb.Errorf("the program says %q", line)
	}
	if err := p.cmd.Wait(); err != nil {
		tb.Error(err)
	}
}
