package examples_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// build makes a program of one of the directories here.
func build(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./"+name).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// process is a program that runs.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  *bufio.Scanner
	errors lockedBuffer
	waited bool
}

// lockedBuffer is a buffer that may be read while a program writes to it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// start starts a program; it is killed if it runs when patience or the test
// has ended.
func start(t *testing.T, path string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(path, args...)}
	p.cmd.Stderr = &p.errors
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.lines = bufio.NewScanner(out)
	late := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	t.Cleanup(func() {
		late.Stop()
		if !p.waited {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait() // killed
		}
	})
	return p
}

// line returns the next line that the program prints.
func (p *process) line() string {
	p.t.Helper()
	if !p.lines.Scan() {
		p.t.Fatalf("%v prints no further line: %v\n%s", p.cmd.Args, p.lines.Err(), &p.errors)
	}
	return p.lines.Text()
}

// until skips lines up to one that ends with the text.
func (p *process) until(text string) {
	p.t.Helper()
	for !strings.HasSuffix(p.line(), text) {
	}
}

// say writes a line to the program's input.
func (p *process) say(line string) {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.in, line); err != nil {
		p.t.Fatal(err)
	}
}

// address returns where a server listens.
func (p *process) address() string {
	p.t.Helper()
	line := p.line()
	address, ok := strings.CutPrefix(line, "listening on ")
	if !ok {
		p.t.Fatalf("%v begins with %q", p.cmd.Args, line)
	}
	return address
}

// interrupt sends the signal that Ctrl-C does.
func (p *process) interrupt() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatal(err)
	}
}

// ends waits for the program, which must exit with the code, and returns the
// rest of what it has printed.
func (p *process) ends(code int) string {
	p.t.Helper()
	var rest strings.Builder
	for p.lines.Scan() {
		fmt.Fprintln(&rest, p.lines.Text())
	}
	_ = p.cmd.Wait() // its state tells
	p.waited = true
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.t.Fatalf("%v: %v, want exit code %d\n%s%s", p.cmd.Args, p.cmd.ProcessState, code, &rest, &p.errors)
	}
	return rest.String()
}

// fails runs a program that must not succeed, and say why.
func fails(t *testing.T, why, path string, args ...string) {
	t.Helper()
	p := start(t, path, args...)
	if err := p.in.Close(); err != nil {
		t.Fatal(err)
	}
	p.ends(1)
	if !strings.Contains(p.errors.String(), why) {
		t.Errorf("%v says %q, want %q", p.cmd.Args, p.errors.String(), why)
	}
}
