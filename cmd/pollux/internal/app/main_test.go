package app_test

import (
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }
