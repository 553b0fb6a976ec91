// Package childtest makes a test binary behave as the program it tests, so
// that the children are race-checked as well.
package childtest

import (
	"fmt"
	"os"
	"testing"

	"github.com/pollux-net/pollux/bench/internal/lab"
	"github.com/pollux-net/pollux/bench/internal/peer"
)

const asProgram = "POLLUX_BENCH_TEST_AS_PROGRAM"

// Main is for TestMain: it runs the tests, or the program in a child.
func Main(m *testing.M, run func(args []string) error) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Lab is the servers' for a test, in which this binary is the program. A
// race-enabled program sleeps a second before it exits unless told otherwise.
func Lab(t *testing.T, servers []peer.Server) *lab.Lab {
	t.Helper()
	t.Setenv(asProgram, "1")
	t.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Open(self, t.TempDir(), servers)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
