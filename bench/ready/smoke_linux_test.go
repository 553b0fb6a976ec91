//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/bench/internal/child"
)

// asProgram makes the test binary behave as ready, so that the raised limit and
// the thousands of sockets are another process's.
const asProgram = "READY_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	main()
	os.Exit(0)
}

// TestSmoke measures everything once, briefly, and looks for every row.
func TestSmoke(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-rounds", "1", "-span", "100us")
	cmd.Env = append(os.Environ(), asProgram+"=1", "GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0")
	var out, failures bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &failures
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, failures.String())
	}
	limit, err := child.RaiseDescriptors(2*mostSockets + 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range scenarios(limit) {
		prefix := fmt.Sprintf("%-8s %8d ", row.kind, row.sockets)
		if !strings.Contains(out.String(), "\n"+prefix) {
			t.Errorf("there is no row %q", prefix)
		}
	}
	if lines := strings.Count(out.String(), "\n"); lines != 3+len(scenarios(limit)) {
		t.Errorf("%d lines:\n%s", lines, out.String())
	}
}

// TestBadFlags says what is wrong.
func TestBadFlags(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-span", "soon")
	cmd.Env = append(os.Environ(), asProgram+"=1")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "invalid value") {
		t.Errorf("%v: %s", err, out)
	}
}
