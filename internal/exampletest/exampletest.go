// Package exampletest runs the examples as a user would: each in a process of
// its own, which the test binary is when it is told to. It is for tests only.
package exampletest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/leak"
)

// variable has a test binary be the program that it tests.
const variable = "POLLUX_EXAMPLE_AS_PROGRAM"

// Patience is how long a program may take to begin, to answer or to end.
const Patience = 30 * time.Second

// Main is the TestMain of a program's tests.
func Main(m *testing.M, main func()) {
	if os.Getenv(variable) == "" {
		leak.Main(m)
	}
	main()
	os.Exit(0)
}

// Command is the program, not begun yet.
func Command(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	return command(tb, "exec \"$0\" \"$@\"", args)
}

// command runs the program by a line of shell.
func command(tb testing.TB, script string, args []string) *exec.Cmd {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, self}, args...)...)
	cmd.Env = append(os.Environ(), variable+"=1", "GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0")
	return cmd
}

// Process is a program that runs.
type Process struct {
	tb     testing.TB
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  chan string
	errors output
	waited bool
}

// output is a buffer that may be read while a program writes to it.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

// String returns what was written until now.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// Start runs the program, and ends it when the test ends.
func Start(tb testing.TB, args ...string) *Process {
	tb.Helper()
	return start(tb, Command(tb, args...))
}

// StartLimited is [Start] with at most so many descriptors.
func StartLimited(tb testing.TB, descriptors int, args ...string) *Process {
	tb.Helper()
	return start(tb, command(tb, "ulimit -n "+strconv.Itoa(descriptors)+" && exec \"$0\" \"$@\"", args))
}

func start(tb testing.TB, cmd *exec.Cmd) *Process {
	tb.Helper()
	p := &Process{tb: tb, cmd: cmd, lines: make(chan string, 1000)}
	cmd.Stderr = &p.errors
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	for _, err := range []error{err1, err2, cmd.Start()} {
		if err != nil {
			tb.Fatal(err)
		}
	}
	p.in = in
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	tb.Cleanup(func() {
		if !p.waited {
			_ = cmd.Process.Kill()
			p.wait()
		}
	})
	return p
}

// wait waits until the program has ended.
func (p *Process) wait() (rest []string) {
	for line := range p.lines {
		rest = append(rest, line)
	}
	_ = p.cmd.Wait() // its state tells
	p.waited = true
	return rest
}

// Errors returns what the program has written to its standard error output.
func (p *Process) Errors() string { return p.errors.String() }

// Next returns the next line that the program prints.
func (p *Process) Next() string {
	p.tb.Helper()
	late := time.NewTimer(Patience)
	defer late.Stop()
	select {
	case line, ok := <-p.lines:
		if !ok {
			p.tb.Fatalf("%v prints no further line\n%s", p.cmd.Args, &p.errors)
		}
		return line
	case <-late.C:
		p.tb.Fatalf("%v is silent\n%s", p.cmd.Args, &p.errors)
		panic("unreachable")
	}
}

// Line returns what follows the prefix in the next line, which must begin with
// it.
func (p *Process) Line(prefix string) string {
	p.tb.Helper()
	line := p.Next()
	rest, is := strings.CutPrefix(line, prefix)
	if !is {
		p.tb.Fatalf("%v says %q, want %q", p.cmd.Args, line, prefix)
	}
	return rest
}

// Address returns where a server listens, which is what it says first.
func (p *Process) Address() string {
	p.tb.Helper()
	return p.Line("listening on ")
}

// Until skips lines up to one that ends with the text.
func (p *Process) Until(text string) {
	p.tb.Helper()
	for !strings.HasSuffix(p.Next(), text) {
	}
}

// Say writes a line to the program's input.
func (p *Process) Say(line string) {
	p.tb.Helper()
	if _, err := fmt.Fprintln(p.in, line); err != nil {
		p.tb.Fatal(err)
	}
}

// CloseInput ends the program's input.
func (p *Process) CloseInput() {
	p.tb.Helper()
	if err := p.in.Close(); err != nil {
		p.tb.Fatal(err)
	}
}

// Interrupt sends the signal that Ctrl-C does.
func (p *Process) Interrupt() {
	p.tb.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.tb.Fatal(err)
	}
}

// Ends waits for the program, which must exit with the code, and returns the
// rest of what it has printed.
func (p *Process) Ends(code int) string {
	p.tb.Helper()
	late := time.AfterFunc(Patience, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	rest := ""
	for _, line := range p.wait() {
		rest += line + "\n"
	}
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.tb.Fatalf("%v: %v, want exit code %d\n%s%s", p.cmd.Args, p.cmd.ProcessState, code, rest, &p.errors)
	}
	return rest
}

// Stop interrupts the program, which must end without an error, having said
// only these lines more.
func (p *Process) Stop(lines ...string) {
	p.tb.Helper()
	p.Interrupt()
	want := ""
	for _, line := range lines {
		want += line + "\n"
	}
	if rest := p.Ends(0); rest != want {
		p.tb.Errorf("%v says %q at its end, want %q", p.cmd.Args, rest, want)
	}
}

// Fails runs a program that must end with the code, and say why.
func Fails(tb testing.TB, code int, why string, args ...string) {
	tb.Helper()
	p := Start(tb, args...)
	p.CloseInput()
	if out := p.Ends(code); out != "" || !strings.Contains(p.Errors(), why) {
		tb.Errorf("%v says %q and %q, want %q", args, out, p.Errors(), why)
	}
}

// Usage runs a program with -h, after some arguments: it must tell of each flag,
// on its standard output, and succeed; a flag that it does not have it must
// refuse with exit code 2.
func Usage(tb testing.TB, args []string, flags ...string) {
	tb.Helper()
	p := Start(tb, append(args[:len(args):len(args)], "-h")...)
	out := p.Ends(0)
	for _, want := range append([]string{"Usage: "}, flags...) {
		if !strings.Contains(out, want) {
			tb.Errorf("the help says %q, which lacks %q", out, want)
		}
	}
	if p.Errors() != "" {
		tb.Errorf("%v says %q", args, p.Errors())
	}
	Fails(tb, 2, " -h.\n", append(args[:len(args):len(args)], "-no-such-flag")...)
}
