package pyselect_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/pollux-net/pollux/reactor"
)

// TestMain looks once, after all tests, for goroutines and descriptors that
// were left behind. The examples have started the default group, which only
// ends here.
func TestMain(m *testing.M) {
	before := openFiles()
	code := m.Run()
	if code == 0 {
		if err := reactor.Shutdown(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "leak:", err)
			code = 1
		}
		if after := openFiles(); after > before {
			fmt.Fprintf(os.Stderr, "leak: %d descriptors are open, %d at the beginning\n", after, before)
			code = 1
		}
	}
	os.Exit(code)
}

// openFiles counts the descriptors, the Go runtime's own included, which it
// opens with its first pipe.
func openFiles() int {
	if r, w, err := os.Pipe(); err == nil {
		_ = r.Close()
		_ = w.Close()
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
