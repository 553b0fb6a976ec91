package examples_test

import (
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
)

// TestMain looks once, after all tests, for goroutines and descriptors that
// were left behind.
func TestMain(m *testing.M) { leak.Main(m) }
