package aio_test

import (
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
)

// TestMain looks, after all tests, for goroutines and sockets left behind: the
// default group, which only ends here, knows of the latter.
func TestMain(m *testing.M) { leak.Main(m, reactor.Shutdown) }
