package sys_test

import (
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
)

// TestMain looks once, after all tests, for descriptors left open.
func TestMain(m *testing.M) { leak.Main(m) }
