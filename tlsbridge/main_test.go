package tlsbridge_test

import (
	"context"
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
)

// TestMain looks once more, after all tests, for what begin may have missed:
// descriptors and goroutines that none of the tests owns. The descriptor that
// interruptible calls wait for stays, see reactor.Waiter; it is made before.
// The examples run last, on the default group, and net/http closes its
// connections in its own time.
func TestMain(m *testing.M) {
	w := reactor.NewWaiter()
	w.Wake()
	if _, err := w.WaitInterruptible(reactor.Never); err != nil {
		panic(err)
	}
	w.Release()
	leak.Main(m, func(context.Context) error {
		patient, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		return reactor.Shutdown(patient)
	})
}
