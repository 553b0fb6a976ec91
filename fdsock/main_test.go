package fdsock_test

import (
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/reactor"
)

// TestMain looks once, after all tests, for goroutines and descriptors that
// were left behind. The descriptor that interruptible calls wait for stays,
// see reactor.Waiter; it is made before.
func TestMain(m *testing.M) {
	w := reactor.NewWaiter()
	w.Wake()
	if _, err := w.WaitInterruptible(reactor.Never); err != nil {
		panic(err)
	}
	w.Release()
	leak.Main(m)
}
