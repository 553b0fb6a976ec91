package engine_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain looks once, after all tests, for coroutines of handshakes that were
// neither finished nor aborted: they are goroutines to the runtime.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
