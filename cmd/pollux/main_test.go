package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
)

// childVariable makes the test binary be the command.
const childVariable = "POLLUX_TEST_COMMAND"

// patience is how long a test waits for what must happen soon.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		main()
	}
	leak.Main(m)
}

// result is what a run of the command came to.
type result struct {
	code   int
	stdout string
	stderr string
}

// pollux runs the command in this process.
func pollux(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(args, &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// expect fails the test unless the command ended so.
func (r result) expect(t *testing.T, code int, stdout, stderr []string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d", r.code, code)
	}
	for _, s := range stdout {
		if !strings.Contains(r.stdout, s) {
			t.Errorf("standard output lacks %q", s)
		}
	}
	for _, s := range stderr {
		if !strings.Contains(r.stderr, s) {
			t.Errorf("standard error lacks %q", s)
		}
	}
	if t.Failed() {
		t.Fatalf("standard output:\n%s\nstandard error:\n%s", clip(r.stdout), clip(r.stderr))
	}
}

func clip(s string) string {
	if len(s) > 1000 {
		return s[:1000] + "..."
	}
	return s
}

// modes are the two modes of get.
var modes = []struct {
	name string
	args []string
}{
	{"blocking", []string{"get", "--timeout=20s"}},
	{"nonblocking", []string{"get", "--timeout=20s", "--nonblocking"}},
}

// buffer is a bytes.Buffer for one writer and another goroutine that reads.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// server is a pollux serve in this process.
type server struct {
	addr    string
	signals chan os.Signal
	stderr  *buffer
	exited  chan int
	code    int
}

// serve starts the command and waits for READY. The test's end stops it.
func serve(t *testing.T, args ...string) *server {
	t.Helper()
	if !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "--addr=") || strings.HasPrefix(a, "--fd=") }) {
		args = append([]string{"--addr=127.0.0.1:0"}, args...)
	}
	r, w := io.Pipe()
	s := &server{signals: make(chan os.Signal, 2), stderr: new(buffer), exited: make(chan int, 1), code: -1}
	go func() {
		code := execute(append([]string{"serve", "--loops=2"}, args...),
			&environment{stdout: w, stderr: s.stderr, signals: s.signals})
		_ = w.Close()
		s.exited <- code
	}()
	s.addr = ready(t, r)
	t.Cleanup(func() {
		if s.code < 0 {
			s.stop(t)
		}
	})
	return s
}

// ready reads the address of the READY line.
func ready(t *testing.T, r io.Reader) string {
	t.Helper()
	line, err := bufio.NewReader(r).ReadString('\n')
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "READY ")
	if err != nil || !ok {
		t.Fatalf("no READY but %q, %v", line, err)
	}
	return addr
}

// stop sends SIGTERM and waits for the exit.
func (s *server) stop(t *testing.T) {
	t.Helper()
	s.signals <- sys.SIGTERM
	s.wait(t)
}

func (s *server) wait(t *testing.T) {
	t.Helper()
	select {
	case s.code = <-s.exited:
	case <-time.After(patience):
		t.Fatalf("serve has not ended; standard error:\n%s", s.stderr)
	}
	if s.code != exitOK {
		t.Errorf("serve: exit code %d; standard error:\n%s", s.code, s.stderr)
	}
}

// child returns the command as a process of its own.
func child(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Env = append(os.Environ(), childVariable+"=1")
	return cmd
}

func TestUsage(t *testing.T) {
	for _, tc := range []struct {
		args string
		want string
	}{
		{"", "expected one of"},
		{"fetch", "unexpected argument fetch"},
		{"get --wrong", "unknown flag --wrong"},
		{"get ftp://localhost/", "must begin with http:// or https://"},
		{"get localhost:80", "must begin with http:// or https://"},
		{"get https://", "https://: has no host"},
		{"get --insecure --ca x.pem https://localhost/", "--insecure verifies nothing: it goes without --ca"},
		{"get https://user:secret@localhost/", "user:xxxxx@localhost/: user and password"},
		{"get http://localhost:70000/", "port must be 1-65535"},
		{"get http://localhost:x/", "invalid port"},
		{"get http://bücher.example/", "xn--"},
		{"get --header X http://localhost/", "want NAME:VALUE"},
		{"get --key k.pem http://localhost/", "--key needs --cert"},
		{"get --insecure", "--ca and --insecure need a URL"},
		{"get --timeout=-1s", "must not be negative"},
		{"get --timeout=soon", "expected duration"},
		{"get a b", "unexpected argument b"},
		{"serve --app gopher", "must be one of"},
		{"serve --addr 8080", "--addr 8080: missing port in address: want HOST:PORT"},
		{"serve --addr localhost:99999", "--addr localhost:99999: the port must be 0-65535"},
		{"serve --addr localhost:nosuch", "or the name of a service"},
		{"serve --addr example.com:80", "host must be an address"},
		{"serve --loops=-1", "--loops must be 0-1024"},
		{"serve --cert c.pem", "need --tls"},
		{"serve --tls --key k.pem", "--key needs --cert"},
		{"serve --tls --cert c.pem --write-ca ca.pem", "--write-ca is for servers without --cert"},
	} {
		t.Run(tc.args, func(t *testing.T) {
			args := strings.Fields(tc.args)
			try := "Try pollux --help."
			if len(args) > 0 && args[0] != "fetch" {
				try = "Try pollux " + args[0] + " --help."
			}
			r := pollux(t, args...)
			r.expect(t, exitUsage, nil, []string{tc.want, try})
			if strings.HasPrefix(r.stderr, "pollux: get: ") || strings.HasPrefix(r.stderr, "pollux: serve: ") || !strings.HasPrefix(r.stderr, "pollux: ") {
				t.Errorf("standard error %q", r.stderr)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	pollux(t, "--help").expect(t, exitOK, []string{"Exit codes:", "POLLUX_TRACE=1", "pollux get --nonblocking", "get ", "serve ", "version "}, nil)
	pollux(t, "get", "--help").expect(t, exitOK, []string{"Examples:", "--nonblocking", "--timeout=30s", "not followed"}, nil)
	pollux(t, "serve", "--help").expect(t, exitOK, []string{"READY", "/chunked/N", "--grace=5s", "chargen,discard,echo,files,http"}, nil)
}

func TestVersion(t *testing.T) {
	pollux(t, "version").expect(t, exitOK, []string{"pollux ", " go1."}, nil)
}

func TestSubprocess(t *testing.T) {
	out, err := child(t, "get", "--nonblocking").Output()
	if err != nil || !bytes.Contains(out, []byte("Hello from Pollux.")) {
		t.Fatalf("%v\n%s", err, out)
	}
	err = child(t, "get", "ftp://localhost/").Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitUsage {
		t.Fatalf("want exit code %d, got %v", exitUsage, err)
	}
}
