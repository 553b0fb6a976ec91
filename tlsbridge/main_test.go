package tlsbridge_test

import (
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
)

// TestMain looks once more, after all tests, for what begin may have missed:
// descriptors and goroutines that none of the tests owns.
func TestMain(m *testing.M) { leak.Main(m) }
