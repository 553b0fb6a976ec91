package aio_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/pollux-net/pollux/reactor"
)

// TestMain looks, after all tests, for goroutines and sockets left behind: the
// default group, which only ends here, knows of the latter.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := reactor.Shutdown(ctx); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "leak:", err)
			code = 1
		}
	}
	os.Exit(code)
}
