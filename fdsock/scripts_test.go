//go:build linux

package fdsock_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/leak"
)

// scriptsVariable is the environment variable with a number of scripts for
// each kind of connection, for longer runs.
const scriptsVariable = "POLLUX_SCRIPTS"

// interpreter is an interpreter that runs scripts, one after the other.
type interpreter struct {
	in  *json.Encoder
	out *bufio.Scanner
}

func startInterpreter(t *testing.T) *interpreter {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 to compare with")
	}
	cmd := exec.Command(path, "testdata/scripts.py")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_, _ = io.Copy(io.Discard, out)
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	return &interpreter{json.NewEncoder(in), lines}
}

func (p *interpreter) run(ops [][]string) ([]string, error) {
	if err := p.in.Encode(ops); err != nil {
		return nil, err
	}
	if !p.out.Scan() {
		return nil, fmt.Errorf("python3 has ended: %w", p.out.Err())
	}
	var results []string
	err := json.Unmarshal(p.out.Bytes(), &results)
	return results, err
}

func runHere(t *testing.T, ops [][]string) []string {
	s := &script{sockets: make(map[string]*fdsock.Socket), directory: t.TempDir()}
	done := make(chan []string, 1)
	go func() {
		defer s.end() // here, for the sockets are its own
		done <- s.run(ops)
	}()
	return receive(t, done, "the end of\n"+describe(ops))
}

// differ returns the first operation that the two sides see differently, or
// -1.
func differ(t *testing.T, py *interpreter, ops [][]string) (at int, here, there string) {
	t.Helper()
	theirs, err := py.run(ops)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(theirs, []string{"hang"}) {
		t.Fatalf("Python waits for ever in\n%s", describe(ops))
	}
	ours := runHere(t, ops)
	for i := range ours {
		if ours[i] != theirs[i] {
			return i, ours[i], theirs[i]
		}
	}
	return -1, "", ""
}

// harmless are the operations that a script can do without.
var harmless = []string{"mode", "getsockname", "getpeername", "props", "getopt", "getoptbytes", "setopt", "inheritable", "setinheritable", "fileno"}

// shortest removes what the difference does not need.
func shortest(t *testing.T, py *interpreter, ops [][]string) [][]string {
	t.Helper()
	at, _, _ := differ(t, py, ops)
	if at < 0 {
		return ops
	}
	ops = slices.Clone(ops[:at+1])
	for i := len(ops) - 2; i >= 0; i-- {
		if !slices.Contains(harmless, ops[i][0]) {
			continue
		}
		if fewer := slices.Delete(slices.Clone(ops), i, i+1); first(differ(t, py, fewer)) == len(fewer)-1 {
			ops = fewer
		}
	}
	return ops
}

func first(at int, _, _ string) int { return at }

// TestScripts runs random scripts of operations here and on Python's sockets:
// the same results, the same errors.
//
//inventory:row recv MSG_DONTWAIT
//inventory:row send with a timeout or nonblocking
//inventory:row recvfrom recvfrom_into
//inventory:row sendto
//inventory:row get_inheritable set_inheritable
//inventory:row dup
func TestScripts(t *testing.T) {
	leak.Check(t)
	onDefault(t)
	py := startInterpreter(t)
	each := rounds(40)
	if n, err := strconv.Atoi(os.Getenv(scriptsVariable)); err == nil {
		each = n
	}
	for _, k := range connections {
		t.Run(k.name, func(t *testing.T) {
			if k.family == "inet6" {
				needIPv6(t)
			}
			rnd := seeded(t)
			for range each {
				seed := rnd.Uint64()
				ops := newScript(rand.New(rand.NewPCG(seed, 0)), k, 25)
				if at, _, _ := differ(t, py, ops); at < 0 {
					continue
				}
				ops = shortest(t, py, ops)
				at, here, there := differ(t, py, ops)
				t.Fatalf("script %#x:\n%soperation %d: here %q, in Python %q", seed, describe(ops), at, here, there)
			}
		})
	}
}
