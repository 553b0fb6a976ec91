package stream_test

import (
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
)

// TestMain looks after all tests for goroutines and descriptors left behind.
func TestMain(m *testing.M) { leak.Main(m, reactor.Shutdown) }
