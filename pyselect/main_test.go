package pyselect_test

import (
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
)

// TestMain looks once, after all tests, for goroutines and descriptors that
// were left behind. The examples have started the default group, which only
// ends here.
func TestMain(m *testing.M) { leak.Main(m, reactor.Shutdown) }
