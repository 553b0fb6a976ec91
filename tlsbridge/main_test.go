package tlsbridge_test

import (
	"context"
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
)

// TestMain looks once more, after all tests, for what begin may have missed:
// descriptors and goroutines that none of the tests owns.
// The examples run last, on the default group, and net/http closes its
// connections in its own time.
func TestMain(m *testing.M) {
	leak.Main(m, func(context.Context) error {
		patient, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		return reactor.Shutdown(patient)
	})
}
